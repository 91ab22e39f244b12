// The events of Cocos Creator's AssetsManagerEx, told by a larder::Vfs: for games that are ported
// from it. Copy and adapt.
//
//   HotUpdate update(std::move(options), [](const HotUpdateEvent& event) { … });
//   update.check_update();   // NEW_VERSION_FOUND or ALREADY_UP_TO_DATE
//   update.update();         // downloads everything, as the original; reads work meanwhile, and
//   before
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <larder/larder.h>

enum class HotUpdateCode {
  ERROR_NO_LOCAL_MANIFEST,  ///< nothing is known locally, and the origin cannot be asked
  ERROR_DOWNLOAD_MANIFEST,
  ERROR_PARSE_MANIFEST,
  NEW_VERSION_FOUND,  ///< and in use: what is read from now on is of the new version
  ALREADY_UP_TO_DATE,
  UPDATE_PROGRESSION,
  ASSET_UPDATED,
  ERROR_UPDATING,  ///< of one asset
  UPDATE_FINISHED,
  UPDATE_FAILED,
  ERROR_DECOMPRESS,  ///< never told: nothing is unpacked beforehand
};

struct HotUpdateEvent {
  HotUpdateCode code{};
  std::string asset;    ///< of ASSET_UPDATED and ERROR_UPDATING
  std::string message;  ///< of errors
  larder::PrefetchProgress progress;
  /// From 0 to 1, as all of these; 0 as long as it is not known what there is to do.
  [[nodiscard]] double percent() const {
    if (!progress.total_bytes) return 0.0;
    return *progress.total_bytes == 0
               ? 1.0
               : static_cast<double>(progress.bytes) / static_cast<double>(*progress.total_bytes);
  }
  [[nodiscard]] double percent_by_file() const {
    return progress.files == 0 ? 1.0 : static_cast<double>(progress.done()) / progress.files;
  }
};

/// Events come on any thread, as those of larder::Options do.
class HotUpdate {
 public:
  using Listener = std::function<void(const HotUpdateEvent&)>;

  HotUpdate(larder::Options options, Listener listener) : listener_(std::move(listener)) {
    options.refresh_at = larder::RefreshAt::demand;  // at check_update()
    options.on_event = [listen = listener_](const larder::Event& event) {
      HotUpdateEvent told;
      told.asset = event.path;
      if (event.error) told.message = event.error.message();
      told.code = event.kind == larder::EventKind::stored ? HotUpdateCode::ASSET_UPDATED
                                                          : HotUpdateCode::ERROR_UPDATING;
      const bool failed = event.kind == larder::EventKind::failed && !is(event, cancelled);
      if (failed || event.kind == larder::EventKind::stored) listen(told);
    };
    auto vfs = larder::Vfs::open(std::move(options));
    if (vfs)
      vfs_.emplace(std::move(*vfs));
    else
      tell(code_of(vfs.error(), HotUpdateCode::ERROR_NO_LOCAL_MANIFEST), vfs.error());
  }

  /// What the game reads from. Null after an error that the constructor told.
  [[nodiscard]] larder::Vfs* vfs() { return vfs_ ? &*vfs_ : nullptr; }

  void check_update() {
    if (!vfs_) return;
    const auto found = vfs_->refresh();
    if (!found)
      return tell(code_of(found.error(), HotUpdateCode::ERROR_DOWNLOAD_MANIFEST), found.error());
    tell(found->changed ? HotUpdateCode::NEW_VERSION_FOUND : HotUpdateCode::ALREADY_UP_TO_DATE);
  }

  /// Blocks until all is here, or has failed. What came is kept: call it again to go on.
  void update() {
    if (!vfs_) return;
    larder::PrefetchOptions options;
    options.on_progress = [this](const larder::PrefetchProgress& progress) {
      if (!progress.over) tell(HotUpdateCode::UPDATE_PROGRESSION, {}, progress);
    };
    auto job = vfs_->prefetch({"**"}, std::move(options));
    if (!job) return tell(HotUpdateCode::UPDATE_FAILED, job.error());
    const auto done = job->wait();
    if (!done) return tell(HotUpdateCode::UPDATE_FAILED, done.error());
    tell(HotUpdateCode::UPDATE_PROGRESSION, {}, *done);
    tell(done->failed == 0 ? HotUpdateCode::UPDATE_FINISHED : HotUpdateCode::UPDATE_FAILED, {},
         *done);
  }

 private:
  static constexpr larder::condition cancelled = larder::condition::cancelled;
  static bool is(const larder::Event& event, larder::condition condition) {
    return event.error == condition;
  }
  static HotUpdateCode code_of(std::error_code error, HotUpdateCode otherwise) {
    return error == larder::errc::bad_table ? HotUpdateCode::ERROR_PARSE_MANIFEST : otherwise;
  }
  void tell(HotUpdateCode code, std::error_code error = {},
            const larder::PrefetchProgress& progress = {}) {
    listener_({code, {}, error ? error.message() : "", progress});
  }

  const Listener listener_;
  std::optional<larder::Vfs> vfs_;
};
