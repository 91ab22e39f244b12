#include "codec/zstd.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <bit>
#include <new>

namespace larder::codec {
namespace {

// A decoder needs that much memory for a frame of ours. Also the largest that any is given.
constexpr int kWindowLog = 23;
// Of patches: base and object must lie in the window together.
constexpr int kPatchWindowLog = 27;
static_assert(kMaxPatchedBytes * 2 == std::uint64_t{1} << kPatchWindowLog);

void require(bool condition) {
  if (!condition) throw std::bad_alloc();
}

}  // namespace

struct ZstdEncoder::Context {
  struct Free {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
  };
  std::unique_ptr<ZSTD_CCtx, Free> zstd{ZSTD_createCCtx()};
  std::uint64_t to_come = 0;  ///< of a frame that comes piece by piece

  void set(ZSTD_cParameter parameter, int value) {
    require(!ZSTD_isError(ZSTD_CCtx_setParameter(zstd.get(), parameter, value)));
  }
  Result<void> run(std::span<const std::byte> bytes, std::size_t limit,
                   std::vector<std::byte>& into) {
    into.resize(std::min(limit, ZSTD_compressBound(bytes.size())));
    const std::size_t size =
        ZSTD_compress2(zstd.get(), into.data(), into.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size)) return errc::too_large;
    into.resize(size);
    return {};
  }
};

ZstdEncoder::ZstdEncoder() : context_(std::make_unique<Context>()) {
  require(context_->zstd != nullptr);
}
ZstdEncoder::~ZstdEncoder() = default;
ZstdEncoder::ZstdEncoder(ZstdEncoder&&) noexcept = default;
ZstdEncoder& ZstdEncoder::operator=(ZstdEncoder&&) noexcept = default;

Result<void> ZstdEncoder::compress(std::span<const std::byte> bytes, int level, std::size_t limit,
                                   std::vector<std::byte>& into) {
  ZSTD_CCtx_reset(context_->zstd.get(), ZSTD_reset_session_and_parameters);
  context_->set(ZSTD_c_compressionLevel, level);
  if (bytes.size() > std::size_t{1} << kWindowLog) context_->set(ZSTD_c_windowLog, kWindowLog);
  return context_->run(bytes, limit, into);
}

Result<void> ZstdEncoder::make_patch(std::span<const std::byte> bytes,
                                     std::span<const std::byte> base, int level, std::size_t limit,
                                     std::vector<std::byte>& into) {
  if (bytes.size() > kMaxPatchedBytes || base.size() > kMaxPatchedBytes) return errc::too_large;
  ZSTD_CCtx_reset(context_->zstd.get(), ZSTD_reset_session_and_parameters);
  context_->set(ZSTD_c_compressionLevel, level);
  const auto both = static_cast<std::uint64_t>(bytes.size() + base.size());
  context_->set(ZSTD_c_windowLog,
                std::clamp(static_cast<int>(std::bit_width(both)), 10, kPatchWindowLog));
  context_->set(ZSTD_c_enableLongDistanceMatching, both > (1 << 20) ? 1 : 0);
  context_->set(ZSTD_c_contentSizeFlag, 0);  // whoever applies it knows the size
  require(!ZSTD_isError(ZSTD_CCtx_refPrefix(context_->zstd.get(), base.data(), base.size())));
  return context_->run(bytes, limit, into);
}

void ZstdEncoder::begin(int level, std::uint64_t size) {
  ZSTD_CCtx_reset(context_->zstd.get(), ZSTD_reset_session_and_parameters);
  context_->set(ZSTD_c_compressionLevel, level);
  if (size > std::uint64_t{1} << kWindowLog) context_->set(ZSTD_c_windowLog, kWindowLog);
  require(!ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context_->zstd.get(), size)));
  context_->to_come = size;
}

Result<void> ZstdEncoder::feed(std::span<const std::byte> bytes, bool last,
                               std::vector<std::byte>& into) {
  // Libzstd itself does not hold a frame of one piece against what it was told.
  if (bytes.size() > context_->to_come || (last && bytes.size() != context_->to_come))
    return errc::too_large;
  context_->to_come -= bytes.size();
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  std::size_t written = 0;
  while (true) {
    into.resize(written + ZSTD_CStreamOutSize());
    ZSTD_outBuffer out{into.data(), into.size(), written};
    const std::size_t left =
        ZSTD_compressStream2(context_->zstd.get(), &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) return errc::too_large;
    written = out.pos;
    if (last ? left == 0 : in.pos == in.size) break;
  }
  into.resize(written);
  return {};
}

