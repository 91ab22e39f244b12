#include "codec/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace larder::codec {
namespace {

constexpr int kGzip = 16;  // added to the window bits
constexpr int kMemLevel = 8;
constexpr std::size_t kFirstPiece = std::size_t{64} << 10;

/// Zlib counts in 32 bits.
uInt piece_of(std::size_t bytes) noexcept {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

Bytef* pointer(const std::byte* bytes) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes));
}

struct Deflation : z_stream {
  Deflation() : z_stream{} {
    if (deflateInit2(this, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, kMemLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflation() { deflateEnd(this); }
};

struct Inflation : z_stream {
  Inflation() : z_stream{} {
    if (inflateInit2(this, MAX_WBITS + kGzip) != Z_OK) throw std::bad_alloc();
  }
  ~Inflation() { inflateEnd(this); }
};

/// Makes room behind the first `used` bytes, up to `limit`, and points the stream there.
void provide(z_stream& stream, std::vector<std::byte>& bytes, std::size_t used, std::size_t limit) {
  if (used == bytes.size()) bytes.resize(std::min(limit, std::max(2 * used, kFirstPiece)));
  stream.next_out = pointer(bytes.data() + used);
  stream.avail_out = piece_of(bytes.size() - used);
}

}  // namespace

bool is_gzip(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

std::vector<std::byte> gzip(std::span<const std::byte> bytes) {
  Deflation stream;
  std::vector<std::byte> file;
  std::size_t written = 0;
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    const uInt piece = piece_of(bytes.size());
    stream.next_in = pointer(bytes.data());
    stream.avail_in = piece;
    provide(stream, file, written, file.max_size());
    const uInt room = stream.avail_out;
    status = deflate(&stream, piece == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    bytes = bytes.subspan(piece - stream.avail_in);
    written += room - stream.avail_out;
  }
  file.resize(written);
  return file;
}

Result<std::vector<std::byte>> gunzip(std::span<const std::byte> bytes, std::size_t limit) {
  Inflation stream;
  std::vector<std::byte> content;
  std::size_t written = 0;
  // One byte more than is allowed: content that has more shows.
  const std::size_t room_for = limit + (limit < content.max_size() ? 1 : 0);
  while (true) {
    const uInt piece = piece_of(bytes.size());
    stream.next_in = pointer(bytes.data());
    stream.avail_in = piece;
    provide(stream, content, written, room_for);
    const uInt room = stream.avail_out;
    const int status = inflate(&stream, Z_NO_FLUSH);
    bytes = bytes.subspan(piece - stream.avail_in);
    written += room - stream.avail_out;
    if (written > limit) return errc::too_large;
    if (status == Z_STREAM_END) break;
    if (status != Z_OK) return errc::damaged;  // Z_BUF_ERROR: it ends early
  }
  if (!bytes.empty()) return errc::damaged;
  content.resize(written);
  return content;
}

}  // namespace larder::codec
