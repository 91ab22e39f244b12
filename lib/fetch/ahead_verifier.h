// AheadVerifier: a digest::Verifier that keeps the caller waiting for short content only.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "digest/verifier.h"
#include "fetch/hash_thread.h"

namespace larder::fetch {

/// From kInlineBytes on, what comes is copied and hashed on another thread, while the caller goes
/// on; if it is faster than that thread, it waits. Memory: two chunks of kChunkBytes.
/// Threads: one at a time.
class AheadVerifier {
 public:
  /// As digest::Verifier. `thread` may be null: everything is hashed by the caller.
  AheadVerifier(const Checksum& expected, std::optional<std::uint64_t> size,
                std::uint64_t limit_bytes, std::shared_ptr<HashThread> thread);
  AheadVerifier(const AheadVerifier&) = delete;
  AheadVerifier& operator=(const AheadVerifier&) = delete;
  ~AheadVerifier();

  static constexpr std::size_t kChunkBytes = 64u << 10;
  static constexpr std::uint64_t kInlineBytes = 256u << 10;

  /// As digest::Verifier. Throws what HashThread::post() does; then nothing more is to be done with
  /// it.
  [[nodiscard]] std::error_code update(std::span<const std::byte> bytes);
  /// The same, hashed by the caller, who may be the other thread.
  [[nodiscard]] std::error_code update_here(std::span<const std::byte> bytes) noexcept;
  /// Call once.
  [[nodiscard]] digest::Verifier::Verdict finish() noexcept;

 private:
  void hash_chunk() noexcept;
  /// Until the other thread has hashed its chunk.
  void wait() noexcept;

  const std::shared_ptr<HashThread> thread_;
  const std::uint64_t bound_;
  std::uint64_t seen_ = 0;
  std::vector<std::byte> filling_;
  // Of the other thread while hashing_.
  digest::Verifier verifier_;
  std::vector<std::byte> chunk_;

  std::mutex mutex_;
  std::condition_variable hashed_;
  bool hashing_ = false;  // guarded by mutex_
};

}  // namespace larder::fetch
