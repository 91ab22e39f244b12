#include "publish/publish.h"

#include <gmock/gmock.h>

#include "digest/hash.h"
#include "filetable/index_pack.h"
#include "publish/object_pass.h"
#include "publish/origin_directory.h"
#include "publish_fixture.h"

namespace larder::publish {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::StartsWith;

constexpr std::size_t kLarge = kWholeBytes + 100000;

class Publish : public PublishFixture {};

TEST_F(Publish, WritesAReleaseThatHasEveryFile) {
  write("a.txt", text(1, 5000));
  write("deep/er/noise.bin", noise(1, 5000));
  write("empty", "");
  write("large.bin", noise(2, kLarge));
  write("large.txt", text(3, kLarge));
  write("same.txt", text(1, 5000));
  const auto result = must_publish();
  EXPECT_EQ(fetch(), files_below(tree()));
  EXPECT_EQ(result.head.version, 1u);
  EXPECT_EQ(result.head.table.files, 6u);
  EXPECT_EQ(result.files_read, 6u);
  EXPECT_EQ(head(), result.head);
  std::uint64_t bytes = 0;
  for (const auto& [path, content] : files_below(tree())) bytes += content.size();
  EXPECT_EQ(result.head.content_bytes, bytes);
  EXPECT_LT(result.head.download_bytes, kLarge + kLarge / 2 + 10000);
}

TEST_F(Publish, AnEmptyTreeIsARelease) {
  must_publish();
  EXPECT_EQ(head()->table.files, 0u);
  EXPECT_THAT(fetch(), IsEmpty());
}

TEST_F(Publish, EncodesWhatGetsFivePercentSmaller) {
  write("text", text(1, 50000));
  write("noise", noise(1, 50000));
  must_publish();
  const auto names = origin_files();
  EXPECT_THAT(names, Contains(Key(StartsWith("zstd/"))));
  std::size_t raw = 0;
  for (const auto& [name, content] : names) raw += content.size() == 50000 ? 1 : 0;
  EXPECT_EQ(raw, 1u);
  EXPECT_TRUE(encoding_pays(95, 100));
  EXPECT_FALSE(encoding_pays(96, 100));
  EXPECT_FALSE(encoding_pays(1, 1));
  EXPECT_TRUE(encoding_pays(0, 1));
}

TEST_F(Publish, EveryImmutableFileIsNamedByItsDigest) {
  for (int i = 0; i < 300; ++i) write("f" + std::to_string(i), text(static_cast<unsigned>(i), 900));
  must_publish();
  for (const auto& [name, content] : origin_files()) {
    if (!name.starts_with("objects/")) continue;
    const Digest digest = digest::sha256(std::as_bytes(std::span(content)));
    EXPECT_EQ(name, filetable::object_path(digest, Encoding::identity));
  }
}

TEST_F(Publish, TheSameTreeAgainWritesNothingButTheHead) {
  for (int i = 0; i < 300; ++i) write("f" + std::to_string(i), text(static_cast<unsigned>(i), 900));
  const auto first = must_publish();
  auto before = origin_files();
  options_.now += std::chrono::hours(1);
  const auto second = must_publish();
  EXPECT_EQ(second.new_files, 0u);
  EXPECT_EQ(second.head.version, 2u);
  EXPECT_EQ(second.head.table, first.head.table);
  auto after = origin_files();
  EXPECT_NE(before["heads/stable.json"], after["heads/stable.json"]);
  before.erase("heads/stable.json");
  after.erase("heads/stable.json");
  EXPECT_EQ(before, after);
}

TEST_F(Publish, AnotherOrderOfEditsLeadsToTheSameRelease) {
  for (int i = 0; i < 500; ++i) write("f" + std::to_string(i), std::to_string(i));
  const auto straight = must_publish();
  options_.origin = beside("other");
  std::filesystem::remove(tree() + "/f77");
  write("g", "g");
  must_publish();
  write("f77", "77");
  std::filesystem::remove(tree() + "/g");
  EXPECT_EQ(must_publish().head.table, straight.head.table);
}

TEST_F(Publish, DoesNotReadAgainWhatLooksAsItDid) {
  write("a", "aaaa");
  write("b", "bbbb");
  write("c", "cccc");
  age_tree();
  must_publish();
  EXPECT_EQ(must_publish().files_read, 0u);
  write("b", "BBBB");  // of the same size, but with a new time
  EXPECT_EQ(must_publish().files_read, 1u);
  EXPECT_EQ(fetch(), files_below(tree()));
}

TEST_F(Publish, ParanoiaReadsEverything) {
  write("a", "aaaa");
  write("b", "bbbb");
  age_tree();
  must_publish();
  write("a", "AAAA");
  age_tree();  // as if nothing had happened
  EXPECT_EQ(must_publish().files_read, 0u);
  options_.paranoid = true;
  EXPECT_EQ(must_publish().files_read, 2u);
  EXPECT_EQ(fetch(), files_below(tree()));
}

TEST_F(Publish, AFileJustWrittenIsReadAgainSinceItsTimeDoesNotShowMore) {
  write("a", "aaaa");
  must_publish();
  write("a", "AAAA");
  must_publish();
  EXPECT_EQ(fetch(), files_below(tree()));
}

TEST_F(Publish, WhatWasRemovedFromTheOriginIsPutAgain) {
  write("a", text(1, 5000));
  age_tree();
  must_publish();
  std::filesystem::remove_all(options_.origin + "/zstd");
  must_publish();
  EXPECT_EQ(fetch(), files_below(tree()));
}

TEST_F(Publish, SymbolicLinksAreAnErrorThatListsThem) {
  write("a", "a");
  make_directory("folder");
  link("a", "to-file");
  link("folder", "folder-link");
  EXPECT_EQ(publish().error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("2 symbolic links"));
  EXPECT_THAT(why_, HasSubstr("\n  to-file"));
  EXPECT_THAT(why_, HasSubstr("\n  folder-link"));
  EXPECT_FALSE(head());
}

TEST_F(Publish, SymbolicLinksAreFollowedOnRequest) {
  std::filesystem::create_directories(beside("fonts/below"));
  test::write_file(beside("fonts/below/sans.ttf"), "sans");
  write("a", "a");
  link(beside("fonts"), "fonts");
  link("a", "b");
  options_.follow_links = true;
  must_publish();
  EXPECT_EQ(fetch(), (Files{{"a", "a"}, {"b", "a"}, {"fonts/below/sans.ttf", "sans"}}));
}

TEST_F(Publish, ALinkAroundItselfIsAnError) {
  make_directory("x/y");
  link("../..", "x/y/up");
  options_.follow_links = true;
  EXPECT_EQ(publish().error(), errc::io);
  EXPECT_THAT(why_, HasSubstr("x/y/up"));
}

TEST_F(Publish, PathsThatMayNotStandInATableAreListed) {
  write("good", "x");
  write("back\\slash", "x");
  make_directory("C:");
  write("C:/file", "x");
  EXPECT_EQ(publish().error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("back\\slash: it has a backslash"));
  EXPECT_THAT(why_, HasSubstr("C:/file: it begins with a drive"));
  EXPECT_FALSE(head());
}

TEST_F(Publish, LeavesOutVersionControlAndTheOriginItself) {
  write("a", "a");
  make_directory(".git");
  write(".git/config", "secret");
  options_.origin = tree() + "/dist";
  must_publish();
  const auto again = must_publish();
  EXPECT_EQ(fetch(), (Files{{"a", "a"}}));
  EXPECT_THAT(again.warnings, ElementsAre(HasSubstr("origin lies in the tree")));
}

TEST_F(Publish, SaysWhatIsExecutableAndWhatTheCallerAdds) {
  write("run", "x");
  write("plain", "y");
  ::chmod((tree() + "/run").c_str(), 0755);
  options_.adorn = [](std::string_view path, filetable::FileEntry& entry) {
    entry.bootstrap = path == "plain";
    entry.priority = path == "plain" ? Priority::high : Priority::normal;
  };
  options_.tombstones = {"gone/file"};
  must_publish();
  const filetable::PageTree pages(reference_of(head()->table),
                                  std::make_shared<OriginPages>(options_.origin));
  EXPECT_TRUE(pages.find("run")->executable);
  EXPECT_FALSE(pages.find("plain")->executable);
  EXPECT_TRUE(pages.find("plain")->bootstrap);
  EXPECT_EQ(pages.find("plain")->priority, Priority::high);
  EXPECT_TRUE(pages.find("gone/file")->tombstone);
}

TEST_F(Publish, ATombstoneMustNotStandWhereAFileIs) {
  write("a", "a");
  options_.tombstones = {"a"};
  EXPECT_EQ(publish().error(), errc::invalid_argument);
  options_.tombstones = {"../a"};
  EXPECT_EQ(publish().error(), errc::invalid_argument);
}

TEST_F(Publish, ChannelsAreApartAndShareObjects) {
  write("a", text(1, 5000));
  must_publish();
  options_.channel = "beta";
  options_.name = "game";
  EXPECT_EQ(must_publish().new_files, 0u);
  write("a", text(2, 5000));
  must_publish();
  EXPECT_EQ(head()->version, 1u);
  EXPECT_EQ(head("beta")->version, 2u);
  options_.name.reset();
  EXPECT_EQ(must_publish().head.name, "game");
  options_.channel = "../beta";
  EXPECT_EQ(publish().error(), errc::invalid_argument);
}

TEST_F(Publish, SignsTheHeadAndDoesNotForgetTo) {
  write("a", "a");
  std::vector<trust::PrivateKey> keys;
  keys.push_back(trust::PrivateKey::generate());
  options_.keys = keys;
  must_publish();
  const auto document = test::read_file(options_.origin + "/heads/stable.json");
  EXPECT_TRUE(
      trust::is_signed_by(*trust::Envelope::parse(document, nullptr), {{keys[0].public_key()}, 1}));
  options_.keys = {};
  EXPECT_EQ(publish().error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("--key"));
  EXPECT_EQ(test::read_file(options_.origin + "/heads/stable.json"), document);
}

TEST_F(Publish, NamesTheNewestRootDocument) {
  std::filesystem::create_directories(options_.origin + "/roots");
  test::write_file(options_.origin + "/roots/2.json", "{}");
  test::write_file(options_.origin + "/roots/10.json", "{}");
  test::write_file(options_.origin + "/roots/11.json.new", "{}");
  EXPECT_EQ(must_publish().head.root_version, 10u);
}

TEST_F(Publish, WhatIsNoHeadIsNotReplaced) {
  std::filesystem::create_directories(options_.origin + "/heads");
  test::write_file(options_.origin + "/heads/stable.json", "precious");
  EXPECT_EQ(publish().error(), errc::bad_head);
  EXPECT_EQ(test::read_file(options_.origin + "/heads/stable.json"), "precious");
}

TEST_F(Publish, APackHasAllPagesOfASmallTable) {
  for (int i = 0; i < 1000; ++i) write("f" + std::to_string(i), std::to_string(i));
  const auto result = must_publish();
  ASSERT_TRUE(result.head.pack);
  const auto pack = test::read_file(
      options_.origin + "/" + filetable::object_path(result.head.pack->digest, Encoding::identity));
  EXPECT_EQ(pack.size(), result.head.pack->bytes);
  const auto pages = filetable::read_pack(std::as_bytes(std::span(pack)));
  ASSERT_TRUE(pages);
  EXPECT_EQ(digest::sha256(pages->front()), result.head.table.digest);
  EXPECT_GT(pages->size(), 5u);
  std::uint64_t found = 0;
  for (const auto page : *pages)
    found += std::filesystem::exists(
        options_.origin + "/" + filetable::object_path(digest::sha256(page), Encoding::identity));
  EXPECT_EQ(found, pages->size());
}

TEST_F(Publish, TwoPublishersAtOnceDoNotMeet) {
  write("a", "a");
  const auto busy = OriginDirectory::open(options_.origin, sys::FileSystem::real());
  ASSERT_TRUE(busy);
  EXPECT_EQ(publish().error(), errc::busy);
  EXPECT_THAT(why_, HasSubstr("another publisher"));
}

TEST_F(Publish, StopsWhenTold) {
  write("a", "a");
  const std::atomic<bool> stop = true;
  options_.stop = &stop;
  EXPECT_EQ(publish().error(), errc::cancelled);
  EXPECT_FALSE(head());
}

TEST_F(Publish, TellsItsProgress) {
  for (int i = 0; i < 20; ++i) write("f" + std::to_string(i), text(static_cast<unsigned>(i), 1000));
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  options_.progress = [&](const PublishProgress& progress) {
    EXPECT_GE(progress.done, done);
    done = progress.done;
    total = progress.total;
  };
  const auto result = must_publish();
  EXPECT_EQ(done, result.bytes_read);
  EXPECT_EQ(total, result.bytes_read);
}

TEST_F(Publish, WhateverFailsTheChannelHasAWholeReleaseAndPublishingCanBeRepeated) {
  for (int i = 0; i < 8; ++i) write("f" + std::to_string(i), text(static_cast<unsigned>(i), 2000));
  must_publish();
  const Files old_files = files_below(tree());
  for (int i = 0; i < 4; ++i) write("f" + std::to_string(i), text(static_cast<unsigned>(i), 2100));
  write("new", noise(9, 700));
  const Files new_files = files_below(tree());
  const std::string origin = options_.origin;
  test::FaultyFileSystem faulty;
  options_.file_system = &faulty;
  options_.threads = 1;
  int failures = 0;
  for (std::uint64_t n = 0;; ++n) {
    options_.origin = beside("try-" + std::to_string(n));
    std::filesystem::copy(origin, options_.origin, std::filesystem::copy_options::recursive);
    faulty.fail_at(n, n % 2 ? errc::no_space : errc::io, test::FaultyFileSystem::Faults::lasting);
    const auto result = publish();
    const bool failed = faulty.failed();
    faulty.heal();
    if (!result) {
      ++failures;
      EXPECT_EQ(head()->version, 1u) << n;
      EXPECT_EQ(fetch(), old_files) << n;
      ASSERT_TRUE(publish()) << n << why_;
    }
    EXPECT_EQ(head()->version, 2u) << n;
    EXPECT_EQ(fetch(), new_files) << n;
    EXPECT_FALSE(std::filesystem::exists(options_.origin + "/.larder/new"));
    std::filesystem::remove_all(options_.origin);
    if (!failed) break;
    ASSERT_LT(n, 500u);
  }
  EXPECT_GT(failures, 30);
}

}  // namespace
}  // namespace larder::publish
