// Client: keeps a native release up to date. See docs/release-format.md.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <larder/options.h>

#include "base/client.h"
#include "base/log.h"
#include "bundle/native_bundle.h"
#include "native/keys.h"
#include "native/release.h"
#include "net/sites.h"
#include "net/transport.h"
#include "store/store.h"
#include "trust/judge.h"
#include "trust/state.h"

namespace larder::native {

inline constexpr std::uint64_t kMaxHeadBytes = trust::Envelope::kMaxBytes;

struct ClientOptions {
  std::string base_url;              ///< ends in `/`; empty: a stand-alone package
  std::vector<std::string> mirrors;  ///< further bases with the same content
  net::Sites* sites = nullptr;       ///< of all of them; outlives the client
  bool offline = false;
  bool ignore_case = false;  ///< Options::ignore_case
  TrustOptions trust;
  std::vector<std::shared_ptr<bundle::NativeBundle>> bundles;  ///< best first
  std::vector<std::shared_ptr<LocalSource>>
      contents;                                   ///< bundles without a table, asked after those
  std::string state_directory;                    ///< empty: nothing is remembered
  store::Store* store = nullptr;                  ///< null: nothing is kept. Outlives all releases
  std::shared_ptr<const MountPoint> mount_point;  ///< may be null
  FetchEntry fetch;
  FetchPages fetch_pages;
  Prepare prepare;  ///< may be empty
  Log log;
  /// The system's clock.
  std::function<trust::Time()> now = [] {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  };
};

/// Threads: as larder::Client.
class Client final : public larder::Client {
 public:
  /// errc::invalid_argument: the trust options make no sense. errc::bad_bundle.
  static Result<std::unique_ptr<Client>> create(ClientOptions options, net::Transport& transport);

  std::shared_ptr<const Release> start() override;
  Result<std::shared_ptr<const Release>> refresh(std::chrono::milliseconds timeout) override;
  /// Fetches the index pack, if the release has one and pages are missing.
  Result<void> load_names(bool may_fetch) override;
  void stop() noexcept override { stop_.request_stop(); }

  [[nodiscard]] ReleaseInfo info() const override;
  [[nodiscard]] std::string server_id() const override;
  [[nodiscard]] std::uint64_t table_bytes() const noexcept override { return table_bytes_; }
  [[nodiscard]] std::uint64_t table_requests() const noexcept override { return table_requests_; }

 private:
  static constexpr auto kForever = std::chrono::steady_clock::time_point::max();
  struct Offer;  ///< a head that may be believed, and what it came with

  Client(ClientOptions options, Anchors anchors, net::Transport& transport);
  /// Finds the newest release that came with the app. False if a bundle's head is none.
  bool read_bundles();

  [[nodiscard]] bool online() const noexcept {
    return !options_.base_url.empty() && !options_.offline;
  }
  /// The base and the mirrors, the best first.
  [[nodiscard]] std::vector<std::string> bases_to_ask() const;
  /// A file of the origin, by its path there: from the first base that has it.
  std::pair<std::error_code, net::Document> get(const std::string& path, std::uint64_t limit);
  /// `bases_left`: how many share the time that is left.
  std::pair<std::error_code, net::Document> get_from(const std::string& base,
                                                     std::size_t bases_left,
                                                     const std::string& path, std::uint64_t limit,
                                                     const std::string& etag = {});
  /// The head's document, or status 304: from the first base that has one that is not older than
  /// version `floor`, else from the first that has any.
  Result<net::Document> get_head(const std::string& etag, std::uint64_t floor);
  /// Follows the roots that the head asks for. `state` and `root` go on to the last of them.
  Result<void> follow_roots(std::string_view document, trust::State& state, trust::Root& root);
  Result<std::shared_ptr<const Release>> consider(Offer offer);
  /// Makes durable what the offer proves, and what `more` adds; the state as it is then.
  /// errc::rolled_back: another process has believed a newer head by now.
  Result<trust::State> record(const Offer& offer, const std::string& what,
                              const std::function<void(trust::State&)>& more);
  /// Remembers a head without taking over its release.
  void remember(const Offer& offer, bool in_use);
  Result<std::shared_ptr<const Release>> adopt(Offer offer);
  /// Fetches what must be here before `release` is used.
  Result<void> stage(const std::shared_ptr<const NativeRelease>& release);
  [[nodiscard]] std::shared_ptr<const Deltas> deltas_to(const trust::Head& head,
                                                        const trust::Head& before, bool may_fetch);
  /// Fetches the joint patch that makes the new index and contents, if there is a small one and all
  /// that it begins from is here.
  void take_update(const trust::Head& head, const Deltas& deltas);
  [[nodiscard]] std::shared_ptr<const NativeRelease> make_release(
      trust::Head head, std::shared_ptr<const Deltas> deltas) const;
  [[nodiscard]] std::shared_ptr<const NativeRelease> current() const;
  void set_current(std::shared_ptr<const NativeRelease> release, const trust::Head& head,
                   std::string document, const trust::State& state);
  [[nodiscard]] Result<void> keep_pages(std::string_view pack);

  const ClientOptions options_;
  const Anchors anchors_;
  net::Transport& transport_;
  const std::shared_ptr<LocalObjects> objects_;
  std::optional<trust::Head> shipped_;  ///< the newest release of a bundle
  std::string shipped_document_;        ///< its head; empty if it has none
  std::stop_source stop_;

  std::mutex work_mutex_;                                     ///< one refresh or load at a time
  trust::StateFile state_;                                    ///< guarded by work_mutex_
  trust::Root root_;                                          ///< in force; guarded by work_mutex_
  std::chrono::steady_clock::time_point deadline_{kForever};  ///< guarded by work_mutex_
  std::string document_;  ///< head of the release in use; guarded by work_mutex_

  mutable std::mutex mutex_;
  std::shared_ptr<const NativeRelease> current_;  ///< guarded by mutex_, as all below
  std::optional<trust::Head> head_;               ///< of current_, as it was signed last
  std::uint64_t newest_version_ = 0;
  trust::Time floor_time_{};

  std::atomic<std::uint64_t> table_bytes_{0};
  std::atomic<std::uint64_t> table_requests_{0};
};

}  // namespace larder::native
