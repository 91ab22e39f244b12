#include "store/store.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <filesystem>
#include <new>
#include <optional>
#include <utility>

#include "store/core.h"
#include "store/directory_lock.h"
#include "store/disk_usage.h"
#include "store/transaction.h"

namespace larder::store {
namespace {

std::error_code no_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

constexpr std::uint64_t kMinSegmentBytes = 8192;

StoreOptions completed(StoreOptions options) {
  if (!options.file_system) options.file_system = &sys::FileSystem::real();
  options.segment_bytes =
      std::max(kMinSegmentBytes, options.segment_bytes / kAlignBytes * kAlignBytes);
  if (options.quota_bytes != 0) {
    options.segment_bytes = Quota::segment_bytes(options.quota_bytes, options.segment_bytes);
    // What is left at the end of a segment is lost.
    options.large_object_bytes = std::min(options.large_object_bytes, options.segment_bytes / 4);
  }
  // What is not large fits an empty segment.
  options.large_object_bytes =
      std::min(options.large_object_bytes, options.segment_bytes - kFirstRecord - kHeaderBytes);
  options.commit_interval = std::max(options.commit_interval, std::chrono::milliseconds(0));
  return options;
}

std::string parent_of(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

/// Makes the store's directories, durably: a name is kept by the directory that it is in. Until
/// there is an index, nobody knows whether whoever made them came that far.
Result<void> make_directories(sys::FileSystem& fs, const std::string& directory) {
  const std::string segments = segments_directory(directory);
  const bool settled = fs.exists(index_path(directory)) && fs.exists(segments);
  std::string oldest = parent_of(directory);
  while (!fs.exists(oldest)) oldest = parent_of(oldest);
  if (auto made = fs.make_directories(segments); !made || settled) return made;
  if (auto synced = fs.sync_directory(directory); !synced) return synced;
  // Above, others decide; the worst is that the store is empty again.
  std::string path = directory;
  do {
    path = parent_of(path);
    (void)fs.sync_directory(path);
  } while (path != oldest);
  return {};
}

/// Makes the directory and finds out whether it can be written to.
Result<void> prepare_directory(sys::FileSystem& fs, const std::string& directory) {
  if (auto made = make_directories(fs, directory); !made) return made;
  const auto lock = fs.open(directory + "/lock", sys::Open::create);
  return lock ? Result<void>() : lock.error();
}

Result<std::unique_ptr<Index>> open_for_writing(sys::FileSystem& fs, const StoreOptions& options) {
  const std::string path = index_path(options.directory);
  const auto highest = [&] { return Appender::highest_segment(fs, options.directory); };
  auto index = Index::open(path, Index::Mode::read_write, highest());
  if (index.error() != errc::bad_store) return index;
  // Under the lock, and with a second look: another process may be doing the same.
  const auto lock = lock_directory(fs, options.directory);
  if (!lock) return lock.error();
  index = Index::open(path, Index::Mode::read_write, highest());
  if (index.error() != errc::bad_store) return index;
  options.log.warning("store: the index " + path +
                      " is damaged; it is made anew from the segments");
  if (const auto done = Index::reset(path); !done) return done.error();
  return Index::open(path, Index::Mode::read_write, highest());
}

class CoreTurn final : public FetchTurn {
 public:
  CoreTurn(std::shared_ptr<Core> core, const ObjectKey& key) noexcept
      : core_(std::move(core)), key_(key) {}
  CoreTurn(const CoreTurn&) = delete;
  CoreTurn& operator=(const CoreTurn&) = delete;
  ~CoreTurn() override {
    if (waiting_) core_->turns().stop_waiting(key_);
    if (lock_) core_->give_back(std::move(*lock_));
  }

  [[nodiscard]] bool take() noexcept override {
    if (lock_) return true;
    if (auto lock = core_->turns().take(key_)) {
      lock_.emplace(std::move(*lock));
      if (std::exchange(waiting_, false)) core_->turns().stop_waiting(key_);
    } else if (!std::exchange(waiting_, true)) {
      core_->turns().wait(key_);
    }
    return lock_.has_value();
  }

 private:
  const std::shared_ptr<Core> core_;
  const ObjectKey key_;
  std::optional<FetchTurns::Lock> lock_;
  bool waiting_ = false;
};

class StoreOnDisk final : public Store {
 public:
  explicit StoreOnDisk(std::shared_ptr<Core> core) noexcept : core_(std::move(core)) {}
  StoreOnDisk(const StoreOnDisk&) = delete;
  StoreOnDisk& operator=(const StoreOnDisk&) = delete;
  ~StoreOnDisk() override { core_->stop(); }

  Blob find(const ObjectKey& key) noexcept override try {
    if (!is_to_be_measured()) return core_->find(key);
    const auto began = std::chrono::steady_clock::now();
    Blob blob = core_->find(key);
    if (blob) core_->hit_took(std::chrono::steady_clock::now() - began);
    return blob;
  } catch (const std::exception&) {
    return {};
  }
  [[nodiscard]] std::optional<std::uint64_t> size_of(const ObjectKey& key) noexcept override try {
    return core_->size_of(key);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  std::unique_ptr<Transaction> begin(std::optional<std::uint64_t> size,
                                     const About& about) noexcept override try {
    core_->partials().discard(about.key);
    return std::make_unique<ObjectTransaction>(core_, size, about);
  } catch (const std::exception&) {
    return nullptr;
  }
  std::optional<Resumed> resume(
      const About& about,
      const std::function<bool(std::span<const std::byte>)>& each) noexcept override try {
    return ObjectTransaction::continue_one(core_, about, each);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  [[nodiscard]] bool has_partial(const ObjectKey& key) noexcept override try {
    return core_->writable() && core_->partials().has(key);
  } catch (const std::exception&) {
    return false;
  }
  std::unique_ptr<FetchTurn> turn(const ObjectKey& key) noexcept override {
    return std::unique_ptr<FetchTurn>(new (std::nothrow) CoreTurn(core_, key));
  }
  bool claim(const ObjectKey& claim, const Digest& digest) noexcept override try {
    return core_->claim(claim, digest);
  } catch (const std::exception&) {
    return false;
  }
  void drop(const ObjectKey& key) noexcept override try {
    core_->drop(key);
  } catch (const std::exception&) {  // it stays; the caller will find it wrong again
  }
  Result<void> pin(std::span<const ObjectKey> keys) noexcept override try {
    return core_->set_pinned(keys, true);
  } catch (const std::exception&) {
    return no_memory();
  }
  Result<void> unpin(std::span<const ObjectKey> keys) noexcept override try {
    return core_->set_pinned(keys, false);
  } catch (const std::exception&) {
    return no_memory();
  }
  Result<void> evict(std::vector<ObjectKey> keys, bool pinned_too) noexcept override try {
    return core_->evict(std::move(keys), pinned_too);
  } catch (const std::exception&) {
    return no_memory();
  }
  Result<void> clear(bool pinned_too) noexcept override try {
    return core_->clear(pinned_too);
  } catch (const std::exception&) {
    return no_memory();
  }
  Result<void> trim() noexcept override try {
    return core_->trim();
  } catch (const std::exception&) {
    return no_memory();
  }
  Result<void> flush() noexcept override { return core_->flush(); }
  void waited(std::chrono::nanoseconds time) noexcept override { core_->waited(time); }
  [[nodiscard]] StoreFigures figures() noexcept override try {
    return core_->figures();
  } catch (const std::exception&) {
    return {};
  }
  Result<void> visit(const std::function<bool(const StoredObject&)>& each) noexcept override try {
    return core_->visit(each);
  } catch (const std::exception&) {
    return no_memory();
  }
  Health check(const Digest& digest) noexcept override try {
    return core_->check(digest);
  } catch (const std::exception&) {
    return Health::absent;
  }

 private:
  /// Asking the clock takes as long as a hit.
  static bool is_to_be_measured() noexcept {
    constexpr std::uint32_t kOneIn = 64;
    thread_local std::uint32_t count = 0;
    return count++ % kOneIn == 0;
  }

  const std::shared_ptr<Core> core_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::open(StoreOptions given) noexcept try {
  StoreOptions options = completed(std::move(given));
  if (options.directory.empty()) return errc::invalid_argument;
  sys::FileSystem& fs = *options.file_system;
  Result<std::unique_ptr<Index>> index = errc::io;
  const auto prepared = prepare_directory(fs, options.directory);
  if (prepared) index = open_for_writing(fs, options);
  const bool writable = index.has_value();
  if (!writable) {
    const auto error = prepared ? index.error() : prepared.error();
    const std::string path = index_path(options.directory);
    if (fs.exists(path)) index = Index::open(path, Index::Mode::read_only, 0);
    if (!index) return error;
    options.log.warning("store: " + options.directory +
                        " is used without writing: " + error.message());
  }
  auto core = std::make_shared<Core>(std::move(options), std::move(*index), writable);
  if (const auto started = core->start(); !started) return started.error();
  return std::unique_ptr<Store>(std::make_unique<StoreOnDisk>(std::move(core)));
} catch (const std::exception&) {
  return no_memory();
}

Result<StoreFigures> Store::inspect(const std::string& directory, sys::FileSystem& fs) noexcept
    try {
  const std::string path = index_path(directory);
  if (!fs.exists(path)) return errc::not_found;
  const auto index = Index::open(path, Index::Mode::read_only, 0);
  if (!index) return index.error();
  const auto rows = (*index)->figures();
  if (!rows) return rows.error();
  StoreFigures figures;
  figures.objects = rows->objects;
  figures.object_bytes = rows->object_bytes;
  figures.claims = rows->claims;
  figures.segments = rows->segments;
  figures.disk_bytes = disk_usage(fs, directory);
  const auto life = (*index)->life();
  if (!life) return life.error();
  figures.life = activity_of(*life);
  return figures;
} catch (const std::exception&) {
  return no_memory();
}

}  // namespace larder::store
