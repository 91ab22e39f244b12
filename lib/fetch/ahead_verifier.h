// AheadVerifier: verifies content on its way to where it is kept; long content on another thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "digest/verifier.h"
#include "fetch/hash_thread.h"

namespace larder::fetch {

/// From kInlineBytes on, what comes is gathered in chunks. One is hashed on another thread while
/// the next one comes; if the caller is faster than that thread, it waits. Memory: two chunks of
/// kChunkBytes. Threads: one at a time.
class AheadVerifier {
 public:
  /// As digest::Verifier. `thread` may be null: everything is hashed by the caller.
  AheadVerifier(const Checksum& expected, std::optional<std::uint64_t> size,
                std::uint64_t limit_bytes, std::shared_ptr<HashThread> thread);
  AheadVerifier(const AheadVerifier&) = delete;
  AheadVerifier& operator=(const AheadVerifier&) = delete;
  ~AheadVerifier();

  static constexpr std::size_t kChunkBytes = 96u << 10;
  static constexpr std::uint64_t kInlineBytes = 256u << 10;

  /// Where the bytes go, in order; they may be hashed meanwhile. An error ends the update.
  using Pass = std::function<std::error_code(std::span<const std::byte>)>;
  /// As digest::Verifier; what is gathered is passed on later. The errors of `pass`. Throws what
  /// HashThread::post() does; then nothing more is to be done with it.
  [[nodiscard]] std::error_code update(std::span<const std::byte> bytes, const Pass& pass);
  /// The next chunk is to have so many bytes: at least one, at most kChunkBytes.
  void next_chunk(std::size_t bytes) noexcept { next_bytes_ = bytes; }
  /// What came and was not passed on. Valid until the next call.
  [[nodiscard]] std::span<const std::byte> gathered() const noexcept { return filling_; }
  /// Passes it on: nothing more comes, or not soon.
  [[nodiscard]] std::error_code flush(const Pass& pass);
  /// Hashed by the caller, who may be the other thread, and passed on to nobody. Before update().
  [[nodiscard]] std::error_code update_here(std::span<const std::byte> bytes) noexcept;
  /// Of what was passed on. Call once.
  [[nodiscard]] digest::Verifier::Verdict finish() noexcept;

 private:
  void hash_ahead();
  void hash_chunk() noexcept;
  /// Until the other thread has hashed its chunk.
  void wait() noexcept;

  const std::shared_ptr<HashThread> thread_;
  const std::uint64_t bound_;
  std::uint64_t seen_ = 0;
  std::size_t next_bytes_ = kChunkBytes;
  std::vector<std::byte> filling_;
  digest::Verifier verifier_;     // of the other thread while hashing_
  std::vector<std::byte> chunk_;  // read only while hashing_

  std::mutex mutex_;
  std::condition_variable hashed_;
  bool hashing_ = false;  // guarded by mutex_
};

}  // namespace larder::fetch
