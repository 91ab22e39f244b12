#include "codec/inflate.h"

#include <algorithm>
#include <limits>
#include <new>

namespace larder::codec {
namespace {

constexpr std::size_t kFirstPiece = std::size_t{64} << 10;

struct Inflation : z_stream {
  explicit Inflation(int window_bits) : z_stream{} {
    if (inflateInit2(this, window_bits) != Z_OK) throw std::bad_alloc();
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  ~Inflation() { inflateEnd(this); }
};

}  // namespace

uInt piece_of(std::size_t bytes) noexcept {
  return static_cast<uInt>(std::min<std::size_t>(bytes, std::numeric_limits<uInt>::max()));
}

Bytef* pointer_to(const std::byte* bytes) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes));
}

void provide(z_stream& stream, std::vector<std::byte>& bytes, std::size_t used, std::size_t limit) {
  if (used == bytes.size()) bytes.resize(std::min(limit, std::max(2 * used, kFirstPiece)));
  stream.next_out = pointer_to(bytes.data() + used);
  stream.avail_out = piece_of(bytes.size() - used);
}

Result<std::vector<std::byte>> inflate_all(std::span<const std::byte> bytes, int window_bits,
                                           std::size_t limit) {
  Inflation stream(window_bits);
  std::vector<std::byte> content;
  std::size_t written = 0;
  // One byte more than is allowed: content that has more shows.
  const std::size_t room_for = limit + (limit < content.max_size() ? 1 : 0);
  while (true) {
    const uInt piece = piece_of(bytes.size());
    stream.next_in = pointer_to(bytes.data());
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
