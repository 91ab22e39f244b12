// Blob: immutable bytes that outlive everything they came from.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace larder {

/// Where bytes came from.
enum class Source : std::uint8_t {
  bundle,  ///< shipped with the app
  store,   ///< the local cache
  origin,  ///< downloaded for this request (or for another one at the same moment)
};

/// "bundle", "store" or "origin". Static storage.
const char* name_of(Source source) noexcept;

namespace detail {

/// What keeps a Blob's bytes alive: an intrusive reference count. Starts with one reference.
/// Threads: acquire() and release() from any thread.
class BlobOwner {
 public:
  BlobOwner() noexcept = default;
  BlobOwner(const BlobOwner&) = delete;
  BlobOwner& operator=(const BlobOwner&) = delete;

  void acquire() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) dispose();
  }

 protected:
  virtual ~BlobOwner() = default;

 private:
  /// Called once, by whoever drops the last reference, on that thread.
  virtual void dispose() noexcept = 0;

  std::atomic<std::uint32_t> references_{1};
};

}  // namespace detail

/// Reference-counted immutable bytes, usually a view of a memory-mapped segment.
///
/// Ownership: a Blob keeps its bytes alive by itself: after the object is evicted from the store,
/// after refresh(), after the Vfs is closed. Copying costs one atomic increment; no copy of bytes.
/// Threads: distinct Blob objects may be used from any threads, also when they share bytes.
class Blob {
 public:
  /// No bytes. `!blob` holds. An empty file is a Blob of size 0 for which `blob` holds.
  Blob() noexcept = default;

  Blob(const Blob& other) noexcept
      : owner_(other.owner_), data_(other.data_), size_(other.size_), source_(other.source_) {
    if (owner_) owner_->acquire();
  }
  Blob(Blob&& other) noexcept
      : owner_(std::exchange(other.owner_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        source_(other.source_) {}
  Blob& operator=(Blob other) noexcept {
    swap(other);
    return *this;
  }
  ~Blob() {
    if (owner_) owner_->release();
  }

  [[nodiscard]] const std::byte* data() const noexcept { return data_; }
  /// In bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  explicit operator bool() const noexcept { return owner_ != nullptr; }

  /// The bytes; valid as long as this Blob or a copy of it lives.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  /// The same bytes as characters; no encoding is implied, no terminating NUL.
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(data_), size_};
  }
  /// Where the bytes came from when this Blob was handed out.
  [[nodiscard]] Source source() const noexcept { return source_; }

  void swap(Blob& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(source_, other.source_);
  }

  /// For sources: the same bytes, said to come from `source`.
  [[nodiscard]] Blob labelled(Source source) && noexcept {
    source_ = source;
    return std::move(*this);
  }
  /// For sources: a Blob that takes over one reference of `owner`, which keeps `bytes` alive.
  static Blob adopt(detail::BlobOwner* owner, std::span<const std::byte> bytes,
                    Source source) noexcept {
    Blob blob;
    blob.owner_ = owner;
    blob.data_ = bytes.data();
    blob.size_ = bytes.size();
    blob.source_ = source;
    return blob;
  }

 private:
  detail::BlobOwner* owner_ = nullptr;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  Source source_ = Source::origin;
};

}  // namespace larder
