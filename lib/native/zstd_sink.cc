#include "native/zstd_sink.h"

#include <utility>

#include <larder/error.h>

namespace larder::native {
namespace {

constexpr std::size_t kBufferBytes = 128 * 1024;

}  // namespace

ZstdSink::ZstdSink(std::shared_ptr<Sink> below, std::uint64_t size, std::uint64_t encoded_bytes)
    : below_(std::move(below)),
      size_(size),
      encoded_bytes_(encoded_bytes),
      decoder_(size),
      buffer_(kBufferBytes) {}

std::error_code ZstdSink::expect(std::optional<std::uint64_t> size) noexcept {
  if (size && *size != encoded_bytes_) return errc::damaged;
  expected_ = true;
  return below_->expect(size_);
}

std::error_code ZstdSink::write(std::span<const std::byte> bytes) noexcept {
  if (!expected_)
    if (const auto error = expect(std::nullopt)) return error;
  for (;;) {
    const auto decoded = decoder_.decode(bytes, buffer_);
    // A frame that wants to be longer than its entry says is as wrong as one that does not decode.
    if (!decoded) return decoded.error() == errc::too_large ? errc::damaged : decoded.error();
    if (*decoded > 0)
      if (const auto error = below_->write(std::span(buffer_).first(*decoded))) return error;
    if (bytes.empty() && *decoded == 0) return {};
  }
}

}  // namespace larder::native
