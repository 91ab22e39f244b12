// What LayaDCC has packed, published as a native release.
#include "publish/import_layadcc.h"

#include <gmock/gmock.h>

#include "filetable/laya_writer.h"
#include "publish/layadcc.h"
#include "publish_fixture.h"
#include "support/golden_data.h"

namespace larder::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ImportLayadcc : public PublishFixture {
 protected:
  /// Packs the tree, where clients may be served from it then.
  std::string pack(LayadccOptions options = {}) {
    options.directory = tree();
    auto packed = pack_layadcc(options, &why_);
    EXPECT_TRUE(packed) << why_;
    return packed->output_directory;
  }
  Result<LayaImportResult> import_tree() {
    LayaImport import{options_, skip_damaged_};
    why_.clear();
    return import_layadcc(import, &why_);
  }
  LayaImportResult must_import() {
    auto result = import_tree();
    EXPECT_TRUE(result) << why_;
    return result ? *result : LayaImportResult{};
  }
  void expect_nothing_published() const {
    EXPECT_FALSE(head());
    EXPECT_THAT(origin_files(), IsEmpty());
  }

  bool skip_damaged_ = false;
};

TEST_F(ImportLayadcc, TakesEveryFileThatTheTableLists) {
  write("a.txt", text(1, 5000));
  write("deep/er/noise.bin", noise(1, 5000));
  write("empty", "");
  const Files files = files_below(tree());
  pack();
  const auto result = must_import();
  EXPECT_EQ(fetch(), files);
  EXPECT_EQ(result.id, test::read_file(tree() + "/update/assetsid.txt"));
  EXPECT_TRUE(result.has_packed_digest);
  EXPECT_THAT(result.unlisted, IsEmpty());
  EXPECT_EQ(result.published.head.version, 1u);
}

TEST_F(ImportLayadcc, TakesWhatTheOriginalPacked) {
  const std::string command =
      "tar -xf '" + test::golden_path("layadcc/tree.tar") + "' -C '" + tree() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  Files files = files_below(tree());
  for (const auto& [name, content] : files_below(test::golden_path("layadcc/plain")))
    test::write_file(tree() + "/update/" + name, content);
  const auto result = must_import();
  EXPECT_EQ(result.published.head.table.files, 13u);
  EXPECT_TRUE(result.has_packed_digest);
  for (const auto& [path, content] : fetch()) EXPECT_EQ(content, files.at(path)) << path;
  EXPECT_THAT(result.unlisted, SizeIs(1)) << "what LayaDCC does not pack: x.pngz";

  // The same from a cache, where files are called after path ids.
  const Files direct = fetch();
  options_.directory = test::golden_path("layadcc/cache/cache/https.__www.game.com.8080_x_y");
  options_.origin = beside("from-cache");
  EXPECT_TRUE(must_import().has_packed_digest);
  EXPECT_EQ(fetch(), direct);
}

TEST_F(ImportLayadcc, UndoesEscapesAndKeepsLowerCase) {
  write("Res/With Space.TXT", "content");
  write("plain", "p");
  LayadccOptions options;
  options.lower_case = true;
  options.escape_spaces = true;
  pack(options);
  must_import();
  const Files expected{{"res/with space.txt", "content"}, {"plain", "p"}};
  EXPECT_EQ(fetch(), expected);

  options.cache = true;
  options.url = "http://game.com/";
  options.output = beside("cache");
  options_.directory = pack(options);
  options_.origin = beside("from-cache");
  must_import();
  EXPECT_EQ(fetch(), expected);
}

TEST_F(ImportLayadcc, MakesTheTreeItsOwnNativeOrigin) {
  write("a", "one");
  write("b/c", "two");
  pack();
  const Files before = files_below(tree());
  options_.origin = tree();
  must_import();
  must_import();  // what is native there is no content
  Files after = files_below(tree());
  EXPECT_EQ(fetch(), (Files{{"a", "one"}, {"b/c", "two"}}));
  for (const auto& [path, content] : before) EXPECT_EQ(after.at(path), content) << path;
}

TEST_F(ImportLayadcc, PublishesNothingIfAFileIsNotWhatTheTableSays) {
  write("good", "g");
  write("damaged", "right");
  write("gone", "x");
  pack();
  write("damaged", "wrong");
  std::filesystem::remove(tree() + "/gone");
  const auto result = import_tree();
  EXPECT_EQ(result.error(), errc::damaged);
  EXPECT_THAT(why_, HasSubstr("\n  damaged: its checksum is not the table's; copy it again"));
  EXPECT_THAT(why_, HasSubstr("\n  gone: the table lists it, but it is not there"));
  EXPECT_THAT(why_, HasSubstr("--skip-damaged"));
  EXPECT_THAT(why_, Not(HasSubstr("good")));
  expect_nothing_published();

  skip_damaged_ = true;
  const auto skipped = must_import();
  EXPECT_EQ(fetch(), (Files{{"good", "g"}}));
  EXPECT_THAT(skipped.left_out, SizeIs(2));
  EXPECT_FALSE(skipped.has_packed_digest);
}

TEST_F(ImportLayadcc, FindsChangesThatTheChecksumMisses) {
  write("a", std::string(8, '\0') + std::string(8, '\0'));
  pack();
  write("a", std::string(8, 'x') + std::string(8, 'x'));
  const auto result = must_import();
  EXPECT_FALSE(result.has_packed_digest);
  write("a", std::string(16, '\0'));
  EXPECT_TRUE(must_import().has_packed_digest);
}

