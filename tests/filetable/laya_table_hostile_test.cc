// Tables that come from somebody who means harm, or from a broken network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "table_bytes.h"

namespace larder::filetable {
namespace {

using ::testing::HasSubstr;

void expect_bad(std::string_view file, std::string_view because) {
  std::string why;
  const auto table = parse(file, &why);
  ASSERT_FALSE(table) << "expected: " << because;
  EXPECT_EQ(table.error(), errc::bad_table);
  EXPECT_EQ(table.error(), condition::damaged);
  EXPECT_THAT(why, HasSubstr(because));
}

const LayaPair kRows[] = {{0x11111111, 2}, {0x22222222, 3}, {0x33333333, 4}};
constexpr std::string_view kTextHeader = "ffeeffee 1\r\n01234567 89abcdef\r\n01234567 89abcdef";

TEST(HostileLayaTable, SaysWhatIsWrongWithABinaryTable) {
  const std::string file = binary(kRows);
  expect_bad("", "empty");
  expect_bad(file.substr(0, 3), "truncated header: it takes 8 bytes, the file has 3");
  expect_bad(file.substr(0, 47), "truncated header: it takes 48 bytes, the file has 47");
  expect_bad(file.substr(0, file.size() - 1), "7 bytes are left over after row 2");
  expect_bad(file + "x", "1 bytes are left over after row 3");
  expect_bad(word(0xffeeddcc) + word(2), "unsupported version 2 at byte 4");
  expect_bad(word(0xffeeddcc) + word(1) + word(0x00ffffff) + word(7) + std::string(kSomeId),
             "unsupported version 7 at byte 12");
  expect_bad(binary(kRows, "0123456789abcdef0123456789abcdeg"), "bytes 16 to 47");
  expect_bad(word(0xccddeeff) + word(1), "bad magic");
  expect_bad(std::string("\x89PNG\r\n\x1a\n"), "the first word is 474e5089");
  expect_bad(std::string("\0", 1), "bad magic");
}

TEST(HostileLayaTable, SaysWhatIsWrongWithATextTable) {
  const std::string header(kTextHeader);
  expect_bad("<!DOCTYPE html>", "line 1: expected a path id");
  expect_bad("ffeeffee 2\r\n01234567 89abcdef", "line 1: unsupported version");
  expect_bad("ffeeffee", "line 1: unsupported version");
  expect_bad("ffeeffee 1", "truncated header");
  expect_bad("ffeeffee 1\n01234567 89abcdef\n", "truncated header");
  expect_bad("ffeeffee 1\n0123456789abcdef\n01234567 89abcdef", "line 2: the id");
  expect_bad("ffeeffee 1\n01234567 89abcdef\n01234567 89abcdeg", "line 3: the id is not hex");
  expect_bad(header + "\r\n12345678", "line 4");
  expect_bad(header + "\r\n12345678 ", "line 4");
  expect_bad(header + "\r\n12345678  1", "line 4");
  expect_bad(header + "\r\n123456789 1", "line 4");
  expect_bad(header + "\r\n12345678 123456789", "line 4");
  expect_bad(header + "\r\n12345678 1 ", "line 4");
  expect_bad(header + "\r\n12345678 0x1", "line 4");
  expect_bad(header + "\r\n12345678 -1", "line 4");
  expect_bad(header + "\r\n1 1\r\n\r\n2 2", "line 5");
  expect_bad(header + "\r\n1 1\r\n\r\n", "line 5");
  expect_bad(header + "\r\n1 1\r", "line 4");
  expect_bad(header + "\r\n1 1" + std::string(1, '\0'), "line 4");
}

TEST(HostileLayaTable, RefusesTooMuch) {
  std::string why;
  const auto table = parse(binary(kRows), &why, {.max_bytes = 71});
  EXPECT_EQ(table.error(), errc::too_large);
  EXPECT_THAT(why, HasSubstr("72 bytes"));
  EXPECT_TRUE(parse(binary(kRows), nullptr, {.max_bytes = 72}));
}

TEST(HostileLayaTable, CutAnywhereIsRefusedOrShorter) {
  const std::string whole = golden("plain/filetable.bin");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto table = parse(whole.substr(0, length));
    const bool at_a_row = length >= 48 && length % 8 == 0;
    const bool old_header_only = length == 8;
    ASSERT_EQ(table.has_value(), at_a_row || old_header_only) << length;
    if (at_a_row) {
      EXPECT_EQ(table->size(), (length - 48) / 8);
    }
  }
}

TEST(HostileLayaTable, OfTextCutAnywhereNeverHasMoreRows) {
  for (const char* name : {"plain/filetable.txt", "plain/filetable1.txt"}) {
    const std::string whole = golden(name);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const auto table = parse(whole.substr(0, length));
      if (table) {
        EXPECT_LE(table->size(), 13u) << length;
      }
    }
  }
}

