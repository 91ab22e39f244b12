// A native release and a LayaDCC origin of one tree, in one directory.
#include "publish/mixed_origin.h"

#include <gmock/gmock.h>

#include "publish/output_directory.h"
#include "publish_fixture.h"
#include "support/golden_data.h"

namespace larder::publish {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MixedOrigin : public PublishFixture {
 protected:
  Result<MixedResult> publish_both() {
    why_.clear();
    return publish_mixed(options_, &why_);
  }
  MixedResult must_publish_both() {
    auto result = publish_both();
    EXPECT_TRUE(result) << why_;
    return result ? *result : MixedResult{};
  }
  /// What lies in the origin beside the native part and LayaDCC's tables.
  [[nodiscard]] Files plain_files() const {
    Files files = origin_files();
    std::erase_if(files, [](const auto& file) {
      for (const char* folder : {"heads/", "objects/", "patches/", "roots/", "update/", "zstd/"})
        if (file.first.starts_with(folder)) return true;
      return false;
    });
    return files;
  }
  [[nodiscard]] Files tables() const { return files_below(options_.origin + "/update"); }
  /// What `larder layadcc` writes for the tree.
  [[nodiscard]] Files packed() const {
    std::filesystem::copy(tree(), beside("packed"), std::filesystem::copy_options::recursive);
    LayadccOptions options;
    options.directory = beside("packed");
    EXPECT_TRUE(pack_layadcc(options));
    const Files files = files_below(beside("packed/update"));
    std::filesystem::remove_all(beside("packed"));
    return files;
  }
};

TEST_F(MixedOrigin, HasTheTablesThatPackingTheTreeWrites) {
  const std::string command =
      "tar -xf '" + test::golden_path("layadcc/tree.tar") + "' -C '" + tree() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto result = must_publish_both();
  EXPECT_EQ(tables(), files_below(test::golden_path("layadcc/plain")));
  EXPECT_EQ(result.layadcc.id, "f2f9529c60260156507968d551eb77c2");
  EXPECT_EQ(result.layadcc.files, 13u);
}

TEST_F(MixedOrigin, HasEveryFileUnderItsOwnPathAndInTheRelease) {
  write("a.txt", text(1, 5000));
  write("deep/er/noise.bin", noise(1, 300'000));
  write("deep/empty", "");
  write("skin.exportjson", "which the tables do not list");
  write("deep/update/nor this", "x");
  const auto result = must_publish_both();
  const Files files = files_below(tree());
  EXPECT_EQ(plain_files(), files);
  EXPECT_EQ(fetch(), files);
  EXPECT_EQ(tables(), packed());
  EXPECT_EQ(result.native.head.table.files, 5u);
  EXPECT_EQ(result.layadcc.files, 3u);
  EXPECT_EQ(result.layadcc.changed_files, 5u + 5u);
  ASSERT_EQ(result.layadcc.warnings.size(), 1u);
  EXPECT_EQ(result.layadcc.warnings[0].paths, std::vector<std::string>{"deep/update"});
  EXPECT_TRUE(has_layadcc_part(options_.origin));
}

TEST_F(MixedOrigin, RepeatedWritesNothingButTheHead) {
  write("a", text(1, 5000));
  write("b/c", noise(2, 5000));
  must_publish_both();
  const Files before = origin_files();
  const auto again = must_publish_both();
  EXPECT_EQ(again.layadcc.changed_files, 0u);
  EXPECT_EQ(again.native.new_files, 0u);
  Files after = origin_files();
  EXPECT_NE(after.extract("heads/stable.json").mapped(), before.at("heads/stable.json"));
  for (const auto& [path, content] : after) EXPECT_EQ(content, before.at(path)) << path;
}

TEST_F(MixedOrigin, FollowsTheTreeAndLeavesTheFilesOfOthersAlone) {
  write("a", "one");
  write("gone/only", "one");
  write("file", "becomes a folder");
  write("folder/x", "becomes a file");
  must_publish_both();
  test::write_file(options_.origin + "/robots.txt", "mine");
  write("a", "two");
  std::filesystem::remove_all(tree() + "/gone");
  std::filesystem::remove(tree() + "/file");
  write("file/x", "in a folder");
  std::filesystem::remove_all(tree() + "/folder");
  write("folder", "a file");
  must_publish_both();
  Files plain = plain_files();
  EXPECT_EQ(plain.extract("robots.txt").mapped(), "mine");
  EXPECT_EQ(plain, files_below(tree()));
  EXPECT_EQ(fetch(), files_below(tree()));
  EXPECT_EQ(tables(), packed());
  EXPECT_FALSE(std::filesystem::exists(options_.origin + "/gone"));
}

TEST_F(MixedOrigin, LeavesTheFolderOfTheTablesOut) {
  write("a");
  LayadccOptions pack;
  pack.directory = tree();
  ASSERT_TRUE(pack_layadcc(pack));  // as users of LayaDCC have done before
  write("a", "newer than those tables");
  const auto result = must_publish_both();
  EXPECT_EQ(fetch(), (Files{{"a", "newer than those tables"}}));
  EXPECT_EQ(tables().at("assetsid.txt"), result.layadcc.id);
  ASSERT_EQ(result.layadcc.warnings.size(), 1u);
  EXPECT_THAT(sentence(result.layadcc.warnings[0]), HasSubstr("top of the tree"));
}

TEST_F(MixedOrigin, RefusesWhatWouldMixThePartsUp) {
  write("objects/x");
  write("heads");
  write("fine/objects");
  EXPECT_EQ(publish_both().error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("\n  heads"));
  EXPECT_THAT(why_, HasSubstr("\n  objects/x"));
  EXPECT_THAT(why_, Not(HasSubstr("fine")));
  EXPECT_FALSE(head());
  std::filesystem::remove_all(tree());
  write("update", "a file");
  EXPECT_EQ(publish_both().error(), errc::invalid_argument);
  options_.origin = beside(".");
  EXPECT_EQ(publish_both().error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("lies in the origin"));
  options_.origin = tree();
  EXPECT_EQ(publish_both().error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("its own origin"));
  EXPECT_FALSE(head());
}

TEST_F(MixedOrigin, AnOriginInTheTreeIsInNeitherPart) {
  write("a");
  options_.origin = tree() + "/out";
  must_publish_both();
  must_publish_both();
  EXPECT_EQ(fetch(), (Files{{"a", "x"}}));
  EXPECT_EQ(plain_files(), (Files{{"a", "x"}}));
  EXPECT_EQ(tables().at("allfiles.txt"), "/a");
}

TEST_F(MixedOrigin, ATreeThatChangesBetweenThePartsIsNotPublished) {
  write("a", "one");
  write("b", "one");
  must_publish_both();
  write("a", "two");
  const Files before = origin_files();
  options_.progress = [this](const PublishProgress& progress) {
    if (progress.stage == PublishProgress::Stage::foreign) write("b", "three");
  };
  EXPECT_EQ(publish_both().error(), errc::io);
  EXPECT_THAT(why_, HasSubstr("b"));
  EXPECT_EQ(head()->version, 1u);
  EXPECT_EQ(tables().at("assetsid.txt"), before.at("update/assetsid.txt"));
  EXPECT_EQ(plain_files(), (Files{{"a", "one"}, {"b", "one"}}));
  options_.progress = nullptr;
  must_publish_both();
  EXPECT_EQ(fetch(), plain_files());
}

TEST_F(MixedOrigin, AfterAnyFailureBothPartsAreWholeAndARepeatedRunIsRight) {
  write("a", text(1, 300));
  write("kept", noise(2, 100));
  write("old/x", "old");
  must_publish_both();
  const std::string template_origin = options_.origin;
  const Files old_files = files_below(tree());
  const Files old_tables = tables();
  write("a", text(9, 300));
  write("new/y", "new");
  std::filesystem::remove_all(tree() + "/old");
  write("old", "a file now");
  const Files new_files = files_below(tree());
  const Files new_tables = packed();

  const test::TempDirectory memory(test::memory_directory());
  test::FaultyFileSystem faulty;
  options_.file_system = &faulty;
  options_.threads = 1;
  int failures = 0;
  int of_the_second_part = 0;
  for (std::uint64_t n = 0;; ++n) {
    options_.origin = memory / ("try-" + std::to_string(n));
    std::filesystem::copy(template_origin, options_.origin,
                          std::filesystem::copy_options::recursive);
    faulty.fail_at(n, n % 2 ? errc::no_space : errc::io, test::FaultyFileSystem::Faults::lasting);
    const auto result = publish_both();
    const bool failed = faulty.failed();
    faulty.heal();
    if (!result) {
      ++failures;
      const bool native_is_new = head()->version == 2u;
      of_the_second_part += native_is_new ? 1 : 0;
      EXPECT_EQ(native_is_new, why_.find("version 2 of the native release is published") == 0)
          << why_;
      EXPECT_EQ(fetch(), native_is_new ? new_files : old_files) << n;
      // Each file is an old or a new one; the id is new only if everything is.
      for (const auto& [path, content] : plain_files())
        EXPECT_TRUE((old_files.contains(path) && old_files.at(path) == content) ||
                    (new_files.contains(path) && new_files.at(path) == content))
            << n << " " << path;
      if (tables().at("assetsid.txt") != old_tables.at("assetsid.txt")) {
        EXPECT_EQ(tables(), new_tables) << n;
        for (const auto& [path, content] : new_files)
          EXPECT_EQ(plain_files().at(path), content) << n;
      }
      ASSERT_TRUE(publish_both()) << n << why_;
    }
    EXPECT_EQ(fetch(), new_files) << n;
    EXPECT_EQ(plain_files(), new_files) << n;
    EXPECT_EQ(tables(), new_tables) << n;
    std::filesystem::remove_all(options_.origin);
    if (!failed) break;
    ASSERT_LT(n, 500u);
  }
  EXPECT_GT(failures, 40);
  EXPECT_GT(of_the_second_part, 10);
}

TEST_F(MixedOrigin, KeepsASecondPublisherOut) {
  write("a");
  const auto other = OutputDirectory::open(options_.origin, sys::FileSystem::real());
  ASSERT_TRUE(other);
  EXPECT_EQ(publish_both().error(), errc::busy);
  EXPECT_FALSE(head());
}

}  // namespace
}  // namespace larder::publish
