#include "filetable/laya_writer.h"

#include <gtest/gtest.h>

#include "digest/hash.h"
#include "table_bytes.h"

namespace larder::filetable {
namespace {

constexpr std::string_view kGoldenId = "f2f9529c60260156507968d551eb77c2";

std::vector<std::string> golden_paths(const char* name) {
  std::vector<std::string> paths(1);
  for (const char c : golden(name)) {
    if (c == '\n')
      paths.emplace_back();
    else if (c != '\r')
      paths.back() += c;
  }
  return paths;
}

/// The golden tables' rows, in their order, from the binary one.
std::vector<LayaPair> golden_rows() {
  const auto paths = golden_paths("plain/allfiles.txt");
  const auto file = golden("plain/filetable.bin");
  const auto table = parse(file);
  std::vector<LayaPair> rows;
  for (const auto& path : paths) {
    const auto id = laya_path_id_cesu8(std::string_view(path).substr(1));
    rows.push_back({id, table->find(id).value()});
  }
  return rows;
}

TEST(LayaWriter, WritesTheOriginalsBytes) {
  const auto rows = golden_rows();
  EXPECT_EQ(write_binary_table(kGoldenId, rows), golden("plain/filetable.bin"));
  EXPECT_EQ(write_text_table(kGoldenId, rows), golden("plain/filetable.txt"));
  EXPECT_EQ(write_name_list(golden_paths("plain/allfiles.txt")), golden("plain/allfiles.txt"));
}

TEST(LayaWriter, WritesTheOriginalsTableWithoutHeader) {
  auto rows = golden_rows();
  const auto table = parse(golden("plain/filetable1.txt"));
  for (LayaPair& row : rows) row.checksum = table->find(row.path_id).value();
  EXPECT_EQ(write_bare_table(rows), golden("plain/filetable1.txt"));
}

TEST(LayaWriter, WritesOneForZero) {
  const LayaPair rows[] = {{0xab, 0}, {0xcd, 0x10}};
  EXPECT_EQ(write_bare_table(rows), "000000ab 1\r\n000000cd 10");
  EXPECT_EQ(parse(write_binary_table(kSomeId, rows))->find(0xab), 1u);
}

TEST(LayaWriter, WritesTablesOfNoFilesAsTheOriginalDoes) {
  EXPECT_EQ(write_binary_table(kSomeId, {}), binary({}));
  EXPECT_EQ(write_text_table(kSomeId, {}), "ffeeffee 1\r\n01234567 89abcdef\r\n01234567 89abcdef");
  EXPECT_EQ(write_bare_table({}), "");
  EXPECT_EQ(write_name_list({}), "");
}

TEST(LayaWriter, WritesWhatTheReaderReads) {
  std::vector<LayaPair> rows;
  for (std::uint32_t i = 0; i < 1000; ++i) rows.push_back({i * 2654435761u, i * 40503u + 1});
  for (const std::string& file : {write_binary_table(kSomeId, rows), write_bare_table(rows),
                                  write_text_table(kSomeId, rows)}) {
    const auto table = parse(file);
    ASSERT_TRUE(table);
    EXPECT_EQ(table->size(), rows.size());
    for (const LayaPair& row : rows) EXPECT_EQ(table->find(row.path_id), row.checksum);
  }
}

TEST(LayaContentName, HasEightDigits) {
  EXPECT_EQ(laya_content_name(0), "00000000");
  EXPECT_EQ(laya_content_name(0x2728fb5e), "2728fb5e");
  EXPECT_EQ(laya_content_name(0x000000af), "000000af");
}

}  // namespace
}  // namespace larder::filetable
