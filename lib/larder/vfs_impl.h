// Vfs::Impl: owns the rooms of one open file system and wires them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <larder/vfs.h>

#include "base/log.h"
#include "base/published.h"
#include "compat/laya_client.h"
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
  [[nodiscard]] std::string release_id() const;
  [[nodiscard]] std::uint64_t file_count() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct AsyncRead;

  Result<void> open_store();
  Result<void> open_client(const std::string& base_url);
  [[nodiscard]] std::string state_directory(const std::string& base_url) const;
  /// The first release: what is known locally, or, by policy, what the origin has.
  Result<void> first_release();

  /// A local answer, or errc::would_fetch.
  Result<Blob> read_locally(std::string_view path);
  /// Has a miss downloaded for whoever asks later.
  void start_fetching(std::string_view path, Priority priority);
  Result<Blob> wait_for_flight(std::string_view path, const ReadOptions& options);
  /// Names in the store of all listed files that `glob` matches.
  Result<std::vector<ObjectKey>> keys_of(std::string_view glob);
  /// Paths of all files that `glob` matches in the release in use.
  Result<std::vector<std::string>> paths_of(std::string_view glob);
  void cancel_prefetches() noexcept;
  void run_async(std::shared_ptr<AsyncRead> read);
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
  std::unique_ptr<compat::LayaClient> client_;
  std::unique_ptr<fetch::TransientCache> transient_;
  std::unique_ptr<net::Sites> sites_;
  std::unique_ptr<fetch::Corridor> corridor_;
  Published<Release> release_;
  std::mutex refresh_mutex_;  ///< a refresh and the switch that follows it are one
  std::atomic<bool> closed_{false};
  std::mutex prefetches_mutex_;
  std::vector<std::weak_ptr<Prefetch::Impl>> prefetches_;  ///< guarded by prefetches_mutex_
};

}  // namespace larder
