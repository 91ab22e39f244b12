#include "digest/foreign_md5.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "digest/hex.h"
#include "digest/verifier.h"

namespace larder::digest {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string every_byte() {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  return all;
}

struct Texts {
  std::string raw, binary, utf8, flist;
  friend bool operator==(const Texts&, const Texts&) = default;
};

/// The checksums of `content`, given in pieces of so many bytes.
Texts texts_of(std::string_view content, std::size_t piece) {
  CocosMd5 cocos;
  HexTextMd5 flist;
  for (std::size_t at = 0; at < content.size(); at += piece) {
    cocos.update(bytes_of(content.substr(at, piece)));
    flist.update(bytes_of(content.substr(at, piece)));
  }
  const auto values = cocos.finish();
  return {to_hex(values.raw), to_hex(values.binary), to_hex(values.utf8), to_hex(flist.finish())};
}

TEST(ForeignMd5, IsWhatTheOriginalToolsCompute) {
  const std::string hello = "5d41402abc4b2a76b9719d911017c592";
  EXPECT_EQ(texts_of("hello", 5), (Texts{hello, hello, hello, "5dde879cdeb0623e018d0b67a227e67b"}));
  EXPECT_EQ(texts_of(every_byte(), 256),
            (Texts{"e2c865db4162bed963bfaa9ef6ac18f0", "e1cb1402564d3f0d07fc946196789c81",
                   "a91e9d8127a58cef95633de503c95247", "6348b44915a27773ec5c20ef7eef1f75"}));
  const std::string empty = "d41d8cd98f00b204e9800998ecf8427e";
  EXPECT_EQ(texts_of("", 1), (Texts{empty, empty, empty, empty}));
}

TEST(ForeignMd5, DoesNotDependOnThePieces) {
  std::string content;
  for (int i = 0; i < 40; ++i) content += every_byte() + "plain text \xe4\xbd\xa0\xf0\x9f\x98\x80";
  const Texts whole = texts_of(content, content.size());
  for (const std::size_t piece : {1, 2, 3, 7, 4095, 4096, 4097})
    EXPECT_EQ(texts_of(content, piece), whole) << piece;
}

std::string repaired(std::string_view bytes) {
  Utf8Repair repair;
  std::string text;
  const auto receive = [&](std::span<const std::byte> piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  };
  repair.update(bytes_of(bytes), receive);
  repair.finish(receive);
  return text;
}

TEST(Utf8Repair, ReplacesEachLongestBeginningOfACharacter) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(repaired("a\xc3\xa9z"), "a\xc3\xa9z");
  EXPECT_EQ(repaired("\xef\xbb\xbf!"), "\xef\xbb\xbf!") << "a byte order mark is a character";
  EXPECT_EQ(repaired("\x80"), bad);
  EXPECT_EQ(repaired("\xc0\xaf"), bad + bad);
  EXPECT_EQ(repaired("\xe2\x82"), bad) << "one for a beginning, however long";
  EXPECT_EQ(repaired("\xe2\x82"
                     "A"),
            bad + "A");
  EXPECT_EQ(repaired("\xed\xa0\x80"), bad + bad + bad) << "a surrogate";
  EXPECT_EQ(repaired("\xe0\x80\x80"), bad + bad + bad) << "overlong";
  EXPECT_EQ(repaired("\xf0\x9f\x98"), bad);
  EXPECT_EQ(repaired("\xf0\x9f\xe2\x82\xac"), bad + "\xe2\x82\xac");
  EXPECT_EQ(repaired("\xf4\x90\x80\x80"), bad + bad + bad + bad) << "beyond the last code point";
  EXPECT_EQ(repaired("\xf5"), bad);
}

Checksum expected(Checksum::Kind kind, std::string_view hex) {
  Checksum checksum{kind, {}};
  EXPECT_TRUE(from_hex(hex, std::span(checksum.bytes).first(16)));
  return checksum;
}

TEST(ForeignMd5, IsVerifiedInEachOfItsForms) {
  const std::string content = every_byte();
  for (const char* hex : {"e2c865db4162bed963bfaa9ef6ac18f0", "e1cb1402564d3f0d07fc946196789c81",
                          "a91e9d8127a58cef95633de503c95247"}) {
    const Checksum wanted = expected(Checksum::Kind::cocos_md5, hex);
    EXPECT_TRUE(fulfils(wanted, bytes_of(content)));
    EXPECT_FALSE(fulfils(wanted, bytes_of("other")));
    Verifier verifier(wanted, 256, 1000);
    EXPECT_FALSE(verifier.update(bytes_of(content)));
    const auto verdict = verifier.finish();
    EXPECT_TRUE(verdict.good);
    EXPECT_EQ(to_text(verdict.actual), hex);
    EXPECT_EQ(verdict.digest, sha256(bytes_of(content)));
  }
  const Checksum wanted = expected(Checksum::Kind::flist_md5, "6348b44915a27773ec5c20ef7eef1f75");
  EXPECT_TRUE(fulfils(wanted, bytes_of(content)));
  EXPECT_FALSE(fulfils(wanted, bytes_of("other")));
  Verifier verifier(wanted, {}, 1000);
  EXPECT_FALSE(verifier.update(bytes_of("hello")));
  const auto verdict = verifier.finish();
  EXPECT_FALSE(verdict.good);
  EXPECT_EQ(to_text(verdict.actual), "5dde879cdeb0623e018d0b67a227e67b");
}

}  // namespace
}  // namespace larder::digest