TEST(HostileLayaTable, WithAnyBitFlippedIsReadOrRefusedWithAReason) {
  for (const char* name : {"plain/filetable.bin", "plain/filetable.txt", "plain/filetable1.txt"}) {
    std::string file = golden(name);
    for (std::size_t bit = 0; bit < file.size() * 8; ++bit) {
      file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
      std::string why;
      const auto table = parse(file, &why);
      ASSERT_EQ(table.has_value(), why.empty()) << bit;
      if (table) {
        EXPECT_LE(table->size(), 18u);
      } else {
        EXPECT_EQ(table.error(), errc::bad_table);
      }
      file[bit / 8] = static_cast<char>(file[bit / 8] ^ (1 << bit % 8));
    }
  }
}

TEST(HostileLayaTable, OfNoiseIsReadOrRefused) {
  std::mt19937 random(11);
  const std::string_view beginnings[] = {"",
                                         "\xcc\xdd\xee\xff",
                                         "ffeeffee 1\r\n",
                                         "ffeeffee",
                                         "0",
                                         "\xcc\xdd\xee\xff\1\0\0\0\xff\xff\xff\0\1\0\0\0"};
  for (int round = 0; round < 20'000; ++round) {
    std::string file(beginnings[static_cast<std::size_t>(round) % std::size(beginnings)]);
    for (auto left = random() % 100; left > 0; --left)
      file += round % 3 == 0 ? "0123456789abcdef \r\n"[random() % 19]
                             : static_cast<char>(random() & 0xff);
    std::string why;
    const auto table = parse(file, &why);
    ASSERT_EQ(table.has_value(), why.empty());
    if (table) (void)table->find(static_cast<std::uint32_t>(random()));
  }
}

/// All ids share their `shared_bits` top bits.
std::vector<LayaPair> clustered(unsigned shared_bits, std::uint32_t rows) {
  std::mt19937 random(5);
  std::vector<LayaPair> pairs(rows);
  for (LayaPair& pair : pairs) {
    pair.path_id = 0xdeadbeef;
    const std::uint32_t low = shared_bits == 32 ? 0 : 0xffffffffu >> shared_bits;
    pair.path_id = (pair.path_id & ~low) | (static_cast<std::uint32_t>(random()) & low);
    pair.checksum = pair.path_id ^ 0x55555555;
  }
  return pairs;
}

TEST(HostileLayaTable, WithClusteredIdsStaysCorrect) {
  for (const unsigned shared_bits : {8u, 12u, 16u, 20u, 24u, 28u, 31u, 32u}) {
    const auto pairs = clustered(shared_bits, shared_bits == 12 ? 1'000'000 : 100'000);
    const auto table = parse(binary(pairs));
    ASSERT_TRUE(table);
    for (std::size_t i = 0; i < pairs.size(); i += 31)
      ASSERT_EQ(table->find(pairs[i].path_id), pairs[i].checksum);
    EXPECT_EQ(table->find(0), std::nullopt);
    EXPECT_EQ(table->find(0xffffffff), std::nullopt);
    EXPECT_EQ(table->find(0xdeadbeef ^ 0x80000000), std::nullopt);
  }
}

TEST(HostileLayaTable, WithAMillionContradictionsOfOneIdIsolatesIt) {
  std::vector<LayaPair> pairs;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) pairs.push_back({42, i});
  const auto table = parse(binary(pairs));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->size(), 0u);
  EXPECT_EQ(table->find(42), std::nullopt);
  EXPECT_THAT(table->ambiguous_ids(), ::testing::ElementsAre(42u));
}

}  // namespace
}  // namespace larder::filetable
