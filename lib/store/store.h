// Store: the local cache. SQLite index + append-only segment files. See FORMAT.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/network.h>
#include <larder/options.h>
#include <larder/result.h>
#include <larder/stats.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/object_key.h"
#include "base/sink.h"
#include "sys/file_system.h"

namespace larder::store {

struct StoreOptions {
  std::string directory;
  /// What everything in the directory may take on disk; 0: no limit. Half to two thirds of it is
  /// content. Exceeded by one segment at most, while space is made. Not stored: all processes that
  /// write to one store give the same.
  std::uint64_t quota_bytes = 0;
  /// At most; a small quota asks for smaller ones.
  std::uint64_t segment_bytes = 64u << 20;
  /// Objects above this have a segment of their own.
  std::uint64_t large_object_bytes = 4u << 20;
  FirstUse first_use = FirstUse::fast;
  /// Longest time that a stored object stays undurable.
  std::chrono::milliseconds commit_interval{1000};
  /// How long the beginning of a large object is kept for Store::resume() without growing; 0: not
  /// at all.
  std::chrono::seconds keep_partial = std::chrono::hours(7 * 24);
  Log log;
  sys::FileSystem* file_system = nullptr;  ///< null: the real one. Not owned
};

/// What a store holds; what this process did with it since it was opened; and what all processes
/// did.
struct StoreFigures : StoreActivity {
  std::uint64_t objects = 0;       ///< in the index, including those not yet durable
  std::uint64_t object_bytes = 0;  ///< sum of their sizes
  std::uint64_t claims = 0;
  std::uint64_t segments = 0;
  std::uint64_t disk_bytes = 0;  ///< segments + index, as allocated on disk
  /// Bytes of content for which the quota has room; 0: no limit.
  std::uint64_t content_quota = 0;
  /// Since the store was made, or its index made anew. Of other processes: as of their last commit,
  /// which may be a minute old if they only read.
  StoreActivity life;
};

/// An object of the store.
struct StoredObject {
  Digest digest;
  std::uint64_t size_bytes = 0;
};

/// What Store::check() found.
enum class Health : std::uint8_t { good, damaged, absent };

/// One object on its way into the store. A Sink: bytes in, then commit() or abandonment by
/// destruction. Nothing is visible to anybody before commit().
///
/// A failing disk does not fail the writer: the transaction goes on in memory, and commit() hands
/// out the bytes without having stored them.
///
/// A size given to begin(), or else announced by expect(), is an upper bound: errc::too_large.
/// Memory: at most 256 KiB and a little, as long as the disk works. May outlive its Store; it then
/// passes bytes through.
class Transaction : public Sink {
 public:
  /// Publishes the object under `digest` (which the caller computed over exactly the bytes written)
  /// and under every claim in `claims`, and hands it out. Call once.
  /// Returns bytes even if storing failed; `stored()` says which.
  virtual Result<Blob> commit(const Digest& digest, std::span<const ObjectKey> claims) noexcept = 0;
  [[nodiscard]] virtual bool stored() const noexcept = 0;
  /// How many bytes, at most `most`, the next write had best bring: it and further ones of `most`
  /// then cost the least.
  [[nodiscard]] virtual std::size_t best_write_bytes(std::size_t most) const noexcept = 0;
  /// Before commit(): copies bytes that were written, all of `into` from `offset` on.
  /// errc::invalid_argument if they were not.
  [[nodiscard]] virtual std::error_code read_back(std::uint64_t offset,
                                                  std::span<std::byte> into) noexcept = 0;
  /// What comes is the origin's copy with this strong validator. If the object is large and its
  /// size known, what came of it survives a kill, for Store::resume(). Before the first write.
  void identify(std::string_view validator) noexcept override = 0;
  /// Ends the transaction without an object, but leaves what came of it for Store::resume(), if it
  /// was identified.
  virtual void suspend() noexcept = 0;
  /// Unstored by choice: other objects are worth more, or the quota is too small.
  [[nodiscard]] virtual bool refused() const noexcept = 0;
};

/// What is known beforehand of an object that is about to be stored.
struct About {
  /// By which it was missed; kind none if nothing is known. Lets a full store decide before the
  /// bytes come.
  ObjectKey key;
  Priority priority = Priority::normal;
};

/// An object whose beginning is in the store.
struct Resumed {
  std::unique_ptr<Transaction> transaction;  ///< that goes on behind it
  std::uint64_t size_bytes = 0;              ///< of the object
  std::uint64_t written_bytes = 0;           ///< of them are there
  std::string validator;                     ///< of the origin's copy that they are from
};

/// Of all processes that use a store, one at a time fetches an object. The others see that it does
/// until what came is in the index, and need not fetch it themselves. May outlive its Store.
class FetchTurn {
 public:
  virtual ~FetchTurn() = default;
  /// Whether it is this process' turn: nobody else fetches the object, or nobody can know. Does not
  /// wait; but whoever has the turn learns that somebody waits, and hurries to write what came into
  /// the index. When this has become true, the object may be there.
  [[nodiscard]] virtual bool take() noexcept = 0;
};

/// Threads: all member functions from any thread.
class Store {
 public:
  virtual ~Store() = default;

