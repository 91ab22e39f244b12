#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "digest/hash.h"
#include "filetable/laya_table.h"
#include "publish/layadcc.h"
#include "publish/layadcc_warnings.h"
#include "tree_fixture.h"

namespace larder::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = LayadccWarning::Kind;

class LayadccWarnings : public TreeFixture {
 protected:
  LayadccWarnings() {
    options_.directory = tree();
    options_.notes_directory = beside("notes");
  }
  /// The warnings of one kind.
  std::vector<LayadccWarning> pack(Kind kind) {
    std::string why;
    auto result = pack_layadcc(options_, &why);
    if (!result) throw std::runtime_error(why);
    std::vector<LayadccWarning> found;
    for (auto& warning : result->warnings)
      if (warning.kind == kind) found.push_back(std::move(warning));
    return found;
  }

  LayadccOptions options_;
};

TEST_F(LayadccWarnings, AreSilentAboutAHealthyTree) {
  write("res/a.png", "1");
  write("index.html", "2");
  EXPECT_THAT(pack_layadcc(options_)->warnings, IsEmpty());
  write("res/a.png", "3");
  EXPECT_THAT(pack_layadcc(options_)->warnings, IsEmpty());
}

TEST_F(LayadccWarnings, NameBothPathsOfACollision) {
  // Two strings with one CRC-32.
  const char* a = "plumless";
  const char* b = "buckeroo";
  ASSERT_EQ(digest::crc32(a), digest::crc32(b));
  write(a, "1");
  write(b, "2");
  ASSERT_EQ(filetable::laya_path_id(a), filetable::laya_path_id(b));
  const auto found = pack(Kind::path_id_collision);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].text, AllOf(HasSubstr(a), HasSubstr(b)));
  EXPECT_THAT(found[0].paths, ElementsAre(b, a));
}

TEST_F(LayadccWarnings, NameFilesThatGetOnePath) {
  write("Res/A.png", "1");
  write("res/a.png", "2");
  EXPECT_THAT(pack(Kind::same_path), IsEmpty());
  options_.lower_case = true;
  const auto found = pack(Kind::same_path);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].text, HasSubstr("/res/a.png"));
  EXPECT_THAT(found[0].paths, ElementsAre("Res/A.png", "res/a.png"));
}

TEST_F(LayadccWarnings, GatherCollisionsWhenThereAreMany) {
  for (int i = 0; i < 50; ++i) {
    write("A" + std::to_string(i));
    write("a" + std::to_string(i));
  }
  options_.lower_case = true;
  EXPECT_EQ(pack(Kind::same_path).size(), 20u);
  const auto rest = pack(Kind::path_id_collision);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_THAT(rest[0].text, HasSubstr("30 paths"));
  EXPECT_EQ(rest[0].paths.size(), 5u);
}

TEST_F(LayadccWarnings, TellOfFoldersThatAreLeftOut) {
  write("update/f");
  EXPECT_THAT(pack(Kind::update_folder), IsEmpty());
  write("sub/update/f");
  make_directory("real");
  link("real", "linked");
  const auto folders = pack(Kind::update_folder);
  ASSERT_EQ(folders.size(), 1u);
  EXPECT_THAT(folders[0].paths, ElementsAre("sub/update"));
  const auto links = pack(Kind::directory_link);
  ASSERT_EQ(links.size(), 1u);
  EXPECT_THAT(links[0].paths, ElementsAre("linked"));
}

TEST_F(LayadccWarnings, TellOfNamesThatUrlsSpoil) {
  for (const char* path : {"a%20b", "c?d", "e#f", "sp ace", "\u00fc", "back\\slash", "line\nbreak",
                           "fine-_.~!$&'()*+,;=:@"})
    write(path);
  const auto query = pack(Kind::query_character);
  ASSERT_EQ(query.size(), 1u);
  EXPECT_THAT(query[0].paths, ElementsAre("a%20b", "c?d", "e#f"));
  const auto encoding = pack(Kind::needs_encoding);
  ASSERT_EQ(encoding.size(), 1u);
  EXPECT_THAT(encoding[0].paths, ElementsAre("sp ace", "\u00fc"));
  const auto lines = pack(Kind::not_a_line);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0].paths, ElementsAre("back\\slash", "line\\x0abreak"));
}

TEST_F(LayadccWarnings, AreSilentAboutSpacesThatAreEscaped) {
  write("sp ace");
  options_.escape_spaces = true;
  EXPECT_THAT(pack(Kind::needs_encoding), IsEmpty());
}

TEST_F(LayadccWarnings, TellThatThereIsNothingToPack) {
  write("only.pngz");
  EXPECT_EQ(pack(Kind::no_files).size(), 1u);
}

// The same edit twice, a multiple of eight apart, cancels in the checksum.
constexpr const char* kBefore = "<path d='0123'/>";

TEST_F(LayadccWarnings, FindAMissedUpdateByTheNotes) {
  write("icon.svg", kBefore);
  write("other.svg", "1");
  pack(Kind::missed_update);
  write("icon.svg",
        "<path d='0123'/>"
        "12345678"
        "12345678");
  write("other.svg", "2");
  const auto found = pack(Kind::missed_update);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].paths, ElementsAre("icon.svg"));
  EXPECT_THAT(pack(Kind::missed_update), IsEmpty());  // told once, when it happened
}

TEST_F(LayadccWarnings, FindAMissedUpdateOfOneSize) {
  write("icon.svg", kBefore);
  pack(Kind::missed_update);
  std::string swapped = kBefore;
  std::swap(swapped[1], swapped[9]);
  write("icon.svg", swapped);
  EXPECT_EQ(pack(Kind::missed_update).size(), 1u);
}

TEST_F(LayadccWarnings, FindAMissedUpdateByTheCopiesWithoutNotes) {
  options_.notes_directory.clear();
  options_.cache = true;
  write("icon.svg", kBefore);
  pack(Kind::missed_update);
  write("icon.svg", std::string(kBefore) + std::string(16, 'x'));
  EXPECT_EQ(pack(Kind::missed_update).size(), 1u);
  EXPECT_EQ(files_below(tree()).count("update/assetsid.txt"), 1u);
}

TEST_F(LayadccWarnings, WithoutNotesAndCopiesCannotKnow) {
  options_.notes_directory.clear();
  write("icon.svg", kBefore);
  pack(Kind::missed_update);
  write("icon.svg", std::string(kBefore) + std::string(16, 'x'));
  EXPECT_THAT(pack(Kind::missed_update), IsEmpty());
}

TEST_F(LayadccWarnings, KeepNotesOutsideTheOutput) {
  write("a");
  pack(Kind::missed_update);
  EXPECT_EQ(files_below(tree()).size(), 1u + 5u);
  EXPECT_EQ(files_below(beside("notes")).size(), 1u);
}

TEST(Shown, MakesControlCharactersAndBrokenUtf8Visible) {
  EXPECT_EQ(shown("a\u00fc\u4e2d\U0001f600/b c"), "a\u00fc\u4e2d\U0001f600/b c");
  EXPECT_EQ(shown("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(shown("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(shown("\x7f\u0085"), "\\x7f\\xc2\\x85");
}

}  // namespace
}  // namespace larder::publish