TEST_F(ImportLayadcc, NamesWhatHasNoName) {
  write("a", "one");
  write("b", "two");
  LayadccOptions options;
  options.cache = true;
  options.url = "http://game.com/";
  options.output = beside("cache");
  options_.directory = pack(options);
  test::write_file(options_.directory + "/allfiles.txt", "/a");
  EXPECT_EQ(import_tree().error(), errc::damaged);
  EXPECT_THAT(why_, HasSubstr("\n  path id " +
                              filetable::laya_content_name(filetable::laya_path_id("b")) + ": "));
  EXPECT_THAT(why_, HasSubstr("allfiles.txt"));
  EXPECT_THAT(why_, Not(HasSubstr("path id " +
                                  filetable::laya_content_name(filetable::laya_path_id("a")))));
  expect_nothing_published();
}

TEST_F(ImportLayadcc, LeavesOutWhatTheTableDoesNotList) {
  write("a", "one");
  write("skin.exportjson", "never packed");
  pack();
  write("later", "not in the table");
  EXPECT_THAT(must_import().unlisted, ElementsAre("later", "skin.exportjson"));
  EXPECT_EQ(fetch(), (Files{{"a", "one"}}));
}

TEST_F(ImportLayadcc, DoesWithoutAListOfNamesWhereFilesHaveThem) {
  write("a", "one");
  pack();
  std::filesystem::remove(tree() + "/update/allfiles.txt");
  std::filesystem::remove(tree() + "/update/filetable.bin");  // the text is as good
  EXPECT_FALSE(must_import().has_packed_digest);
  EXPECT_EQ(fetch(), (Files{{"a", "one"}}));
}

TEST_F(ImportLayadcc, RefusesTablesThatAreNone) {
  write("a", "one");
  EXPECT_EQ(import_tree().error(), errc::not_found);
  EXPECT_THAT(why_, HasSubstr("larder layadcc"));
  pack();
  const std::string id = test::read_file(tree() + "/update/assetsid.txt");
  test::write_file(tree() + "/update/assetsid.txt", std::string(32, '0'));
  EXPECT_EQ(import_tree().error(), errc::table_mismatch);
  test::write_file(tree() + "/update/assetsid.txt", id);
  test::write_file(tree() + "/update/allfiles.txt", "/../../etc/passwd");
  EXPECT_EQ(import_tree().error(), errc::bad_table);
  pack();
  test::write_file(tree() + "/update/filetable.bin", "junk!");
  EXPECT_EQ(import_tree().error(), errc::bad_table);
  EXPECT_THAT(why_, HasSubstr("filetable.bin"));
  expect_nothing_published();
}

TEST_F(ImportLayadcc, TwoFilesOfOneLowerCaseNameAreAProblem) {
  write("A", "1");
  LayadccOptions options;
  options.lower_case = true;
  pack(options);
  write("\u00c4", "not listed");
  write("a", "1");  // the very name of the table
  must_import();
  EXPECT_EQ(fetch(), (Files{{"a", "1"}}));
  std::filesystem::remove(tree() + "/a");
  std::filesystem::remove(tree() + "/A");
  write("AB", "1");
  write("Ab", "1");
  std::filesystem::remove_all(tree() + "/update");
  test::write_file(tree() + "/update/filetable.txt",
                   filetable::write_bare_table(
                       std::vector<filetable::LayaPair>{{filetable::laya_path_id("ab"), '1'}}));
  EXPECT_EQ(import_tree().error(), errc::damaged);
  EXPECT_THAT(why_, HasSubstr("\n  Ab: another file has the name ab"));
}

TEST_F(ImportLayadcc, ACollisionOfPathIdsIsNamed) {
  // Found by search: these two have one CRC-32.
  const std::string a = "plumless";
  const std::string b = "buckeroo";
  ASSERT_EQ(filetable::laya_path_id(a), filetable::laya_path_id(b));
  write(a, "1");
  write(b, "2");
  pack();
  EXPECT_EQ(import_tree().error(), errc::damaged);
  EXPECT_THAT(why_, HasSubstr("cannot tell them apart"));
  expect_nothing_published();
}

TEST_F(ImportLayadcc, WhatChangesMeanwhileIsNotPublished) {
  write("a", "one");
  pack();
  options_.progress = [this](const PublishProgress& progress) {
    if (progress.stage == PublishProgress::Stage::contents) write("a", "another");
  };
  EXPECT_EQ(import_tree().error(), errc::io);
  EXPECT_FALSE(head());
  options_.progress = nullptr;
  EXPECT_EQ(import_tree().error(), errc::damaged);
}

TEST_F(ImportLayadcc, AfterAnyFailureARepeatedRunIsRight) {
  write("a", text(1, 300));
  write("b/c", "two");
  const Files files = files_below(tree());
  pack();
  const test::TempDirectory memory(test::memory_directory());
  test::FaultyFileSystem faulty;
  options_.file_system = &faulty;
  options_.threads = 1;
  int failures = 0;
  for (std::uint64_t n = 0;; ++n) {
    options_.origin = memory / ("try-" + std::to_string(n));
    faulty.fail_at(n, errc::no_space, test::FaultyFileSystem::Faults::lasting);
    const auto result = import_tree();
    const bool failed = faulty.failed();
    faulty.heal();
    if (!result) {
      ++failures;
      EXPECT_FALSE(head()) << n;
      ASSERT_TRUE(import_tree()) << n << why_;
    }
    EXPECT_EQ(fetch(), files) << n;
    std::filesystem::remove_all(options_.origin);
    if (!failed) break;
    ASSERT_LT(n, 500u);
  }
  EXPECT_GT(failures, 20);
}

}  // namespace
}  // namespace larder::publish
