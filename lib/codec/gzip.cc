#include "codec/gzip.h"

#include <zlib.h>

#include <new>

#include "codec/inflate.h"

namespace larder::codec {
namespace {

constexpr int kGzip = 16;  // added to the window bits
constexpr int kMemLevel = 8;

struct Deflation : z_stream {
  Deflation() : z_stream{} {
    if (deflateInit2(this, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, kMemLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~Deflation() { deflateEnd(this); }
};

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
    stream.next_in = pointer_to(bytes.data());
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
  return inflate_all(bytes, MAX_WBITS + kGzip, limit);
}

}  // namespace larder::codec