  /// Opens or makes the store in `options.directory`. A damaged index is rebuilt from the segments;
  /// what cannot be recovered is forgotten, never an error. Fails when the directory cannot be
  /// used (errc::io, errc::no_space).
  /// A directory that cannot be written to is used as it is: begin() then passes bytes through.
  static Result<std::unique_ptr<Store>> open(StoreOptions options) noexcept;
  /// The figures of a store that may be in use by others, without opening it: counters of this
  /// process are 0. errc::not_found if there is none, errc::bad_store if its index is damaged.
  static Result<StoreFigures> inspect(const std::string& directory,
                                      sys::FileSystem& fs = sys::FileSystem::real()) noexcept;

  /// The object named by `key` (a digest or a claim), or an empty Blob. First use of an object in
  /// a process checks its bytes; a damaged one is dropped, counted and absent.
  virtual Blob find(const ObjectKey& key) noexcept = 0;
  /// Whether find() would look at bytes for `key`; and the object's size. Reads no content.
  [[nodiscard]] virtual std::optional<std::uint64_t> size_of(const ObjectKey& key) noexcept = 0;

  /// Starts storing one object of `size` bytes, or of unknown size; what was left behind of it is
  /// forgotten. Null without memory.
  virtual std::unique_ptr<Transaction> begin(std::optional<std::uint64_t> size,
                                             const About& about = {}) noexcept = 0;
  /// Goes on with what an earlier transaction for `about.key`, maybe of another process, left
  /// behind. `each` is given all of it, in order, and may stop that by returning false. None if
  /// there is nothing, or it is not what was written; then what `each` got means nothing.
  virtual std::optional<Resumed> resume(
      const About& about, const std::function<bool(std::span<const std::byte>)>& each) noexcept = 0;
  /// Whether resume() may find something.
  [[nodiscard]] virtual bool has_partial(const ObjectKey& key) noexcept = 0;
  /// To be had before the object that `key` names is fetched, and until it is stored or given up.
  /// Null without memory.
  virtual std::unique_ptr<FetchTurn> turn(const ObjectKey& key) noexcept = 0;
  /// Publishes a further claim on an object that is already stored. False if it is not.
  virtual bool claim(const ObjectKey& claim, const Digest& digest) noexcept = 0;
  /// Forgets what `key` names: after content that passed the store's own check turned out wrong.
  virtual void drop(const ObjectKey& key) noexcept = 0;

  /// What these keys name, now or later, is not dropped to make room, in this or any other process,
  /// until it is unpinned; not before that by evict() and clear() either, unless they are told to.
  /// Durable when this returns. Lost with the index.
  virtual Result<void> pin(std::span<const ObjectKey> keys) noexcept = 0;
  virtual Result<void> unpin(std::span<const ObjectKey> keys) noexcept = 0;
  /// Forgets what these keys name, in the background; flush() waits for it. Pins stay as they are.
  virtual Result<void> evict(std::vector<ObjectKey> keys, bool pinned_too = false) noexcept = 0;
  /// Forgets everything but, by choice, what is pinned, and returns the space.
  virtual Result<void> clear(bool pinned_too = false) noexcept = 0;
  /// Brings the store below its quota now instead of in the background, and returns unused space.
  virtual Result<void> trim() noexcept = 0;

  /// Makes everything committed so far durable. Also done by the destructor and in the background.
  virtual Result<void> flush() noexcept = 0;

  /// A caller waited that long for something that find() did not have.
  virtual void waited(std::chrono::nanoseconds time) noexcept = 0;
  [[nodiscard]] virtual StoreFigures figures() noexcept = 0;

  /// All objects, in no particular order, until `each` returns false. Flushes first. `each` may use
  /// the store; objects stored or dropped meanwhile may be missed or named.
  virtual Result<void> visit(const std::function<bool(const StoredObject&)>& each) noexcept = 0;
  /// Reads the object as it is on disk and checks it by SHA-256, whatever the first-use policy.
  /// Changes nothing; drop() is the answer to a damaged one.
  virtual Health check(const Digest& digest) noexcept = 0;
};

}  // namespace larder::store
