#include "compat/laya_release.h"

#include <gtest/gtest.h>

#include <string>

#include "compat/laya_origin.h"
#include "digest/verifier.h"
#include "support/laya_tree.h"
#include "support/scripted_transport.h"

namespace larder::compat {
namespace {

class LayaReleaseTest : public ::testing::Test {
 protected:
  LayaTraits traits(bool with_origin = true) {
    LayaTraits traits;
    traits.scope = 7;
    traits.version_key = "v";
    if (with_origin) traits.origin = origin_;
    return traits;
  }
  LayaRelease release(bool with_origin = true) {
    return LayaRelease(traits(with_origin), tree_.id(), table());
  }
  filetable::LayaTable table() const {
    const std::string bytes = tree_.binary_table();
    auto parsed = filetable::LayaTable::parse(std::as_bytes(std::span(bytes)));
    EXPECT_TRUE(parsed);
    return std::move(*parsed);
  }
  static PathRequest path(std::string_view path) {
    PathRequest request;
    request.path = path;
    return request;
  }
  static PathRequest query(std::string_view name, std::string_view query) {
    PathRequest request = path(name);
    request.query = query;
    request.has_query = true;
    return request;
  }

  test::LayaTree tree_{{{"a.txt", "hello"},
                        {"empty", ""},
                        {"emoji-\xF0\x9F\x98\x80.txt", "smile"},
                        {"with%20space/f%201.js", "js"},
                        {"50%/x", "percent"}}};
  test::ScriptedTransport transport_;
  const std::shared_ptr<LayaOrigin> origin_ = std::make_shared<LayaOrigin>(
      LayaOrigin::Options{{"http://game.example/app/"}, 1000, {}}, transport_);
};

TEST_F(LayaReleaseTest, ListsWhatTheTableNames) {
  const LayaRelease laya = release();
  const auto entry = laya.resolve(path("a.txt"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->route, Route::listed);
  EXPECT_EQ(entry->key.kind, ObjectKey::Kind::claim);
  const auto claim = laya_claim_of(*entry);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->path_id, filetable::laya_path_id("a.txt"));
  EXPECT_EQ(claim->checksum, test::LayaTree::checksum("hello"));
}

TEST_F(LayaReleaseTest, FindsNamesBeyondTheBasicPlaneThatTheToolHashedAsSurrogates) {
  const std::string name = "emoji-\xF0\x9F\x98\x80.txt";
  ASSERT_NE(filetable::laya_path_id(name), filetable::laya_path_id_cesu8(name));
  EXPECT_EQ(release().resolve(path(name))->route, Route::listed);
}

TEST_F(LayaReleaseTest, FindsSpacesThatTheToolEscaped) {
  EXPECT_EQ(release().resolve(path("with space/f 1.js"))->route, Route::listed);
  EXPECT_EQ(release().resolve(path("with%20space/f%201.js"))->route, Route::listed);
}

TEST_F(LayaReleaseTest, TakesFilesOutsideTheTableForTransient) {
  EXPECT_EQ(release().resolve(path("missing"))->route, Route::transient);
  EXPECT_EQ(release(false).resolve(path("missing")).error(), errc::not_listed);
}

TEST_F(LayaReleaseTest, BypassesTheTableForQueryStrings) {
  const LayaRelease laya = release();
  const auto entry = laya.resolve(query("a.txt", "x=1"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->route, Route::transient);
  EXPECT_EQ(origin_->url_of(*entry), "http://game.example/app/a.txt?x=1");
}

TEST_F(LayaReleaseTest, KeepsAVersionThatTheRequestNames) {
  const LayaRelease laya = release();
  const auto one = laya.resolve(query("a.txt", "v=1"));
  const auto two = laya.resolve(query("a.txt", "v=2"));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->route, Route::versioned);
  EXPECT_FALSE(one->key == two->key);
  EXPECT_TRUE(one->key == laya.resolve(query("a.txt", "v=1"))->key);
  EXPECT_EQ(origin_->url_of(*one), "http://game.example/app/a.txt?v=1");
}

TEST_F(LayaReleaseTest, UsesTheTableForVersionZero) {
  EXPECT_EQ(release().resolve(query("a.txt", "v=0"))->route, Route::listed);
}

TEST_F(LayaReleaseTest, FetchesEachTimeInDevelopmentMode) {
  const LayaRelease laya(traits());
  EXPECT_EQ(laya.resolve(path("a.txt"))->route, Route::live);
  EXPECT_EQ(laya.resolve(query("a.txt", "x"))->route, Route::live);
  EXPECT_EQ(laya.file_count(), 0u);
}

TEST_F(LayaReleaseTest, IgnoresCaseOnceNamesAreKnown) {
  tree_.files = {{"Res/Hero.PNG", "1"}, {"a", "2"}, {"A", "3"}, {"stra\u00dfe/\u00c4", "4"}};
  LayaTraits ignoring = traits();
  ignoring.ignore_case = true;
  const LayaRelease laya(ignoring, tree_.id(), table());
  EXPECT_EQ(laya.resolve(path("res/hero.png"))->route, Route::transient);
  EXPECT_EQ(laya.names_like("res/hero.png").error(), errc::not_listed);
  ASSERT_TRUE(laya.add_names(std::move(*filetable::NameList::parse(tree_.names()))));
  const auto entry = laya.resolve(path("res/hero.png"));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->route, Route::listed);
  EXPECT_EQ(entry->home, "Res/Hero.PNG") << "what the server knows";
  EXPECT_EQ(entry->key, laya.resolve(path("Res/Hero.PNG"))->key);
  EXPECT_EQ(laya.resolve(path("STRA\u00dfE/\u00e4"))->home, "stra\u00dfe/\u00c4");
  EXPECT_EQ(laya.resolve(path("A"))->home, "A");
  EXPECT_EQ(laya.resolve(path("b"))->route, Route::transient);

