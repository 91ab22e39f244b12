#include "filetable/index_pack.h"

#include <gmock/gmock.h>

#include <random>

#include "page_store.h"

namespace larder::filetable {
namespace {

TEST(IndexPack, BringsPagesBack) {
  PageStore store;
  store.put(some_tree(3000));
  std::vector<std::string_view> pages;
  for (const auto& [digest, bytes] : store.pages) pages.push_back(bytes);
  const std::string pack = write_pack(pages);
  const auto back = read_pack(std::as_bytes(std::span(pack)));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i)
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>((*back)[i].data()), (*back)[i].size()),
              pages[i]);
}

TEST(IndexPack, RefusesWhatDoesNotComeOutEven) {
  const auto read = [](const std::string& pack) {
    return read_pack(std::as_bytes(std::span(pack))).error();
  };
  EXPECT_EQ(read(""), errc::bad_table);
  EXPECT_EQ(read("LY\1\1\1x"), errc::bad_table);
  EXPECT_EQ(read("LX\2\1\1x"), errc::bad_table);
  EXPECT_FALSE(read("LX\1\1\1x"));
  EXPECT_FALSE(read(std::string("LX\1\0", 4)));
  EXPECT_EQ(read("LX\1\1\1xy"), errc::bad_table);
  EXPECT_EQ(read("LX\1\1\2x"), errc::bad_table);
  EXPECT_EQ(read("LX\1\2\1x"), errc::bad_table);
  EXPECT_EQ(read(std::string("LX\1\1\0", 5)), errc::bad_table);
  EXPECT_EQ(read("LX\1\xff\xff\xff\xff\xff\xff\xff\x7f"), errc::bad_table);
  EXPECT_EQ(read("LX\1\1\x81\x80\4" + std::string(65537, 'x')), errc::bad_table);
  EXPECT_EQ(read(std::string(kMaxPackBytes + 1, 'x')), errc::too_large);
}

}  // namespace
}  // namespace larder::filetable
