#include "native/laya_contents.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "digest/hash.h"
#include "filetable/laya_writer.h"
#include "native/local_objects.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::native {
namespace {

class LayaContentsTest : public ::testing::Test {
 protected:
  LayaContentsTest() { test::write_file(folder_ / "filetable.bin", "not looked at"); }

  void put(const std::string& path, const std::string& content) {
    const auto id = filetable::laya_path_id_cesu8(path);
    test::write_file(folder_ / filetable::laya_content_name(id), content);
  }
  std::shared_ptr<LayaContents> open() {
    auto opened = LayaContents::open(folder_.path(), "", nullptr);
    EXPECT_TRUE(opened);
    return *opened;
  }
  /// `path` must outlive it.
  static Entry entry(std::string_view path, const std::string& content) {
    Entry entry = entry_of(digest::sha256(std::as_bytes(std::span(content))), content.size());
    entry.home = path;
    return entry;
  }

  test::TempDirectory folder_;
};

TEST_F(LayaContentsTest, LendsWhatHasTheDigest) {
  put("a.txt", "alpha");
  put("with%20space", "escaped");
  put("empty", "");
  const auto contents = open();
  for (const auto& [path, content] : std::vector<std::pair<std::string, std::string>>{
           {"a.txt", "alpha"}, {"with space", "escaped"}, {"empty", ""}}) {
    const Entry wanted = entry(path, content);
    EXPECT_EQ(contents->size_of(wanted), content.size());
    const auto bytes = contents->lend(wanted);
    ASSERT_TRUE(bytes) << path;
    EXPECT_EQ(bytes->text(), content);
    EXPECT_EQ(bytes->source(), Source::bundle);
    EXPECT_EQ(contents->lend(wanted)->data(), bytes->data()) << "opened once";
  }
}

TEST_F(LayaContentsTest, HasNothingElse) {
  put("a.txt", "alpha");
  const auto contents = open();
  // Of the same size, of another, of an unknown path, and content at the wrong path.
  for (const Entry& wanted : {entry("a.txt", "ALPHA"), entry("a.txt", "alphabet"),
                              entry("b.txt", "alpha"), entry("", "alpha")}) {
    EXPECT_EQ(contents->lend(wanted).error(), errc::not_found);
    EXPECT_FALSE(contents->holds(wanted));
    EXPECT_EQ(contents->size_of(wanted), std::nullopt);
  }
  Entry page = entry("a.txt", "alpha");
  page.is_index = true;
  EXPECT_FALSE(contents->holds(page));
  EXPECT_TRUE(contents->holds(entry("a.txt", "alpha"))) << "whatever was asked for before";
  EXPECT_EQ(contents->lend(entry("a.txt", "ALPHA")).error(), errc::not_found);
  EXPECT_EQ(contents->lend(entry("a.txt", "alpha"))->text(), "alpha");
}

TEST_F(LayaContentsTest, GivesMappingsBackAndOpensFilesAnew) {
  std::vector<std::string> paths;  // that share a lock
  for (int i = 0; paths.size() < 600; ++i) {
    std::string path = "f" + std::to_string(i);
    if (filetable::laya_path_id_cesu8(path) % 16 == 0) paths.push_back(std::move(path));
  }
  for (const std::string& path : paths) put(path, "content of " + path);
  const auto contents = open();
  for (int round = 0; round < 2; ++round)
    for (const std::string& path : paths) {
      const auto bytes = contents->lend(entry(path, "content of " + path));
      ASSERT_TRUE(bytes) << path;
      EXPECT_EQ(bytes->text(), "content of " + path);
    }
}

TEST_F(LayaContentsTest, NeedsADirectoryOfLayaDcc) {
  const test::TempDirectory other;
  std::string why;
  EXPECT_EQ(LayaContents::open(other.path(), "", &why).error(), errc::bad_bundle);
  EXPECT_NE(why.find("filetable.bin"), std::string::npos);
}

}  // namespace
}  // namespace larder::native