  tree_.files["aa"] = "5";
  tree_.files["Aa"] = "6";
  const LayaRelease twins(ignoring, tree_.id(), table());
  ASSERT_TRUE(twins.add_names(std::move(*filetable::NameList::parse(tree_.names()))));
  EXPECT_FALSE(twins.add_names(std::move(*filetable::NameList::parse(tree_.names()))));
  EXPECT_EQ(twins.resolve(path("Aa"))->home, "Aa");
  EXPECT_EQ(twins.resolve(path("AA")).error(), errc::ambiguous);
  EXPECT_EQ(*twins.names_like("AA"), (std::vector<std::string>{"Aa", "aa"}));

  const LayaRelease exact(traits(), tree_.id(), table());
  ASSERT_TRUE(exact.add_names(std::move(*filetable::NameList::parse(tree_.names()))));
  EXPECT_EQ(exact.resolve(path("AA"))->route, Route::transient);
}

TEST_F(LayaReleaseTest, AsksForContentByItsChecksum) {
  const LayaRelease laya = release();
  EXPECT_EQ(origin_->url_of(*laya.resolve(path("empty"))), "http://game.example/app/empty?1");
  const auto smile = laya.resolve(path("emoji-\xF0\x9F\x98\x80.txt"));
  EXPECT_TRUE(
      origin_->url_of(*smile).starts_with("http://game.example/app/emoji-%F0%9F%98%80.txt?"));
}

TEST_F(LayaReleaseTest, TakesZeroAndOneForTheSameChecksum) {
  const LayaRelease laya = release();
  const auto entry = laya.resolve(path("empty"));
  ASSERT_TRUE(entry);
  EXPECT_TRUE(digest::fulfils(entry->checksum, {}));
}

class Collected final : public Sink {
 public:
  std::error_code expect(std::optional<std::uint64_t>) noexcept override { return {}; }
  std::error_code write(std::span<const std::byte> bytes) noexcept override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::string text;
};

TEST_F(LayaReleaseTest, TriesALiteralPercentWhereTheEncodedNameDoesNotExist) {
  // "with%20space" asked for as in a URL exists as "with space" at the origin; a file whose name
  // has the percent sign itself is found at the second attempt.
  test::LayaTree literal{{{"a%20b.txt", "literal"}}};
  const std::string bytes = literal.binary_table();
  auto parsed = filetable::LayaTable::parse(std::as_bytes(std::span(bytes)));
  const LayaRelease laya(traits(), literal.id(), std::move(*parsed));
  transport_.set("http://game.example/app/a%2520b.txt", "literal");

  PourRequest pour;
  pour.entry = std::make_shared<const OwnedEntry>(*laya.resolve(path("a%20b.txt")));
  auto sink = std::make_shared<Collected>();
  std::optional<std::error_code> ended;
  std::uint32_t requests = 0;
  origin_->pour(pour, sink, [&](std::error_code error, PourReply reply) {
    ended = error;
    requests = reply.requests;
  });
  ASSERT_TRUE(ended);
  EXPECT_FALSE(*ended) << ended->message();
  EXPECT_EQ(sink->text, "literal");
  EXPECT_EQ(requests, 2u);
}

}  // namespace
}  // namespace larder::compat
