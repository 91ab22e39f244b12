#include "publish/layadcc_names.h"

#include <gtest/gtest.h>

namespace larder::publish {
namespace {

TEST(ExtensionOf, FollowsNode) {
  EXPECT_EQ(extension_of("a.png"), ".png");
  EXPECT_EQ(extension_of("a.b.PNG"), ".PNG");
  EXPECT_EQ(extension_of("a."), ".");
  EXPECT_EQ(extension_of("a.."), ".");
  EXPECT_EQ(extension_of(".png"), "");
  EXPECT_EQ(extension_of(".a.png"), ".png");
  EXPECT_EQ(extension_of("..png"), ".png");
  EXPECT_EQ(extension_of("..."), ".");
  EXPECT_EQ(extension_of("png"), "");
  EXPECT_EQ(extension_of(""), "");
}

TEST(SkipRules, MindCase) {
  for (const char* name : {".git", ".svn", "update", "dccTools", "layadccout"})
    EXPECT_TRUE(is_skipped_directory(name)) << name;
  for (const char* name : {"Update", "dcctools", "git", ".gitignore", "updates", ""})
    EXPECT_FALSE(is_skipped_directory(name)) << name;
  for (const char* extension : {".exportjson", ".pngz", ".jpgz", ".jngz"})
    EXPECT_TRUE(is_skipped_extension(extension)) << extension;
  for (const char* extension : {".PNGZ", ".ExportJson", ".png", "", "pngz"})
    EXPECT_FALSE(is_skipped_extension(extension)) << extension;
}

TEST(TextExtensions, DoNotMindCase) {
  for (const char* extension : {".txt", ".html", ".js", ".exportjson", ".css", ".htm", ".ini",
                                ".log", ".TXT", ".HtMl", ".ExportJson"})
    EXPECT_TRUE(is_text_extension(extension)) << extension;
  for (const char* extension : {".json", ".xml", "", ".", ".tx", ".txtx", "txt", ".\u0130ni"})
    EXPECT_FALSE(is_text_extension(extension)) << extension;
}

TEST(TablePath, HasALeadingSlashAndNoBackslash) {
  EXPECT_EQ(table_path("a/b.png", false, false), "/a/b.png");
  EXPECT_EQ(table_path("a\\b.png", false, false), "/a/b.png");
  EXPECT_EQ(table_path("A b", false, false), "/A b");
}

TEST(TablePath, IsLoweredBeforeItIsEscaped) {
  EXPECT_EQ(table_path("Res/Ünï X.PNG", true, false), "/res/ünï x.png");
  EXPECT_EQ(table_path("Res/X Y", true, true), "/res/x%20y");
  EXPECT_EQ(table_path("100%/X", false, true), "/100%/X");
}

TEST(TablePath, EscapesEveryWhiteSpaceCharacterOfJavaScript) {
  for (const char* space : {" ", "\t", "\n", "\v", "\f", "\r", "\u00a0", "\u1680", "\u2000",
                            "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff"})
    EXPECT_EQ(table_path("a" + std::string(space) + "b", false, true), "/a%20b");
  for (const char* other : {"\u0085", "\u180e", "\u200b", "\u2060", "\x1f", "_"})
    EXPECT_EQ(table_path(other, false, true), "/" + std::string(other));
}

}  // namespace
}  // namespace larder::publish
