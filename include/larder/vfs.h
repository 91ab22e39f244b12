// Vfs: the virtual file system that an engine asks for its assets.
//
//   auto vfs = larder::Vfs::open({.origin = "https://cdn.example/game/", .store = cache_dir});
//   if (!vfs) return fail(vfs.error());
//   larder::Result<larder::Blob> hero = vfs->read("textures/hero.png");
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/file.h>
#include <larder/mount.h>
#include <larder/options.h>
#include <larder/prefetch.h>
#include <larder/release_info.h>
#include <larder/result.h>
#include <larder/stats.h>
#include <larder/take_over.h>

namespace larder {

class Snapshot;

/// What the filetable says of a path, without fetching anything.
struct Stat {
  bool is_directory = false;
  std::optional<std::uint64_t> size_bytes;  ///< if the table knows it or the content is local
  bool local = false;                       ///< a read would not need the network
};

/// One name in a listing.
struct DirectoryEntry {
  std::string name;  ///< one path component
  bool is_directory = false;
};

/// Why a path comes from where.
struct Explanation {
  std::string path;      ///< as asked for
  std::string route;     ///< listed, versioned, transient, live, file, or an errc name
  std::string checksum;  ///< that the table names, hex; empty if none
  std::string url;       ///< where it would be downloaded from; empty without an origin
  std::string mount;     ///< prefix of the mount that answers; empty: of the root
  bool in_bundle = false;
  bool in_store = false;
  std::optional<std::uint64_t> size_bytes;
  std::string source;   ///< bundle, store, origin or none: what a read would use now
  std::string because;  ///< one sentence for people
};

/// A mount that refresh() left as it was.
struct RefreshFailure {
  std::string mount;  ///< its prefix; empty: of the root
  std::error_code error;
};

/// What refresh() found: of what the Vfs was opened with, but for `changed` and `failures`.
struct Refreshed {
  bool changed = false;  ///< a new table is in use, here or in a mount
  std::string id;        ///< of the table now in use; empty in development mode
  std::uint64_t files = 0;
  bool held_back = false;  ///< see ReleaseInfo
  bool stale = false;      ///< see ReleaseInfo
  std::vector<RefreshFailure> failures;
  std::vector<std::string> restart_with;  ///< see Options::on_restart
};

/// A handle to an open file system. Movable; the last one to go closes it: running downloads are
/// cancelled, their readers get errc::cancelled, and what was stored is made durable.
///
/// Threads: every member function may be called from any thread, except that destruction and move
/// must not race with other calls on the same handle, and that a Vfs must not be destroyed by one
/// of its own callbacks unless Options::post moves them to another thread.
/// Errors: no function throws. Details of failures go to Options::on_log.
class Vfs {
 public:
  using Callback = std::function<void(Result<Blob>)>;

  /// Opens the store, reads the bundles and, by policy, asks the origin for a newer table.
  ///
  /// An unreachable origin is not an error while a table is known locally. Fails when nothing could
  /// be served: an option that makes no sense, or neither origin nor bundle
  /// (errc::invalid_argument); a bundle that cannot be read (errc::bad_bundle); no table known
  /// locally and none to be had (errc::offline, or what the attempt ended in). A store that cannot
  /// be used is logged and done without.
  [[nodiscard]] static Result<Vfs> open(Options options) noexcept;

  Vfs(Vfs&&) noexcept;
  Vfs& operator=(Vfs&&) noexcept;
  ~Vfs();

  /// The content of `path`: from the bundle or the store at once, else downloaded, verified and
  /// stored. Blocks only on a miss. Concurrent reads of one missing file share one download.
  ///
  /// `path` is a `/`-separated relative path, or an absolute URL; URLs below the origin's base mean
  /// the same as the relative path. Paths are case-sensitive.
  /// Errors: conditions absent, damaged, retryable, cancelled, untrusted; see larder/error.h.
  [[nodiscard]] Result<Blob> read(std::string_view path, const ReadOptions& options = {}) noexcept;

  /// As read(), but never blocks: errc::would_fetch when the content is not local. Starts no
  /// download unless asked to.
  [[nodiscard]] Result<Blob> try_read(std::string_view path,
                                      const TryReadOptions& options = {}) noexcept;

  /// As read(); `callback` is called exactly once, later, never from inside this function: through
  /// Options::post, or on a thread of the Vfs.
  /// Cancellation: closing the Vfs, or `options.timeout`. larder/asio.h has per-request slots.
  void read_async(std::string_view path, ReadOptions options, Callback callback) noexcept;
  void read_async(std::string_view path, Callback callback) noexcept;

  /// Withdraws one asynchronous read: its callback gets errc::cancelled unless it is already on
  /// its way. Others that wait for the same download are not affected. Idempotent.
  class Cancellation {
   public:
    Cancellation() noexcept = default;
    void cancel() const noexcept;

   private:
    friend class Vfs;
    friend class Snapshot;
    struct State;
    std::shared_ptr<State> state_;
  };
  /// As read_async(), and returns the means to withdraw the request.
  Cancellation start_read(std::string_view path, ReadOptions options, Callback callback) noexcept;

  /// Opens `path` for reading parts of it. Local content is there at once; anything else begins to
  /// be downloaded, and errors of that are told by the File.
  [[nodiscard]] Result<File> open_file(std::string_view path,
                                       const FileOptions& options = {}) noexcept;

