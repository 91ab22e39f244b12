// zlib's streams over buffers of any size, for the formats that are made of deflate.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <span>
#include <vector>

#include <larder/result.h>

namespace larder::codec {

/// So much of `bytes` as zlib, which counts in 32 bits, takes at once.
[[nodiscard]] uInt piece_of(std::size_t bytes) noexcept;

/// For zlib, which does not write to its input.
[[nodiscard]] Bytef* pointer_to(const std::byte* bytes) noexcept;

/// Points the stream behind the first `used` bytes, and makes room there if there is none: up to
/// `limit` bytes. Throws std::bad_alloc.
void provide(z_stream& stream, std::vector<std::byte>& bytes, std::size_t used, std::size_t limit);

/// All that one stream makes, of the kind that `window_bits` says (see zlib.h). errc::damaged: it
/// is none, not whole, or something follows it; errc::too_large: more than `limit` bytes come out.
/// Throws std::bad_alloc; memory: twice what comes out, at most.
Result<std::vector<std::byte>> inflate_all(std::span<const std::byte> bytes, int window_bits,
                                           std::size_t limit);

}  // namespace larder::codec