namespace {

struct FreeDecoder {
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

}  // namespace

struct ZstdDecoder::Context {
  explicit Context(std::uint64_t bytes) : size(bytes) { require(zstd != nullptr); }

  std::unique_ptr<ZSTD_DCtx, FreeDecoder> zstd{ZSTD_createDCtx()};
  std::uint64_t size;
  std::uint64_t written = 0;
  bool started = false;
  bool ended = false;
};

ZstdDecoder::ZstdDecoder(std::uint64_t size) : context_(std::make_unique<Context>(size)) {
  ZSTD_DCtx_setParameter(context_->zstd.get(), ZSTD_d_windowLogMax, kWindowLog);
}
ZstdDecoder::~ZstdDecoder() = default;
ZstdDecoder::ZstdDecoder(ZstdDecoder&&) noexcept = default;
ZstdDecoder& ZstdDecoder::operator=(ZstdDecoder&&) noexcept = default;

Result<std::size_t> ZstdDecoder::decode(std::span<const std::byte>& input,
                                        std::span<std::byte> output) noexcept {
  Context& context = *context_;
  if (context.ended) {
    if (!input.empty()) return errc::damaged;
    return std::size_t{0};
  }
  if (!context.started) {
    context.started = true;
    const auto announced = ZSTD_getFrameContentSize(input.data(), input.size());
    if (announced < ZSTD_CONTENTSIZE_ERROR && announced != context.size)
      return announced > context.size ? errc::too_large : errc::damaged;
  }
  // One byte more than is allowed: a frame that has more shows.
  const std::uint64_t left = context.size - context.written;
  std::byte beyond{};
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  ZSTD_outBuffer out{output.data(), std::min<std::uint64_t>(output.size(), left), 0};
  if (left == 0) out = {&beyond, 1, 0};
  const std::size_t hint = ZSTD_decompressStream(context.zstd.get(), &out, &in);
  if (ZSTD_isError(hint)) return errc::damaged;
  input = input.subspan(in.pos);
  if (left == 0 && out.pos != 0) return errc::too_large;
  context.written += out.pos;
  context.ended = hint == 0;
  if (context.ended && (context.written != context.size || !input.empty())) return errc::damaged;
  return out.pos;
}

bool ZstdDecoder::complete() const noexcept {
  return context_->ended && context_->written == context_->size;
}

namespace {

Result<std::vector<std::byte>> decode_all(ZstdDecoder& decoder, std::span<const std::byte> frame,
                                          std::uint64_t size) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  std::span<std::byte> room = bytes;
  while (true) {
    const auto done = decoder.decode(frame, room);
    if (!done) return done.error();
    room = room.subspan(*done);
    if (decoder.complete()) return bytes;
    if (*done == 0 && frame.empty()) return errc::damaged;  // it ends too early
  }
}

}  // namespace

Result<std::vector<std::byte>> zstd_decompress(std::span<const std::byte> frame,
                                               std::uint64_t size) {
  ZstdDecoder decoder(size);
  return decode_all(decoder, frame, size);
}

Result<std::vector<std::byte>> zstd_apply_patch(std::span<const std::byte> patch,
                                                std::span<const std::byte> base,
                                                std::uint64_t size) {
  if (size > kMaxPatchedBytes || base.size() > kMaxPatchedBytes) return errc::too_large;
  // One frame and nothing behind it. All at once: a stream would keep its window besides.
  if (ZSTD_findFrameCompressedSize(patch.data(), patch.size()) != patch.size())
    return errc::damaged;
  const std::unique_ptr<ZSTD_DCtx, FreeDecoder> zstd(ZSTD_createDCtx());
  require(zstd && !ZSTD_isError(ZSTD_DCtx_refPrefix(zstd.get(), base.data(), base.size())));
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  const std::size_t done =
      ZSTD_decompressDCtx(zstd.get(), bytes.data(), bytes.size(), patch.data(), patch.size());
  if (ZSTD_isError(done))
    return ZSTD_getErrorCode(done) == ZSTD_error_dstSize_tooSmall ? errc::too_large : errc::damaged;
  if (done != bytes.size()) return errc::damaged;
  return bytes;
}

}  // namespace larder::codec
