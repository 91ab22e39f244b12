// Vfs::Impl: owns the rooms of one open file system and wires them.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/vfs.h>

#include "base/log.h"
#include "base/published.h"
#include "fetch/corridor.h"
#include "fetch/counters.h"
#include "fetch/transient_cache.h"
#include "larder/file_impl.h"
#include "larder/local_pages.h"
#include "larder/mount_impl.h"
#include "larder/prefetch_impl.h"
#include "larder/threads.h"
#include "larder/view.h"
#include "net/sites.h"
#include "net/transport.h"
#include "store/store.h"
#include "vfs/path_rules.h"

namespace larder {

/// What an exception means that a public function caught. Nothing but memory is expected to run
/// out.
inline std::error_code error_of_current_exception() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

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
  using ViewPtr = std::shared_ptr<const View>;

  explicit Impl(Options options);
  ~Impl();

  /// Opens store, bundles, origin. Call once, first.
  Result<void> open();
  /// Ends everything that runs. Idempotent.
  void close() noexcept;

  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }
  /// What is shown now.
  [[nodiscard]] ViewPtr view() const { return view_.share(); }

  // Here and below, `held` is the view that answers, a snapshot's; null: the one in use.
  Result<Blob> read(std::string_view path, const ReadOptions& options, const ViewPtr& held = {});
  Result<Blob> try_read(std::string_view path, const TryReadOptions& options,
                        const ViewPtr& held = {});
  std::shared_ptr<State> start_read(std::string_view path, ReadOptions options, Callback callback,
                                    ViewPtr held = {});
  void withdraw(State& state, std::error_code why, fetch::Flights::Emptied emptied);
  Result<std::shared_ptr<File::Impl>> open_file(std::string_view path, const FileOptions& options,
                                                const ViewPtr& held = {});

  Result<std::shared_ptr<Prefetch::Impl>> prefetch(const std::vector<std::string>& globs,
                                                   PrefetchOptions options);
  Result<TakenOver> take_over(const std::vector<LocalCopy>& copies, const TakeOverOptions& options);
  void set_network_policy(NetworkPolicy policy);

  [[nodiscard]] bool exists(std::string_view path, const ViewPtr& held = {}) const;
  [[nodiscard]] Result<Stat> stat(std::string_view path, const ViewPtr& held = {}) const;
  Result<std::vector<DirectoryEntry>> list(std::string_view directory, const ViewPtr& held = {});
  [[nodiscard]] Result<Explanation> explain(std::string_view path, const ViewPtr& held = {}) const;
  Result<Refreshed> refresh();
  Result<void> mount(std::string_view prefix, MountOptions options);
  Result<void> unmount(std::string_view prefix);
  [[nodiscard]] std::vector<MountInfo> mounts() const;
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
  struct AsyncRead;

  Result<std::shared_ptr<File::Impl>> open_plain_file(std::string_view path,
                                                      const FileOptions& options,
                                                      const ViewPtr& held);

  Result<void> open_store();
  Result<void> open_network();
  [[nodiscard]] MountServices mount_services();
  /// Whatever waits for an origin's head or table ends.
  void stop_clients() noexcept;
  /// The id that the origin of a release announced last; empty if it is not mounted any more.
  [[nodiscard]] std::string server_id_of(const Release& release) const;

  [[nodiscard]] ViewPtr held_or_now(const ViewPtr& held) const { return held ? held : view(); }
  /// A local answer, or errc::would_fetch.
  Result<Blob> read_locally(std::string_view path, const ViewPtr& held);
  Result<Blob> read_locally(const View& view, const PathRequest& request, vfs::PathBuffer& buffer);
  /// Has a miss downloaded for whoever asks later.
  void start_fetching(std::string_view path, Priority priority, const ViewPtr& held);
  Result<Blob> wait_for_flight(std::string_view path, const ReadOptions& options,
                               const ViewPtr& held);
  /// Names in the store of all listed files that `glob` matches.
  Result<std::vector<ObjectKey>> keys_of(std::string_view glob);
  /// Has a page of a table's fetched for everybody who looks things up; waits for it at most until
  /// `deadline`.
  Result<void> fetch_page(const std::shared_ptr<const Release>& release, const Entry& page,
                          Clock::time_point deadline = kForever) const;
  /// Has an entry fetched, and waits for it.
  Result<Blob> fetch(const std::shared_ptr<const Release>& release, const Entry& entry,
                     Clock::time_point deadline) const;
  /// An entry and the layer that has it.
  struct Found {
    const Layer* layer = nullptr;
    Entry entry;
  };
  /// The entry of `request`, after the pages were fetched that it needs.
  Result<Found> look_up(const View& view, const PathRequest& request, vfs::PathBuffer& buffer,
                        Clock::time_point deadline = kForever) const;
  /// Has several entries fetched at the same time; `each` gets what came.
  Result<void> fetch_all(const std::shared_ptr<const Release>& release,
                         std::span<const Entry> entries, Clock::time_point deadline,
                         const std::function<void(const Entry&, const Blob&)>& each) const;
  /// Has several pages fetched at the same time.
  Result<void> fetch_pages(const std::shared_ptr<const Release>& release,
                           std::span<const Entry> pages, Clock::time_point deadline) const;
  /// Has all pages fetched that lead to names below `directory`.
  Result<void> fetch_pages_below(const std::shared_ptr<const Release>& release,
                                 std::string_view directory) const;
  /// Of all layers that have names below `directory`.
  Result<void> fetch_pages_below(const View& view, std::string_view directory) const;
  /// ": a, b": the listed paths that an ambiguous one may mean.
  [[nodiscard]] std::string names_like(const View& view, const PathRequest& request,
                                       vfs::PathBuffer& buffer) const;
  [[nodiscard]] Result<bool> is_directory(const View& view, std::string_view path,
                                          vfs::PathBuffer& buffer) const;
  /// Names directly below a normalised directory, those that are a file and a directory twice.
  /// errc::unsupported if they are not known; then they are asked for, see with_names().
  [[nodiscard]] Result<std::vector<Listed>> names_below(const View& view,
                                                        std::string_view directory) const;
  /// Of one layer; `directory` is relative to it.
  [[nodiscard]] Result<std::vector<Listed>> names_in(const Layer& layer,
                                                     std::string_view directory) const;
  /// Asks `ask(view)`, once more if a release came that has the names that it needs.
  template <class Ask>
  auto with_names(const Ask& ask) const -> decltype(ask(std::declval<const View&>())) {
    for (;;) {
      const auto view = view_.share();
      auto answer = ask(*view);
      if (answer.error() != errc::unsupported || view_.share() == view) return answer;
    }
  }
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
  /// Tells the application which files of bootstrap groups changed; returns their full paths.
  std::vector<std::string> tell_restart(const std::vector<Layer>& before,
                                        const std::vector<Layer>& newer);
  /// By path below the mount; null: it is not listed.
  using BootstrapGroup = std::map<std::string, std::unique_ptr<const OwnedEntry>>;
  /// What a mount's bootstrap group is in a release.
  Result<BootstrapGroup> bootstrap_of(const Mount& mount,
                                      const std::shared_ptr<const Release>& release,
                                      Clock::time_point deadline) const;
  /// Has the bootstrap group of a release stored that is not in use yet.
  Result<void> fetch_bootstrap(const Mount& mount, const std::shared_ptr<const Release>& release,
                               Clock::time_point deadline) const;
  /// Full paths of what is not the same in the bootstrap groups of two releases of a mount.
  [[nodiscard]] std::vector<std::string> changed_bootstrap(
      const Mount& mount, const std::shared_ptr<const Release>& before,
      const std::shared_ptr<const Release>& after) const;
  /// Which figure of TakenOver a copy belongs to. `stored`: the store holds its content now.
  std::uint64_t TakenOver::*take_one(const View& view, const LocalCopy& copy, bool& stored,
                                     std::uint64_t& bytes);
  /// Paths of all files that `glob` matches in the release in use.
  Result<std::vector<std::string>> paths_of(std::string_view glob);
  void cancel_prefetches() noexcept;
  /// From the beginning, or after a page has come that the read needed.
  void run_async(std::shared_ptr<AsyncRead> read);
  /// Boards the flight that an asynchronous read waits for next.
  void board_async(const std::shared_ptr<AsyncRead>& read, std::shared_ptr<const Release> release,
                   const Entry& entry, Priority priority, fetch::LandingCallback callback);
  /// Runs a callback of the application's where it wants that.
  void call(std::function<void()> task);
  void deliver(std::shared_ptr<AsyncRead> read, Result<Blob> result);
  void hand_over(std::shared_ptr<AsyncRead> read, Result<Blob> result);
  /// Tells the store how long a read took that it could not answer.
  void count_wait(Clock::time_point began) noexcept;
  /// Counts the end of a read and passes it through.
  Result<Blob> counted(Result<Blob> result, bool joined = false);
  /// Whether content is an envelope, and what is in it.
  struct Wrapping {
    bool is_encrypted = false;
    std::uint64_t plain_bytes = 0;
  };
  static Wrapping wrapping_of(const Entry& entry) noexcept {
    return {entry.is_encrypted, entry.plain_bytes};
  }
  /// What a local source has of a path, as it has it.
  Result<Blob> lend_locally(const View& view, const PathRequest& request, vfs::PathBuffer& buffer,
                            Wrapping& wrapping);
  /// What is in the envelope of encrypted content; other content as it is. Not on a thread that
  /// reads sockets.
  [[nodiscard]] Result<Blob> opened(bool is_encrypted, Result<Blob> result) const;
  /// Has a file of encrypted content open it, in parts where that is asked for.
  void open_envelope(File::Impl& file) const;
  /// What Options::read_filter makes of it. Not on a thread that reads sockets.
  [[nodiscard]] Result<Blob> filtered(std::string_view path, Result<Blob> result) const;

  const Options options_;
  const Log log_;
  mutable fetch::Counters counters_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<IoThread> io_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<net::Transport> transport_;
  std::unique_ptr<net::Sites> sites_;
  std::unique_ptr<fetch::TransientCache> transient_;
  std::unique_ptr<fetch::Corridor> corridor_;
  std::shared_ptr<Mount> root_;  ///< what the Vfs was opened with
  Published<View> view_;
  std::mutex view_mutex_;     ///< one change of view_ at a time
  std::mutex refresh_mutex_;  ///< a refresh and the switch that follows it are one; taken first
  std::unique_ptr<Repeater> repeater_;
  std::atomic<bool> closed_{false};
  std::mutex prefetches_mutex_;
  std::vector<std::weak_ptr<Prefetch::Impl>> prefetches_;  ///< guarded by prefetches_mutex_
};

}  // namespace larder
