// gzip: whole buffers, with an output limit.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <larder/result.h>

namespace larder::codec {

/// Whether the bytes begin as a gzip file does.
[[nodiscard]] bool is_gzip(std::span<const std::byte> bytes) noexcept;

/// One gzip file: the same bytes for the same content, at any time. Throws std::bad_alloc.
[[nodiscard]] std::vector<std::byte> gzip(std::span<const std::byte> bytes);

/// The content of one gzip file. errc::damaged: it is none, not whole, or something follows it;
/// errc::too_large: more than `limit` bytes come out. Memory: what comes out. Throws
/// std::bad_alloc.
Result<std::vector<std::byte>> gunzip(std::span<const std::byte> bytes, std::size_t limit);

}  // namespace larder::codec
