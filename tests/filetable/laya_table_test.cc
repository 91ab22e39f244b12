#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

#include "table_bytes.h"

namespace larder::filetable {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kGoldenId = "f2f9529c60260156507968d551eb77c2";

LayaTable good(std::string_view file, const LayaTableLimits& limits = {}) {
  std::string why;
  auto table = parse(file, &why, limits);
  if (!table) throw std::runtime_error(why);
  return std::move(*table);
}

void expect_golden_rows(const LayaTable& table) {
  EXPECT_EQ(table.size(), 13u);
  EXPECT_THAT(table.ambiguous_ids(), IsEmpty());
  EXPECT_EQ(table.find(laya_path_id(".hidden")), 0x78u);
  EXPECT_EQ(table.find(laya_path_id("Res/R.txt")), 0x52u);
  EXPECT_EQ(table.find(laya_path_id("empty.bin")), 1u);
  EXPECT_TRUE(table.find(laya_path_id("中文/图.json")));
  EXPECT_TRUE(table.find(laya_path_id_cesu8("emoji-😀.txt")));
  EXPECT_EQ(table.find(laya_path_id("res/x.pngz")), std::nullopt);
  EXPECT_EQ(table.find(laya_path_id("a/update/old.txt")), std::nullopt);
}

TEST(LayaTable, ReadsTheOriginalsBinaryTable) {
  const auto table = good(golden("plain/filetable.bin"));
  EXPECT_EQ(table.id(), kGoldenId);
  expect_golden_rows(table);
}

TEST(LayaTable, ReadsTheOriginalsTextTable) {
  const auto table = good(golden("plain/filetable.txt"));
  EXPECT_EQ(table.id(), kGoldenId);
  expect_golden_rows(table);
}

TEST(LayaTable, ReadsTheOriginalsTableWithoutHeader) {
  const auto table = good(golden("plain/filetable1.txt"));
  EXPECT_EQ(table.id(), "");
  expect_golden_rows(table);
}

TEST(LayaTable, ReadsTheOldBinaryVariant) {
  std::string file = golden("plain/filetable.bin");
  file.erase(8, 40);
  const auto table = good(file);
  EXPECT_EQ(table.id(), "");
  expect_golden_rows(table);
}

TEST(LayaTable, ReadsTextWithUnixLineEndsAndAFinalOne) {
  std::string file = golden("plain/filetable.txt");
  std::erase(file, '\r');
  expect_golden_rows(good(file));
  expect_golden_rows(good(file + "\n"));
  expect_golden_rows(good(golden("plain/filetable.txt") + "\r\n"));
}

TEST(LayaTable, ReadsRowsInAnyCaseAndWithoutLeadingZeros) {
  const auto table = good("0000ABCD FF\nbcd 0\n0 ffffffff");
  EXPECT_EQ(table.find(0xabcd), 0xffu);
  EXPECT_EQ(table.find(0xbcd), 0u);
  EXPECT_EQ(table.find(0), 0xffffffffu);
  EXPECT_EQ(table.size(), 3u);
}

TEST(LayaTable, LowersTheIdsDigits) {
  EXPECT_EQ(good(binary({}, "0123456789ABCDEF0123456789ABCDEF")).id(), kSomeId);
}

TEST(LayaTable, MayBeEmptyInEveryVariantWithAHeader) {
  for (const std::string& file :
       {old_binary({}), binary({}),
        std::string("ffeeffee 1\r\n01234567 89abcdef\r\n01234567 89abcdef")}) {
    const auto table = good(file);
    EXPECT_EQ(table.size(), 0u);
    EXPECT_EQ(table.find(0), std::nullopt);
    EXPECT_EQ(table.find(0xffffffff), std::nullopt);
  }
}

TEST(LayaTable, FindsTheOutermostIds) {
  const LayaPair rows[] = {{0xffffffff, 7}, {0, 9}};
  const auto table = good(binary(rows));
  EXPECT_EQ(table.find(0), 9u);
  EXPECT_EQ(table.find(0xffffffff), 7u);
  EXPECT_EQ(table.find(1), std::nullopt);
  EXPECT_EQ(table.find(0xfffffffe), std::nullopt);
}

TEST(LayaTable, CollapsesEqualRows) {
  const LayaPair rows[] = {{5, 7}, {6, 1}, {5, 7}, {5, 7}, {6, 1}};
  const auto table = good(binary(rows));
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.find(5), 7u);
  EXPECT_EQ(table.find(6), 1u);
}

