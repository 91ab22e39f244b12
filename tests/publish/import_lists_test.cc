// Trees of other engines' updaters, published as native releases.
#include "publish/import_lists.h"

#include <gmock/gmock.h>

#include <span>

#include "base/heap_blob.h"
#include "publish/export_lists.h"
#include "publish_fixture.h"

namespace larder::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ImportLists : public PublishFixture {
 protected:
  void export_cocos_lists() {
    CocosExport what;
    what.url = "http://cdn.example/";
    what.version = "1.0.7";
    what.source = what.destination = tree();
    ASSERT_TRUE(export_cocos(what, &why_)) << why_;
  }
  void export_flist_into_tree() {
    FlistExport what;
    what.directory = tree();
    what.version = "2.1";
    ASSERT_TRUE(export_flist(what, &why_)) << why_;
  }
  Result<ListImportResult> import_tree(ListFormat format) {
    why_.clear();
    return import_list({options_, format, list_, filter_, skip_damaged_}, &why_);
  }
  ListImportResult must_import(ListFormat format) {
    auto result = import_tree(format);
    EXPECT_TRUE(result) << why_;
    return result ? *result : ListImportResult{};
  }
  void manifest(const std::string& assets) {
    write("project.manifest", R"({"assets":{)" + assets + "}}");
  }

  std::string list_;
  ReadFilter filter_;
  bool skip_damaged_ = false;
};

TEST_F(ImportLists, ReadsListsThatAreHiddenAndVersionsThatLieBeside) {
  write("lib/a.lua", "code");
  FlistExport what;
  what.directory = tree();
  what.version_file = lists::FlistVersion{1, 1, "3.2", "3.2"};
  ASSERT_TRUE(export_flist(what, &why_)) << why_;
  EXPECT_EQ(must_import(ListFormat::flist).version, "3.2");
  // A cipher of the test's own: all letters are one further.
  const auto shifted = [](std::string text, int by) {
    for (char& c : text) c = static_cast<char>(c + by);
    return text;
  };
  for (const char* name : {"flist", "version"})
    write(name, shifted(test::read_file(tree() + "/" + name), 1));
  EXPECT_EQ(import_tree(ListFormat::flist).error(), errc::bad_table);
  filter_ = [&](std::string_view, Blob hidden) -> Result<Blob> {
    const std::string plain = shifted(std::string(hidden.text()), -1);
    const auto bytes = std::as_bytes(std::span(plain));
    return make_heap_blob({bytes.begin(), bytes.end()}, Source::origin);
  };
  EXPECT_EQ(must_import(ListFormat::flist).version, "3.2");
  filter_ = [](std::string_view, const Blob&) -> Result<Blob> { return errc::damaged; };
  EXPECT_EQ(import_tree(ListFormat::flist).error(), errc::damaged);
  EXPECT_THAT(why_, HasSubstr("it cannot be decrypted"));
}

TEST_F(ImportLists, BringsBackWhatWasExportedForCocos) {
  write("src/a b%é.js", text(1, 5000));
  write("assets/noise.bin", noise(1, 300000));
  write("assets/empty", "");
  const Files files = files_below(tree());
  export_cocos_lists();
  write("assets/late", "not listed");
  const auto result = must_import(ListFormat::cocos);
  EXPECT_EQ(fetch(), files);
  EXPECT_EQ(result.version, "1.0.7");
  EXPECT_THAT(result.unlisted, ElementsAre("assets/late"));
  EXPECT_THAT(result.left_out, IsEmpty());
  EXPECT_EQ(result.unverified, 0u);
  EXPECT_THAT(result.published.warnings, IsEmpty());
}

TEST_F(ImportLists, BringsBackWhatWasExportedAsFlist) {
  write("lib/game.zip", noise(1, 300000));
  write("common/a", "");
  const Files files = files_below(tree());
  write("lib/launcher.zip", "launcher");
  export_flist_into_tree();
  const auto result = must_import(ListFormat::flist);
  EXPECT_EQ(fetch(), files);
  EXPECT_EQ(result.version, "2.1");
  EXPECT_THAT(result.unlisted, ElementsAre("lib/launcher.zip"));
}

