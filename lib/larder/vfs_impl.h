// Vfs::Impl: owns the rooms of one open file system and wires them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/vfs.h>

#include "base/client.h"
#include "base/log.h"
#include "base/published.h"
#include "fetch/corridor.h"
#include "fetch/counters.h"
#include "fetch/transient_cache.h"
#include "larder/file_impl.h"
#include "larder/prefetch_impl.h"
#include "larder/threads.h"
#include "net/sites.h"
#include "net/transport.h"
#include "store/store.h"
#include "vfs/path_rules.h"

namespace larder {

/// One asynchronous read, from the call to its callback.
struct Vfs::Cancellation::State {
  std::weak_ptr<Vfs::Impl> vfs;
  std::mutex mutex;
  bool withdrawn = false;  ///< guarded by mutex
  std::error_code why;     ///< of the withdrawal; guarded by mutex
  fetch::Ticket ticket;    ///< once it waits for a flight; guarded by mutex
};

class Vfs::Impl : public std::enable_shared_from_this<Vfs::Impl> {
 public:
  using State = Vfs::Cancellation::State;

  explicit Impl(Options options);
  ~Impl();

  /// Opens store, bundles, origin. Call once, first.
  Result<void> open();
  /// Ends everything that runs. Idempotent.
  void close() noexcept;

  Result<Blob> read(std::string_view path, const ReadOptions& options);
  Result<Blob> try_read(std::string_view path, const TryReadOptions& options);
  std::shared_ptr<State> start_read(std::string_view path, ReadOptions options, Callback callback);
  void withdraw(State& state, std::error_code why, fetch::Flights::Emptied emptied);
  Result<std::shared_ptr<File::Impl>> open_file(std::string_view path, const FileOptions& options);

  Result<std::shared_ptr<Prefetch::Impl>> prefetch(const std::vector<std::string>& globs,
                                                   PrefetchOptions options);
  void set_network_policy(NetworkPolicy policy);

  [[nodiscard]] bool exists(std::string_view path) const;
  [[nodiscard]] Result<Stat> stat(std::string_view path) const;
  Result<std::vector<DirectoryEntry>> list(std::string_view directory);
  [[nodiscard]] Result<Explanation> explain(std::string_view path) const;
  Result<Refreshed> refresh();
  Result<std::uint64_t> set_pinned(std::string_view glob, bool pinned);
  Result<std::uint64_t> evict(std::string_view glob, bool pinned_too);
  Result<void> clear(bool pinned_too);
  [[nodiscard]] Stats stats() const;
  [[nodiscard]] std::vector<HostActivity> hosts() const { return sites_->activity(); }
  [[nodiscard]] std::string release_id() const;
  [[nodiscard]] std::uint64_t file_count() const;
  [[nodiscard]] ReleaseInfo release_info() const;

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::time_point kForever = Clock::time_point::max();
  /// More than any question about one name needs.
  static constexpr int kMostPages = 4096;
  struct AsyncRead;

  Result<void> open_store();
  Result<void> open_client(const std::string& base_url);
  void open_corridor(Layout layout);
  Result<void> open_laya_client(const std::string& base_url);
  Result<void> open_native_client(const std::string& base_url);
  Result<void> open_list_client(const std::string& base_url, Layout layout);
  /// How the origin is laid out, as far as that can be told without a list of LayaDCC's. May ask it.
  [[nodiscard]] Layout layout_of(const std::string& base_url);
  /// Layout::cocos or flist if a bundle or what is remembered says so, else Layout::laya.
  [[nodiscard]] Layout known_list_layout(const std::string& base_url) const;
  /// Layout::cocos or flist if the origin has such a list, else Layout::laya. Asks it.
  [[nodiscard]] Layout layout_by_list(const std::string& base_url);
  /// Whether the origin has a file of that name, of any size. Asks it.
  [[nodiscard]] bool has_file(const std::string& base_url, const std::string& name);
  /// Whether the origin is to be taken for a native one. May ask it.
  [[nodiscard]] bool is_native(const std::string& base_url);
  /// Whether the origin has a head where native origins have one. Asks it.
  [[nodiscard]] bool has_head(const std::string& base_url);
  [[nodiscard]] std::string state_directory(std::string_view layout,
                                            const std::string& base_url) const;
  /// The base URL that `origin` means; says what is wrong with it.
  [[nodiscard]] Result<std::string> base_url_of(const std::string& origin) const;
  /// Whether it may still be found out how the origin is laid out.
  enum class Guess { allowed, made };
  /// The first release: what is known locally, or, by policy, what the origin has.
  Result<void> first_release(const std::string& base_url, Guess guess);
  /// Has the names of `release`, the client's newest, loaded if Options::ignore_case needs them;
  /// says so if they are not to be had.
  void load_names_for_case(const Release& release);
  /// Whether `release` is only a guess about an origin that needs keys. May ask the origin; says
  /// so.
  [[nodiscard]] bool is_native_without_trust(const Release& release, const std::string& base_url);