TEST(LayaTable, TakesZeroAndOneForEqual) {
  const LayaPair rows[] = {{5, 1}, {5, 0}, {6, 0}, {6, 1}};
  const auto table = good(binary(rows), {.duplicates = Duplicates::refuse});
  EXPECT_EQ(table.size(), 2u);
  EXPECT_EQ(table.find(5), 1u);
  EXPECT_EQ(table.find(6), 1u);
}

TEST(LayaTable, IsolatesContradictoryRowsWithoutHarmToTheirNeighbours) {
  const LayaPair rows[] = {{9, 3}, {4, 4}, {5, 7}, {8, 1}, {6, 6}, {5, 8}, {5, 7}, {8, 2}, {8, 0}};
  const auto table = good(binary(rows));
  EXPECT_EQ(table.find(5), std::nullopt);
  EXPECT_EQ(table.find(8), std::nullopt);
  EXPECT_EQ(table.find(4), 4u);
  EXPECT_EQ(table.find(6), 6u);
  EXPECT_EQ(table.find(9), 3u);
  EXPECT_EQ(table.size(), 3u);
  EXPECT_THAT(table.ambiguous_ids(), ElementsAre(5u, 8u));
  EXPECT_THAT(table.path_ids(), ElementsAre(4u, 6u, 9u));
}

TEST(LayaTable, RefusesContradictoryRowsWhereThatIsThePolicy) {
  const LayaPair rows[] = {{0xabc, 7}, {0xabc, 8}};
  std::string why;
  const auto table = parse(binary(rows), &why, {.duplicates = Duplicates::refuse});
  EXPECT_EQ(table.error(), errc::bad_table);
  EXPECT_THAT(why, ::testing::HasSubstr("00000abc"));
}

TEST(LayaTable, CanHoldNothingButContradictions) {
  const LayaPair rows[] = {{1, 7}, {1, 8}};
  const auto table = good(binary(rows));
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.find(1), std::nullopt);
}

TEST(LayaTable, SurvivesBeingMoved) {
  LayaTable first = good(golden("plain/filetable.bin"));
  const LayaTable second = std::move(first);
  expect_golden_rows(second);
  EXPECT_EQ(second.id(), kGoldenId);
}

/// Ids drawn from `range` values: small ranges make duplicates.
void compare_with_a_map(std::uint32_t rows, std::uint64_t range, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<LayaPair> pairs(rows);
  std::unordered_map<std::uint32_t, std::uint32_t> expected;
  for (LayaPair& pair : pairs) {
    pair.path_id = static_cast<std::uint32_t>(random() % range);
    pair.checksum = pair.path_id * 3 + 2;
    expected[pair.path_id] = pair.checksum;
  }
  const auto table = good(binary(pairs));
  ASSERT_EQ(table.size(), expected.size());
  for (const auto& [id, checksum] : expected) ASSERT_EQ(table.find(id), checksum) << id;
  for (int i = 0; i < 1000; ++i) {
    const auto id = static_cast<std::uint32_t>(random());
    ASSERT_EQ(table.find(id).has_value(), expected.contains(id)) << id;
  }
}

TEST(LayaTable, AgreesWithAMapAtEverySmallSize) {
  for (std::uint32_t rows = 0; rows < 70; ++rows) {
    compare_with_a_map(rows, std::uint64_t{1} << 32, rows);
    compare_with_a_map(rows, 16, rows);
  }
}

TEST(LayaTable, AgreesWithAMapOfManyRows) {
  compare_with_a_map(100'000, std::uint64_t{1} << 32, 1);
  compare_with_a_map(100'000, 5'000, 2);
}

TEST(LayaTable, HoldsTenMillionRows) {
  constexpr std::uint32_t kRows = 10'000'000;
  constexpr std::uint32_t kOdd = 2654435761u;  // spreads, and is one-to-one
  std::vector<LayaPair> rows(kRows);
  for (std::uint32_t i = 0; i < kRows; ++i) rows[i] = {i * kOdd, i + 2};
  const auto table = good(binary(rows));
  EXPECT_EQ(table.size(), kRows);
  for (std::uint32_t i = 0; i < kRows; i += 977) ASSERT_EQ(table.find(i * kOdd), i + 2);
  for (std::uint32_t i = kRows; i < kRows + 100'000; ++i)
    ASSERT_EQ(table.find(i * kOdd), std::nullopt);
}

}  // namespace
}  // namespace larder::filetable
