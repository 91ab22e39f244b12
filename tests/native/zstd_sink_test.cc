#include "native/zstd_sink.h"

#include <gtest/gtest.h>

#include <string>

#include <larder/error.h>

namespace larder::native {
namespace {

class TextSink final : public Sink {
 public:
  std::error_code expect(std::optional<std::uint64_t> size) noexcept override {
    expected = size;
    return {};
  }
  std::error_code write(std::span<const std::byte> bytes) noexcept override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::optional<std::uint64_t> expected;
  std::string text;
};

std::vector<std::byte> frame_of(const std::string& text) {
  std::vector<std::byte> frame;
  codec::ZstdEncoder encoder;
  EXPECT_TRUE(encoder.compress(std::as_bytes(std::span(text)), 3, text.size() + 1000, frame));
  return frame;
}

/// Pours `frame` in pieces; the first error.
std::error_code pour(Sink& sink, std::span<const std::byte> frame, std::size_t piece) {
  while (!frame.empty()) {
    const auto some = frame.first(std::min(piece, frame.size()));
    if (const auto error = sink.write(some)) return error;
    frame = frame.subspan(some.size());
  }
  return {};
}

TEST(ZstdSink, DecodesWhateverThePieces) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i);
  const auto frame = frame_of(text);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{4096}, frame.size()}) {
    const auto below = std::make_shared<TextSink>();
    ZstdSink sink(below, text.size(), frame.size());
    EXPECT_FALSE(sink.expect(frame.size()));
    EXPECT_EQ(below->expected, text.size());
    EXPECT_FALSE(pour(sink, frame, piece));
    EXPECT_TRUE(sink.complete());
    EXPECT_EQ(below->text, text);
  }
}

TEST(ZstdSink, ABombGoesOffNowhere) {
  const auto frame = frame_of(std::string(50'000'000, 'b'));
  ASSERT_LT(frame.size(), 10'000u);
  const auto below = std::make_shared<TextSink>();
  ZstdSink sink(below, 1000, frame.size());
  EXPECT_EQ(pour(sink, frame, 100), errc::damaged);
  EXPECT_LE(below->text.size(), 1000u);
  EXPECT_FALSE(sink.complete());
}

TEST(ZstdSink, RefusesWhatIsNoFrameOrNotAll) {
  const auto below = std::make_shared<TextSink>();
  ZstdSink junk(below, 100, 7);
  EXPECT_EQ(junk.write(std::as_bytes(std::span("no zstd", 7))), errc::damaged);
  ZstdSink other_length(below, 100, 7);
  EXPECT_EQ(other_length.expect(8), errc::damaged);
  const auto frame = frame_of(std::string(1000, 'a') + "end");
  ZstdSink cut(below, 1003, frame.size());
  EXPECT_FALSE(pour(cut, std::span(frame).first(frame.size() - 3), 5));
  EXPECT_FALSE(cut.complete());
  ZstdSink too_short(below, 1004, frame.size());
  const auto error = pour(too_short, frame, 5);
  EXPECT_TRUE(error == errc::damaged || !too_short.complete());
}

}  // namespace
}  // namespace larder::native
