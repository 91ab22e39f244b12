#include "publish/line_end_xor.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace larder::publish {
namespace {

std::uint32_t by_definition(std::string_view text) {
  std::string unified;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') unified += text[i];
  digest::LayaXor sum;
  sum.update(std::as_bytes(std::span(unified)));
  return sum.value();
}

std::uint32_t in_chunks(std::string_view text, std::size_t chunk) {
  LineEndXor sum;
  for (std::size_t at = 0; at < text.size(); at += chunk)
    sum.update(std::as_bytes(std::span(text.substr(at, chunk))));
  return sum.value();
}

TEST(LineEndXor, CountsALineFeedForEachCrLf) {
  for (const char* text : {"", "\n", "\r", "\r\n", "\r\r\n", "\n\r", "\r\n\r\n", "a\r\nb\rc\nd\r",
                           "\r\r", "one line\r\nand another\r\n"})
    for (std::size_t chunk = 1; chunk <= 30; ++chunk)
      EXPECT_EQ(in_chunks(text, chunk), by_definition(text)) << text << " in " << chunk;
}

TEST(LineEndXor, DiffersFromThePlainChecksumWhereThereIsACrLf) {
  digest::LayaXor plain;
  plain.update(std::as_bytes(std::span(std::string_view("a\r\nb"))));
  EXPECT_NE(in_chunks("a\r\nb", 4), plain.value());
  EXPECT_EQ(in_chunks("a\nb", 4), in_chunks("a\r\nb", 4));
}

TEST(LineEndXor, AgreesWithTheDefinitionOnRandomText) {
  std::mt19937 random(4);
  for (int round = 0; round < 2000; ++round) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = "ab\r\n"[random() % 4];
    LineEndXor sum;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t chunk = random() % 20;
      sum.update(std::as_bytes(std::span(std::string_view(text).substr(at, chunk))));
      at += chunk;
    }
    ASSERT_EQ(sum.value(), by_definition(text));
  }
}

TEST(LineEndXor, CanBeReadBeforeTheEnd) {
  LineEndXor sum;
  sum.update(std::as_bytes(std::span(std::string_view("ab\r"))));
  EXPECT_EQ(sum.value(), by_definition("ab\r"));
  sum.update(std::as_bytes(std::span(std::string_view("\n"))));
  EXPECT_EQ(sum.value(), by_definition("ab\r\n"));
}

}  // namespace
}  // namespace larder::publish
