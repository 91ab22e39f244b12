// zstd: frames, and patches against an older version. Every decoder has an output limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <larder/result.h>

namespace larder::codec {

/// Objects and their bases up to this size can have patches: a decoder holds both in memory.
inline constexpr std::uint64_t kMaxPatchedBytes = std::uint64_t{64} << 20;

/// Compresses whole buffers. Keeps its memory from one call to the next. Threads: one at a time.
class ZstdEncoder {
 public:
  /// Throws std::bad_alloc.
  ZstdEncoder();
  ~ZstdEncoder();
  ZstdEncoder(ZstdEncoder&&) noexcept;
  ZstdEncoder& operator=(ZstdEncoder&&) noexcept;

  /// One frame of at most `limit` bytes, appended to nothing: `into` is replaced. errc::too_large,
  /// and `into` unspecified, if it does not fit. `level` is zstd's. Throws std::bad_alloc.
  Result<void> compress(std::span<const std::byte> bytes, int level, std::size_t limit,
                        std::vector<std::byte>& into);
  /// As above; the frame makes `bytes` from `base`, both of at most kMaxPatchedBytes.
  Result<void> make_patch(std::span<const std::byte> bytes, std::span<const std::byte> base,
                          int level, std::size_t limit, std::vector<std::byte>& into);

  /// Begins a frame of `size` bytes that come piece by piece.
  void begin(int level, std::uint64_t size);
  /// Continues it with `bytes`, or ends it with them; what comes out replaces `into`.
  /// errc::too_large if the pieces are not as long together as begin() was told.
  Result<void> feed(std::span<const std::byte> bytes, bool last, std::vector<std::byte>& into);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Decodes a frame piece by piece. Threads: one at a time.
class ZstdDecoder {
 public:
  /// For content of exactly `size` bytes. Throws std::bad_alloc.
  explicit ZstdDecoder(std::uint64_t size);
  ~ZstdDecoder();
  ZstdDecoder(ZstdDecoder&&) noexcept;
  ZstdDecoder& operator=(ZstdDecoder&&) noexcept;

  /// Decodes from the front of `input`, which is shortened by what was used, into `output`; says
  /// how many bytes came out. Call again with the same input until it is empty and nothing comes
  /// out. errc::damaged: no zstd frame, more than one, or a window beyond what this decoder allows.
  /// errc::too_large: more bytes than `size`; a frame that announces them fails at once.
  Result<std::size_t> decode(std::span<const std::byte>& input,
                             std::span<std::byte> output) noexcept;
  /// Whether the frame has ended after exactly `size` bytes.
  [[nodiscard]] bool complete() const noexcept;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// All of `frame` at once: exactly `size` bytes, or errc::damaged or errc::too_large. Throws
/// std::bad_alloc only for `size` bytes, so check that first.
Result<std::vector<std::byte>> zstd_decompress(std::span<const std::byte> frame,
                                               std::uint64_t size);
/// As above for a patch; needs no memory besides what it makes. errc::too_large beyond
/// kMaxPatchedBytes.
Result<std::vector<std::byte>> zstd_apply_patch(std::span<const std::byte> patch,
                                                std::span<const std::byte> base,
                                                std::uint64_t size);

}  // namespace larder::codec