TEST_F(ImportLists, TakesEachMd5ThatManifestsHaveHad) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (const char* name : {"raw", "binary", "utf8", "upper"}) write(name, bytes);
  manifest(R"("raw":{"md5":"e2c865db4162bed963bfaa9ef6ac18f0"},)"
           R"("binary":{"md5":"e1cb1402564d3f0d07fc946196789c81"},)"
           R"("utf8":{"md5":"a91e9d8127a58cef95633de503c95247"},)"
           R"("upper":{"md5":"E2C865DB4162BED963BFAA9EF6AC18F0"})");
  EXPECT_EQ(must_import(ListFormat::cocos).published.head.table.files, 4u);
  manifest(R"("raw":{"md5":"6348b44915a27773ec5c20ef7eef1f75"})");  // that of an flist
  EXPECT_EQ(import_tree(ListFormat::cocos).error(), errc::damaged);
  manifest(R"("raw":{"md5":"00000000000000000000000000000000"})");
  EXPECT_EQ(import_tree(ListFormat::cocos).error(), errc::damaged);
  write("flist", "return {fileInfoList={{name='raw',code='6348b44915a27773ec5c20ef7eef1f75'}}}");
  EXPECT_EQ(must_import(ListFormat::flist).published.head.table.files, 1u);
  write("flist", "return {fileInfoList={{name='raw',code='00000000000000000000000000000000'}}}");
  EXPECT_EQ(import_tree(ListFormat::flist).error(), errc::damaged);
}

TEST_F(ImportLists, HoldsWhatHasAnotherTagAgainstItsSize) {
  write("a", "12345");
  manifest(R"("a":{"md5":"v17","size":5})");
  EXPECT_EQ(must_import(ListFormat::cocos).unverified, 1u);
  manifest(R"("a":{"md5":"v17","size":6})");
  EXPECT_EQ(import_tree(ListFormat::cocos).error(), errc::damaged);
  manifest(R"("a":{"compressed":true})");
  const auto result = must_import(ListFormat::cocos);
  EXPECT_EQ(result.unverified, 1u);
  EXPECT_EQ(result.archives, 1u);
}

TEST_F(ImportLists, FindsFilesThatAreCalledAsTheirKeys) {
  write("a%20b", "on a client");
  write("c d", "on a server");
  write("100%", "no encoding");
  manifest(R"("a%20b":{},"c%20d":{},"100%":{})");
  must_import(ListFormat::cocos);
  EXPECT_EQ(fetch(),
            (Files{{"a b", "on a client"}, {"c d", "on a server"}, {"100%", "no encoding"}}));
}

TEST_F(ImportLists, PublishesNothingIfAFileIsNotWhatTheListSays) {
  write("src/good", "good");
  write("src/damaged", "damaged");
  write("src/short", "short");
  write("src/gone", "gone");
  export_cocos_lists();
  write("src/damaged", "DAMAGED");
  write("src/short", "shor");
  std::filesystem::remove(tree() + "/src/gone");
  EXPECT_EQ(import_tree(ListFormat::cocos).error(), errc::damaged);
  EXPECT_THAT(why_, HasSubstr("src/damaged: its checksum is not"));
  EXPECT_THAT(why_, HasSubstr("src/short: its size is not"));
  EXPECT_THAT(why_, HasSubstr("src/gone: the list names it, but it is not there"));
  EXPECT_THAT(why_, Not(HasSubstr("src/good")));
  EXPECT_FALSE(head());
  EXPECT_THAT(origin_files(), IsEmpty());
  skip_damaged_ = true;
  EXPECT_THAT(must_import(ListFormat::cocos).left_out, SizeIs(3));
  EXPECT_EQ(fetch(), (Files{{"src/good", "good"}}));
}

TEST_F(ImportLists, RefusesNamesThatItCannotHave) {
  write("aA", "x");
  manifest(R"("aA":{},"a%41":{},"..%2fb":{})");
  EXPECT_EQ(import_tree(ListFormat::cocos).error(), errc::damaged);
  EXPECT_THAT(why_, HasSubstr("another file has this name, too"));
  EXPECT_THAT(why_, HasSubstr("..%2fb: its name has a component that is a dot or two"));
}

TEST_F(ImportLists, ExplainsWhatIsWrongWithTheList) {
  EXPECT_EQ(import_tree(ListFormat::cocos).error(), errc::not_found);
  EXPECT_THAT(why_, HasSubstr("project.manifest"));
  EXPECT_EQ(import_tree(ListFormat::flist).error(), errc::not_found);
  write("flist", "return {\n os.exit() }");
  EXPECT_EQ(import_tree(ListFormat::flist).error(), errc::bad_table);
  EXPECT_THAT(why_, HasSubstr("flist: line 2, column 2: `os`"));
  write("lists/version.manifest", R"({"version":"1"})");
  list_ = tree() + "/lists/version.manifest";
  EXPECT_EQ(import_tree(ListFormat::cocos).error(), errc::bad_table);
  EXPECT_THAT(why_, HasSubstr("give project.manifest"));
}

TEST_F(ImportLists, MakesTheTreeItsOwnNativeOrigin) {
  write("src/a", "one");
  export_cocos_lists();
  options_.origin = tree();
  must_import(ListFormat::cocos);
  EXPECT_THAT(must_import(ListFormat::cocos).unlisted, IsEmpty());
  EXPECT_EQ(fetch(), (Files{{"src/a", "one"}}));
}

}  // namespace
}  // namespace larder::publish
