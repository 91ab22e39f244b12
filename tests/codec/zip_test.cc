#include "codec/zip.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "support/zip_builder.h"

namespace larder::codec {
namespace {

using test::zip_of;
using test::ZipEnd;
using test::ZipPart;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string content_of(const ZipArchive& archive, std::string_view name) {
  const ZipMember* member = archive.find(name);
  EXPECT_NE(member, nullptr) << name;
  if (!member) return {};
  const auto content = archive.read(*member);
  EXPECT_TRUE(content) << name;
  if (!content) return {};
  return {reinterpret_cast<const char*>(content->data()), content->size()};
}

/// Why it is refused; empty: it is not.
std::string refusal_of(const std::string& zip, errc code = errc::damaged,
                       const ZipLimits& limits = {}) {
  std::string why;
  const auto archive = ZipArchive::open(bytes_of(zip), limits, &why);
  EXPECT_EQ(archive.has_value(), why.empty());
  EXPECT_TRUE(archive || archive.error() == code) << why;
  return why;
}

std::string refusal_of_part(const ZipPart& part, errc code = errc::damaged) {
  return refusal_of(zip_of({part}), code);
}

bool has(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), text.npos) << text;
  return text.find(part) != text.npos;
}

TEST(Zip, UnpacksStoredAndDeflatedMembers) {
  const std::string large(300'000, 'x');
  for (const bool zip64 : {false, true}) {
    ZipEnd end;
    end.zip64 = zip64;
    end.comment = "a comment with PK\x05\x06 in it, which is no end record";
    end.gap = "signature";
    std::vector<ZipPart> parts{{"dir/", ""},    {"dir/large", large, true},
                               {"b", "stored"}, {"empty", "", true},
                               {"none", ""},    {"dir/sub/é.txt", "deflated", true}};
    for (ZipPart& part : parts) part.zip64 = zip64;
    const std::string zip = zip_of(parts, end);
    std::string why;
    const auto archive = ZipArchive::open(bytes_of(zip), {}, &why);
    ASSERT_TRUE(archive) << why;
    std::vector<std::string> names;
    for (const ZipMember& member : archive->members()) names.emplace_back(member.name);
    EXPECT_EQ(names,
              (std::vector<std::string>{"b", "dir/large", "dir/sub/é.txt", "empty", "none"}));
    EXPECT_EQ(content_of(*archive, "b"), "stored");
    EXPECT_EQ(content_of(*archive, "dir/large"), large);
    EXPECT_EQ(content_of(*archive, "dir/sub/é.txt"), "deflated");
    EXPECT_EQ(content_of(*archive, "empty"), "");
    EXPECT_EQ(content_of(*archive, "none"), "");
    EXPECT_EQ(archive->find("dir"), nullptr);
    EXPECT_EQ(archive->find("absent"), nullptr);
    EXPECT_EQ(archive->find("dir/large")->size, large.size());
  }
  EXPECT_EQ(refusal_of(zip_of({})), "");
}

TEST(Zip, TakesSizesThatFollowTheContent) {
  ZipPart part{"a", "hello", true, 8};
  part.local_size = 0;
  const std::string zip = zip_of({part});
  const auto archive = ZipArchive::open(bytes_of(zip));
  ASSERT_TRUE(archive);
  EXPECT_EQ(content_of(*archive, "a"), "hello");
}

TEST(Zip, RefusesNamesThatLeadOut) {
  for (const std::string name : {"", "/", "/etc/passwd", "../a", "a/../../b", "a//b", "./a", "C:/a",
                                 "a\\..\\b", "\xff", "a/.."})
    EXPECT_TRUE(has(refusal_of_part({name, "x"}), "the name")) << name;
  EXPECT_TRUE(has(refusal_of_part({std::string("a\0b", 3), "x"}), "NUL"));
  EXPECT_TRUE(has(refusal_of_part({std::string(1025, 'a'), "x"}, errc::too_large), "too long"));
}

TEST(Zip, RefusesNamesThatAreThereTwice) {
  EXPECT_TRUE(has(refusal_of(zip_of({{"a", "1"}, {"b", ""}, {"a", "2"}})), "`a` is there twice"));
  EXPECT_TRUE(has(refusal_of(zip_of({{"a", "1"}, {"a/", ""}})), "a file and a directory"));
  EXPECT_TRUE(has(refusal_of(zip_of({{"a/b", "1"}, {"a", "2"}})), "a file and a directory"));
  EXPECT_EQ(refusal_of(zip_of({{"a/", ""}, {"a/", ""}, {"a/b", "1"}, {"a-b", "2"}})), "");
}

TEST(Zip, RefusesLinksAndOtherSpecialFiles) {
  for (const std::uint32_t mode : {0120777u, 0010644u, 0020644u, 0140755u, 0040755u}) {
    ZipPart part{"a", "target"};
    part.attributes = mode << 16;
    EXPECT_TRUE(has(refusal_of_part(part), "special file")) << mode;
    part.system = 19;
    EXPECT_TRUE(has(refusal_of_part(part), "special file")) << mode;
  }
  ZipPart part{"a", "target"};
  part.attributes = 0100644u << 16;
  EXPECT_EQ(refusal_of_part(part), "");
  part.system = 0;
  part.attributes = 0x400;
  EXPECT_TRUE(has(refusal_of_part(part), "special file"));
}

TEST(Zip, SaysWhatIsNotSupported) {
  for (const std::uint32_t flag : {1u, 1u << 5, 1u << 6, 1u << 13})
    refusal_of_part({"a", "x", false, flag}, errc::unsupported);
  ZipPart part{"a", "x"};
  for (const std::uint32_t method : {1u, 9u, 12u, 93u, 99u}) {
    part.method = method;
    EXPECT_TRUE(has(refusal_of_part(part, errc::unsupported), "not supported"));
  }
  ZipEnd end;
  end.disk = 1;
  EXPECT_TRUE(has(refusal_of(zip_of({{"a", "x"}}, end), errc::unsupported), "several volumes"));
}

TEST(Zip, RefusesMembersThatOverlap) {
  // Two entries of the directory that mean the same bytes: the form of the worst bombs.
  ZipPart second{"a", "hello"};
  second.offset = 0;
  EXPECT_TRUE(has(refusal_of(zip_of({{"a", "hello"}, second})), "overlaps"));
  // A member that contains the next one.
  ZipPart first{"a", "x"};
  first.size = first.packed_size = 40;
  EXPECT_TRUE(has(refusal_of(zip_of({first, {"b", std::string(50, 'b')}})), "overlaps"));
  first.size = first.packed_size = 400;
  EXPECT_TRUE(has(refusal_of_part(first), "lies outside"));
}

TEST(Zip, RefusesHeadersThatDisagree) {
  ZipPart part{"a", "hello"};
  part.local_size = 6;
  EXPECT_TRUE(has(refusal_of_part(part), "says something else"));
  part.local_size = 0;  // without the flag that says that it follows
  EXPECT_TRUE(has(refusal_of_part(part), "says something else"));
  part = {"a", "hello"};
  part.local_name = "b";
  EXPECT_TRUE(has(refusal_of_part(part), "says something else"));
  part = {"a", "hello"};
  part.size = 6;
  EXPECT_TRUE(has(refusal_of_part(part), "stored, but not as it is"));
  EXPECT_TRUE(has(refusal_of_part({"a/", "x"}), "has content"));
  part = {"a", "hello"};
  part.offset = 7;
  EXPECT_TRUE(has(refusal_of_part(part), "not where it should be"));
  part.offset = 0xfffffff0;
  EXPECT_TRUE(has(refusal_of_part(part), "not whole"));
  part.zip64 = true;
  part.offset = 0xfffffffffffffff0;
  EXPECT_TRUE(has(refusal_of_part(part), "not whole"));
}

TEST(Zip, RefusesWhatIsNotWhole) {
  const std::string zip = zip_of({{"a", "hello"}, {"b", "world", true}});
  for (std::size_t size = 0; size < zip.size(); ++size)
    ASSERT_NE(refusal_of(zip.substr(0, size)), "") << size;
  EXPECT_NE(refusal_of(zip + "x"), "");
  ZipEnd end;
  end.before = "#!/bin/sh\n";
  end.directory_begins = 0;
  EXPECT_NE(refusal_of(zip_of({{"a", "x"}}, end)), "");
  end = {};
  end.count = 2;
  EXPECT_NE(refusal_of(zip_of({{"a", "x"}}, end)), "");
  end.count = 0;
  EXPECT_TRUE(has(refusal_of(zip_of({{"a", "x"}}, end)), "more members than it says"));
  end.count = 1;
  end.directory = "xyz";
  EXPECT_TRUE(has(refusal_of(zip_of({{"a", "x"}}, end)), "more members than it says"));
}

TEST(Zip, NeverReadsOutsideOfTheArchive) {
  // Each byte of the headers damaged in several ways: refused, or what comes out is as announced.
  const std::string zip = zip_of({{"dir/a", "hello"}, {"b", std::string(1000, 'b'), true}});
  for (std::size_t at = 0; at < zip.size(); ++at)
    for (const char value : {'\x00', '\x01', '\x7f', '\x80', '\xff'}) {
      std::string damaged = zip;
      damaged[at] = value;
      const auto archive = ZipArchive::open(bytes_of(damaged));
      if (!archive) continue;
      for (const ZipMember& member : archive->members()) {
        const auto content = archive->read(member);
        ASSERT_TRUE(!content || content->size() == member.size);
      }
    }
}

TEST(Zip, FindsContentThatIsDamaged) {
  for (const bool deflate : {false, true}) {
    std::vector<ZipPart> parts(6, {"", "hello hello hello", deflate});
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i].name = std::string(1, char('a' + i));
    parts[1].crc = 1;
    if (deflate) {
      parts[2].size = 18;           // more than comes out
      parts[3].size = 16;           // less
      parts[4].packed_size = 5;     // cut short
      parts[5].packed_size = 1000;  // with what follows
    }
    ZipEnd end;
    end.gap = std::string(2000, 'x');
    const std::string zip = zip_of(parts, end);
    const auto archive = ZipArchive::open(bytes_of(zip));
    ASSERT_TRUE(archive);
    EXPECT_TRUE(archive->read(*archive->find("a")));
    EXPECT_EQ(archive->read(*archive->find("b")).error(), errc::damaged);
    for (const char* name : {"c", "d", "e", "f"})
      EXPECT_EQ(!archive->read(*archive->find(name)), deflate) << name;
  }
}

TEST(Zip, HasLimits) {
  const std::string two = zip_of({{"a", "12345"}, {"b", "12345"}});
  const auto code = errc::too_large;
  EXPECT_TRUE(has(refusal_of(two, code, {.max_members = 1}), "too many members"));
  EXPECT_TRUE(has(refusal_of(two, code, {.max_member_bytes = 4}), "`a` is too large"));
  EXPECT_TRUE(has(refusal_of(two, code, {.max_total_bytes = 9}), "too much"));
  EXPECT_EQ(refusal_of(two, code, {.max_members = 2, .max_member_bytes = 5, .max_total_bytes = 10}),
            "");
  const std::string bomb = zip_of({{"a", std::string(40 << 20, '\0'), true}});
  ASSERT_LT(bomb.size(), 100'000u);
  EXPECT_TRUE(has(refusal_of(bomb, code), "too much for its size"));
  EXPECT_EQ(refusal_of(bomb, code, {.max_ratio = 1100}), "");
  ZipPart liar{"a", "x", true};
  liar.size = liar.packed_size = 0xffffffffffffffff;
  liar.zip64 = true;
  refusal_of_part(liar);
}

}  // namespace
}  // namespace larder::codec