  /// A local answer, or errc::would_fetch.
  Result<Blob> read_locally(std::string_view path);
  /// Has a miss downloaded for whoever asks later.
  void start_fetching(std::string_view path, Priority priority);
  Result<Blob> wait_for_flight(std::string_view path, const ReadOptions& options);
  /// Names in the store of all listed files that `glob` matches.
  Result<std::vector<ObjectKey>> keys_of(std::string_view glob);
  /// Has a page of a table's fetched for everybody who looks things up; waits for it at most until
  /// `deadline`.
  Result<void> fetch_page(const std::shared_ptr<const Release>& release, const Entry& page,
                          Clock::time_point deadline = kForever) const;
  /// Has an entry fetched, and waits for it.
  Result<Blob> fetch(const std::shared_ptr<const Release>& release, const Entry& entry,
                     Clock::time_point deadline) const;
  /// The entry of `request`, after the pages were fetched that it needs.
  Result<Entry> look_up(const std::shared_ptr<const Release>& release, const PathRequest& request,
                        Clock::time_point deadline = kForever) const;
  /// Has several pages fetched at the same time.
  Result<void> fetch_pages(const std::shared_ptr<const Release>& release,
                           std::span<const Entry> pages, Clock::time_point deadline) const;
  /// Has all pages fetched that lead to names below `directory`.
  Result<void> fetch_pages_below(const std::shared_ptr<const Release>& release,
                                 std::string_view directory) const;
  /// ": a, b": the listed paths that an ambiguous one may mean.
  [[nodiscard]] std::string names_like(const std::shared_ptr<const Release>& release,
                                       const PathRequest& request) const;
  /// Asks `ask(page)` until it needs no more pages.
  template <class Ask>
  auto with_pages(const std::shared_ptr<const Release>& release, Clock::time_point deadline,
                  const Ask& ask) const -> decltype(ask(std::declval<Entry*>())) {
    for (int round = 0; round < kMostPages; ++round) {
      Entry page;
      auto answer = ask(&page);
      if (answer || answer.error() != errc::would_fetch) return answer;
      if (const auto fetched = fetch_page(release, page, deadline); !fetched)
        return fetched.error();
    }
    return errc::bad_table;  // it asks for pages that are here
  }
  /// Paths of all files that `glob` matches in the release in use.
  Result<std::vector<std::string>> paths_of(std::string_view glob);
  void cancel_prefetches() noexcept;
  void run_async(std::shared_ptr<AsyncRead> read);
  /// Boards the flight that an asynchronous read waits for next.
  void board_async(const std::shared_ptr<AsyncRead>& read, std::shared_ptr<const Release> release,
                   const Entry& entry, Priority priority, fetch::LandingCallback callback);
  /// Runs a callback of the application's where it wants that.
  void call(std::function<void()> task);
  void deliver(std::shared_ptr<AsyncRead> read, Result<Blob> result);
  /// Tells the store how long a read took that it could not answer.
  void count_wait(Clock::time_point began) noexcept;
  /// Counts the end of a read and passes it through.
  Result<Blob> counted(Result<Blob> result, bool joined = false);

  const Options options_;
  const Log log_;
  vfs::PathRules rules_;
  mutable fetch::Counters counters_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<IoThread> io_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<net::Transport> transport_;
  std::vector<std::string> mirror_urls_;  ///< as the base URL; set once by open()
  std::unique_ptr<net::Sites> sites_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<fetch::TransientCache> transient_;
  std::unique_ptr<fetch::Corridor> corridor_;
  Published<Release> release_;
  std::mutex refresh_mutex_;  ///< a refresh and the switch that follows it are one
  std::unique_ptr<Repeater> repeater_;
  std::atomic<bool> closed_{false};
  std::mutex prefetches_mutex_;
  std::vector<std::weak_ptr<Prefetch::Impl>> prefetches_;  ///< guarded by prefetches_mutex_
};

}  // namespace larder