  /// Fetches content ahead into the store: what `globs` name in the release in use and what is not
  /// local yet. Blocks while names are loaded, as list() does, never for content.
  ///
  /// A glob is a path, or one with `?` and `*` (of one component) and `**` (of any number of them).
  /// Errors: errc::invalid_argument without a store; errc::unsupported for a glob when names are
  /// not known; errc::not_listed when a glob names nothing. A path that is not listed fails on its
  /// own, see PrefetchOptions::on_failure.
  [[nodiscard]] Result<Prefetch> prefetch(const std::vector<std::string>& globs,
                                          PrefetchOptions options = {}) noexcept;

  /// Stores what another program has downloaded before: an old updater, an engine's cache. Each
  /// file is held against what the release in use names for its path. Blocks; may fetch pages of an
  /// index, never content. errc::invalid_argument without a store.
  Result<TakenOver> take_over(const std::vector<LocalCopy>& copies,
                              const TakeOverOptions& options = {}) noexcept;

  /// Changes Options::network. What has begun goes on, at the new pace.
  void set_network_policy(const NetworkPolicy& policy) noexcept;

  /// Whether the filetable lists `path` (a file). No content is fetched, here and in the functions
  /// that follow; of a native origin's index the pages that the answer stands on, unless they are
  /// local. False if they are not to be had.
  [[nodiscard]] bool exists(std::string_view path) const noexcept;
  /// errc::not_listed if it is neither a listed file nor a known directory.
  [[nodiscard]] Result<Stat> stat(std::string_view path) const noexcept;
  /// Names directly below `directory` ("" or "/" is the root), in byte order. Needs a release whose
  /// names are known: errc::unsupported otherwise. May fetch LayaDCC's name list once.
  [[nodiscard]] Result<std::vector<DirectoryEntry>> list(std::string_view directory) noexcept;

  /// Where `path` would come from and why.
  [[nodiscard]] Result<Explanation> explain(std::string_view path) const noexcept;

  /// Asks the origin for a newer filetable and switches to it at once and as a whole. Blobs handed
  /// out stay valid. On failure nothing changes and the error is returned.
  ///
  /// With mounts: all origins are asked at the same time, and all that changed is switched in one
  /// step. A mount whose origin fails stays as it is and is told in Refreshed::failures; an error
  /// is returned, the first mount's, only if every origin fails.
  Result<Refreshed> refresh() noexcept;

  /// What is shown now, to go on reading from it whatever refresh(), mount() and unmount() do. No
  /// I/O. Needs larder/snapshot.h.
  [[nodiscard]] Snapshot snapshot() const noexcept;

  /// Has names below `prefix` ("dlc1/"; the slash may be left out) mean the content of another
  /// origin or of other bundles. Their paths are relative to the prefix; what is told of them
  /// (explain(), events, listings, logs) are full paths.
  ///
  /// A mount covers what lies below its prefix in mounts of shorter ones, and in what the Vfs was
  /// opened with. Several mounts of one prefix are layers: the one mounted last is asked first;
  /// what it does not list is looked for in the next, unless it has a tombstone there. "" mounts
  /// above what the Vfs was opened with. What no layer lists, the first that is a LayaDCC origin
  /// fetches as such content is. URLs below the origin's base mean the mount, too.
  ///
  /// Blocks as open() does, and fails as open() does; errc::bad_path. Reads under way are answered
  /// by what was mounted when they began.
  Result<void> mount(std::string_view prefix, MountOptions options) noexcept;
  /// Takes back the last mount() of `prefix`. Reads and downloads under way are finished; Files and
  /// Blobs stay valid. errc::invalid_argument if nothing is mounted there.
  Result<void> unmount(std::string_view prefix) noexcept;
  /// In the order in which they are asked, longer prefixes first. What the Vfs was opened with is
  /// the last one.
  [[nodiscard]] Result<std::vector<MountInfo>> mounts() const noexcept;

  /// Has the store keep what `glob` names in the release in use: it is never dropped to make room,
  /// in any process, until it is unpinned. What is not there yet is not fetched, but kept once it
  /// is. Durable. A later version of a file is not pinned.
  ///
  /// `glob`: a path, or with `?` and `*` (of one component) and `**` (of any number of them).
  /// Returns how many files it names. Errors: errc::invalid_argument without a store;
  /// errc::not_listed for a path, errc::unsupported for a glob when names are not known.
  Result<std::uint64_t> pin(std::string_view glob) noexcept;
  /// Takes pins back. As pin() otherwise.
  Result<std::uint64_t> unpin(std::string_view glob) noexcept;
  /// Has the store forget what `glob` names, in the background; what is pinned stays unless
  /// `pinned_too`. Blobs handed out stay. Returns and fails as pin().
  Result<std::uint64_t> evict(std::string_view glob, bool pinned_too = false) noexcept;
  /// Empties the store but, unless `pinned_too`, of what is pinned. Blobs handed out stay.
  Result<void> clear(bool pinned_too = false) noexcept;

  [[nodiscard]] Stats stats() const noexcept;
  /// Of every server that was asked, in the order of their names.
  [[nodiscard]] std::vector<HostActivity> hosts() const;
  /// Id of the filetable in use, mounts left aside; empty in development mode.
  [[nodiscard]] std::string release_id() const;
  /// Number of files that it lists.
  [[nodiscard]] std::uint64_t file_count() const noexcept;
  /// What is known of the release in use, mounts left aside. No network.
  [[nodiscard]] Result<ReleaseInfo> release_info() const noexcept;

 private:
  friend class Snapshot;
  class Impl;
  explicit Vfs(std::shared_ptr<Impl> impl) noexcept;
  std::shared_ptr<Impl> impl_;
};

}  // namespace larder
