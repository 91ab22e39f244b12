#include <gtest/gtest.h>

#include "digest/hash.h"
#include "filetable/laya_table.h"

namespace larder::filetable {
namespace {

TEST(LayaPathId, IsTheCrcOfThePathWithItsLeadingSlash) {
  EXPECT_EQ(laya_path_id(".hidden"), 0xe369a54cu);
  EXPECT_EQ(laya_path_id("Res/R.txt"), 0x534148a0u);
  EXPECT_EQ(laya_path_id("laya/flashengine.swf"), digest::crc32("/laya/flashengine.swf"));
  EXPECT_EQ(laya_path_id(""), digest::crc32("/"));
}

TEST(LayaPathId, DiffersFromThePackingToolsBeyondTheBasicMultilingualPlaneOnly) {
  for (const char* path : {"", "a", "Res/Ünï.txt", "中文/图.json", "\xef\xbf\xbf"})
    EXPECT_EQ(laya_path_id(path), laya_path_id_cesu8(path)) << path;
  EXPECT_NE(laya_path_id("emoji-😀.txt"), laya_path_id_cesu8("emoji-😀.txt"));
}

TEST(LayaPathId, OfThePackingToolHashesSurrogatesAsThreeBytesEach) {
  EXPECT_EQ(laya_path_id_cesu8("emoji-😀.txt"),
            digest::crc32("/emoji-\xed\xa0\xbd\xed\xb8\x80.txt"));
  EXPECT_EQ(laya_path_id_cesu8("\xf0\x90\x80\x80"), digest::crc32("/\xed\xa0\x80\xed\xb0\x80"));
  EXPECT_EQ(laya_path_id_cesu8("\xf4\x8f\xbf\xbf"), digest::crc32("/\xed\xaf\xbf\xed\xbf\xbf"));
  EXPECT_EQ(laya_path_id_cesu8("😀😀"),
            digest::crc32("/\xed\xa0\xbd\xed\xb8\x80\xed\xa0\xbd\xed\xb8\x80"));
}

TEST(LayaPathId, TakesBytesThatAreNotUtf8AsTheyAre) {
  for (const char* path :
       {"\xff", "a\xf0\x9f\x98", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\x80x"})
    EXPECT_EQ(laya_path_id_cesu8(path), laya_path_id(path));
}

}  // namespace
}  // namespace larder::filetable
