#include "publish/layadcc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "digest/hash.h"
#include "digest/hex.h"
#include "filetable/laya_table.h"
#include "filetable/laya_writer.h"
#include "publish/output_directory.h"
#include "support/faulty_file_system.h"
#include "tree_fixture.h"

namespace larder::publish {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

std::string md5_of(std::string_view text) {
  digest::Md5 md5;
  md5.update(std::as_bytes(std::span(text)));
  return digest::to_hex(md5.finish());
}

class Layadcc : public TreeFixture {
 protected:
  Layadcc() { options_.directory = tree(); }

  LayadccResult pack() {
    std::string why;
    auto result = pack_layadcc(options_, &why);
    if (!result) throw std::runtime_error(why);
    return std::move(*result);
  }
  /// Packs in vain; what it says.
  std::string fail(std::error_code expected) {
    std::string why;
    const auto result = pack_layadcc(options_, &why);
    EXPECT_EQ(result.error(), expected) << why;
    return why;
  }
  [[nodiscard]] Files output() const { return files_below(tree() + "/update"); }
  [[nodiscard]] std::string names() const { return output().at("allfiles.txt"); }

  LayadccOptions options_;
};

TEST_F(Layadcc, OfAnEmptyTreeWritesEmptyTables) {
  const auto result = pack();
  EXPECT_EQ(result.files, 0u);
  EXPECT_EQ(result.id, "d41d8cd98f00b204e9800998ecf8427e");
  const auto files = output();
  EXPECT_EQ(files.at("filetable.txt"), "ffeeffee 1\r\nd41d8cd9 8f00b204\r\ne9800998 ecf8427e");
  EXPECT_EQ(files.at("filetable.bin").size(), 48u);
  EXPECT_EQ(files.at("filetable1.txt"), "");
  EXPECT_EQ(files.at("allfiles.txt"), "");
}

TEST_F(Layadcc, UsesTheUrlTogetherWithTheCacheOnly) {
  write("a");
  options_.url = "http://game.com/index.html";
  options_.output = beside("elsewhere");
  EXPECT_EQ(pack().output_directory, tree() + "/update");
  EXPECT_FALSE(std::filesystem::exists(beside("elsewhere")));
  options_.url.clear();
  options_.cache = true;
  EXPECT_EQ(pack().output_directory, tree() + "/update");
  EXPECT_TRUE(output().contains(filetable::laya_content_name(filetable::laya_path_id("a"))));
}

TEST_F(Layadcc, PutsACacheIntoTheTreeUnlessToldOtherwise) {
  write("a");
  options_.cache = true;
  options_.url = "http://game.com/index.html";
  EXPECT_EQ(pack().output_directory, tree() + "/layadccout/cache/game.com");
  EXPECT_EQ(pack().files, 1u);  // the output is no input
  EXPECT_FALSE(std::filesystem::exists(tree() + "/update"));
}

TEST_F(Layadcc, TakesASingleNameForARelativeOutput) {
  write("a");
  options_.cache = true;
  options_.url = "http://game.com/";
  for (const char* output : {"a/b", "./out", "out/", "a\\b"}) {
    options_.output = output;
    EXPECT_THAT(fail(errc::invalid_argument), HasSubstr("single name"));
  }
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(beside("."));
  options_.output = "out";
  const auto result = pack();
  std::filesystem::current_path(before);
  EXPECT_EQ(result.relative_output, beside("out"));
  EXPECT_TRUE(files_below(beside("out/cache/game.com")).contains("assetsid.txt"));
}

TEST_F(Layadcc, RefusesAUrlThatLeadsOutOfTheOutput) {
  options_.cache = true;
  options_.output = beside("out");
  for (const char* url : {"..", ".", "http://../x"}) {
    options_.url = url;
    fail(errc::invalid_argument);
  }
  EXPECT_FALSE(std::filesystem::exists(beside("out")));
}

TEST_F(Layadcc, LeavesItsOutputOutWhereverItLies) {
  write("a");
  options_.cache = true;
  options_.url = "http://game.com/";
  options_.output = tree() + "/out";
  pack();
  const auto result = pack();
  EXPECT_EQ(result.files, 1u);
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_EQ(result.warnings.front().kind, LayadccWarning::Kind::output_folder);
}

TEST_F(Layadcc, SaysSoWhenThereIsNoSuchDirectory) {
  options_.directory = beside("nothing");
  EXPECT_THAT(fail(errc::invalid_argument), HasSubstr("nothing"));
  write("file");
  options_.directory = tree() + "/file";
  fail(errc::invalid_argument);
  EXPECT_EQ(files_below(tree()).size(), 1u);
}

TEST_F(Layadcc, NamesEverythingThatCannotBeReadAndWritesNothing) {
  write("good");
  link("nowhere", "bad");
  link("loop", "d-loop");
  ASSERT_EQ(::mkfifo((tree() + "/pipe").c_str(), 0600), 0);
  const std::string why = fail(errc::io);
  for (const char* path : {"bad", "d-loop", "pipe"}) EXPECT_THAT(why, HasSubstr(path));
  EXPECT_THAT(why, Not(HasSubstr("good")));
  EXPECT_FALSE(std::filesystem::exists(tree() + "/update"));
}

TEST_F(Layadcc, ShowsOddNamesInAReadableWay) {
  link("nowhere", "bell\a-\xff");
  EXPECT_THAT(fail(errc::io), HasSubstr("bell\\x07-\\xff"));
}

TEST_F(Layadcc, LeavesUnreadableFilesOutOfEverythingWhenAsked) {
  write("a", "1");
  link("nowhere", "b.gone");
  link("/proc/self/mem", "c.sick");  // opens, but cannot be read
  write("d", "2");
  options_.cache = true;
  fail(errc::io);
  EXPECT_TRUE(output().empty());

  options_.skip_unreadable = true;
  const auto result = pack();
  EXPECT_EQ(result.files, 2u);
  EXPECT_EQ(result.bytes, 2u);
  EXPECT_EQ(result.id, md5_of("12"));
  EXPECT_THAT(result.extensions, ElementsAre(Pair("", 2)));
  EXPECT_EQ(names(), "/a\r\n/d");
  EXPECT_EQ(output().size(), 5u + 2u);
  std::vector<std::string> left_out;
  for (const auto& warning : result.warnings)
    if (warning.kind == LayadccWarning::Kind::unreadable) left_out.push_back(warning.paths.at(0));
  EXPECT_THAT(left_out, ElementsAre("b.gone", "c.sick"));
}

TEST_F(Layadcc, NeverLeavesOutAFileThatChangesWhileItIsRead) {
  link("/proc/version", "growing");  // says it is empty, and is not
  options_.skip_unreadable = true;
  EXPECT_THAT(fail(errc::io), AllOf(HasSubstr("growing"), HasSubstr("changed")));
  EXPECT_TRUE(output().empty());
}

TEST_F(Layadcc, OfFilesWithOnePathIdKeepsTheLastCopy) {
  write("A/x", "first");
  write("a/x", "second");
  options_.cache = true;
  options_.lower_case = true;
  pack();
  EXPECT_EQ(output().at(filetable::laya_content_name(filetable::laya_path_id("a/x"))), "second");
}

TEST_F(Layadcc, LeavesTheOldTablesWhenItFails) {
  write("a", "old");
  pack();
  const auto before = output();
  write("a", "new");
  link("nowhere", "b");
  fail(errc::io);
  EXPECT_EQ(output(), before);
}

TEST_F(Layadcc, LeavesTheOldOutputWhenItIsStopped) {
  write("a", "old");
  options_.cache = true;
  pack();
  const auto before = output();
  write("a", "new");
  std::atomic<bool> stop = false;
  options_.stop = &stop;
  options_.threads = 1;
  for (int i = 0; i < 200; ++i) write("f" + std::to_string(i));
  options_.progress = [&](const LayadccProgress&) { stop = true; };
  fail(errc::cancelled);
  EXPECT_EQ(output(), before);
}

TEST_F(Layadcc, TellsItsProgressUpToTheEnd) {
  write("a", "12345");
  write("d/b", "678");
  LayadccProgress last;
  options_.progress = [&](const LayadccProgress& progress) { last = progress; };
  pack();
  EXPECT_EQ(last.files, 2u);
  EXPECT_EQ(last.total_files, 2u);
  EXPECT_EQ(last.bytes, 8u);
  EXPECT_EQ(last.total_bytes, 8u);
}

// The file system fails at operation n, for n = 0, 1, 2 … until all goes well. A reader that sees
// the new id must see the new tables, and with the old id the old run's files are all there.
TEST_F(Layadcc, KeepsTheOutputUsableWhateverFails) {
  write("a", "old a");
  write("b", "old b");
  options_.cache = true;
  pack();
  const auto before = output();
  write("a", "new a");
  write("c", "new c");
  bool all_went_well = false;
  for (std::uint64_t n = 0; !all_went_well; ++n) {
    std::filesystem::remove_all(tree() + "/update");
    for (const auto& [name, content] : before)
      test::write_file(tree() + "/update/" + name, content);
    test::FaultyFileSystem fs;
    fs.fail_at(n, errc::no_space);
    options_.file_system = &fs;
    const auto result = pack_layadcc(options_);
    all_went_well = !fs.failed();
    const auto after = output();
    if (result) {
      EXPECT_EQ(after.at("assetsid.txt"), md5_of("new aold bnew c")) << n;
    } else {
      EXPECT_GE(after.size(), before.size()) << n;
    }
    if (after.at("assetsid.txt") == before.at("assetsid.txt")) continue;
    const auto table =
        filetable::LayaTable::parse(std::as_bytes(std::span(after.at("filetable.bin"))));
    ASSERT_TRUE(table) << n;
    EXPECT_EQ(table->id(), after.at("assetsid.txt")) << n;
    EXPECT_EQ(after.at("allfiles.txt"), "/a\r\n/b\r\n/c") << n;
    EXPECT_EQ(after.at(filetable::laya_content_name(filetable::laya_path_id("c"))), "new c") << n;
  }
}

TEST_F(Layadcc, GivesUpWhenAnotherRunIsAtWork) {
  write("a");
  make_directory("update");
  const auto other = OutputDirectory::open(tree() + "/update", sys::FileSystem::real());
  ASSERT_TRUE(other);
  EXPECT_THAT(fail(errc::busy), HasSubstr("another"));
}

TEST_F(Layadcc, ReadsThroughLinksToFiles) {
  test::write_file(beside("shared"), "shared content");
  link(beside("shared"), "linked.txt");
  const auto result = pack();
  EXPECT_EQ(result.id, md5_of("shared content"));
  EXPECT_EQ(names(), "/linked.txt");
}

// Takes long without optimisation; the file is sparse and costs no disk.
TEST_F(Layadcc, PacksAFileOfManyGibibytes) {
  if (std::getenv("LARDER_TEST_LARGE_FILES") == nullptr)
    GTEST_SKIP() << "set LARDER_TEST_LARGE_FILES to run it";
  constexpr std::uint64_t kSize = (std::uint64_t{1} << 32) + 8;
  write("large.bin");
  std::filesystem::resize_file(tree() + "/large.bin", kSize);
  std::fstream(tree() + "/large.bin", std::ios::in | std::ios::out | std::ios::binary)
      .seekp(kSize - 8)
      .write("\1\2\3\4\5\6\7\x8", 8);
  const auto result = pack();
  EXPECT_EQ(result.bytes, kSize);
  const auto table = output().at("filetable.bin");
  const auto checksum = std::uint32_t{'x'} ^ 0x04030201u ^ 0x08070605u;
  EXPECT_EQ(filetable::LayaTable::parse(std::as_bytes(std::span(table)))
                ->find(filetable::laya_path_id("large.bin")),
            checksum);
}

}  // namespace
}  // namespace larder::publish
