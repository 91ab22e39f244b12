#include "compat/laya_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "support/fake_clock.h"
#include "support/laya_tree.h"
#include "support/scripted_transport.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::compat {
namespace {

using namespace std::chrono_literals;
using test::LayaTree;

const std::string kBase = "http://game.example/app/";

class LayaClientTest : public ::testing::Test {
 protected:
  LayaClientOptions options() {
    LayaClientOptions options;
    options.base_url = kBase;
    options.app_url = kBase;
    options.sites = &sites_;
    options.state_directory = scratch_ / "state";
    options.max_file_bytes = 1 << 20;
    options.log = Log([this](LogLevel level, std::string_view line) {
      if (level >= LogLevel::warning) logged_ += std::string(line) + "\n";
    });
    return options;
  }
  std::unique_ptr<LayaClient> client(LayaClientOptions options) {
    auto made = LayaClient::create(std::move(options), transport_);
    EXPECT_TRUE(made) << made.error().message();
    return std::move(*made);
  }
  std::unique_ptr<LayaClient> client() { return client(options()); }

  void publish(const LayaTree& tree) {
    transport_.set(kBase + "update/assetsid.txt", tree.id());
    transport_.set(kBase + "update/filetable.bin", tree.binary_table(), "\"" + tree.id() + "\"");
    transport_.set(kBase + "update/filetable.txt", tree.text_table());
    transport_.set(kBase + "update/allfiles.txt", tree.names());
  }
  std::string make_bundle(const LayaTree& tree, const std::string& name) {
    const std::filesystem::path directory = scratch_ / name;
    test::write_file(directory / "filetable.bin", tree.binary_table());
    test::write_file(directory / "assetsid.txt", tree.id());
    test::write_file(directory / "allfiles.txt", tree.names());
    return directory.string();
  }
  std::size_t requests_for(std::string_view name) {
    const auto requests = transport_.requests();
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(),
                      [&](const auto& url) { return url.find(name) != std::string::npos; }));
  }
  static bool lists(const Release& release, std::string_view path) {
    PathRequest request;
    request.path = path;
    const auto entry = release.resolve(request);
    return entry && entry->route == Route::listed;
  }

  test::TempDirectory scratch_;
  test::ScriptedTransport transport_;
  test::FakeClock clock_;
  net::Sites sites_{clock_};
  std::string logged_;
  LayaTree v1_{{{"a.txt", "one"}, {"res/b.txt", "two"}}};
  LayaTree v2_{{{"a.txt", "uno"}, {"res/b.txt", "two"}, {"res/c.txt", "three"}}};
};

TEST_F(LayaClientTest, KnowsNothingAtFirst) {
  publish(v1_);
  EXPECT_EQ(client()->start(), nullptr);
  EXPECT_TRUE(transport_.requests().empty()) << "start() uses no network";
}

TEST_F(LayaClientTest, FetchesTheIdThenTheTableByTheId) {
  publish(v1_);
  auto laya = client();
  laya->start();
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_EQ((*release)->id(), v1_.id());
  EXPECT_EQ((*release)->file_count(), 2u);
  const auto requests = transport_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].starts_with(kBase + "update/assetsid.txt?rand=")) << requests[0];
  EXPECT_EQ(requests[1], kBase + "update/filetable.bin?" + v1_.id());
}

TEST_F(LayaClientTest, RemembersTheTableBetweenRuns) {
  publish(v1_);
  {
    auto laya = client();
    laya->start();
    ASSERT_TRUE(laya->refresh(0ms));
  }
  transport_.forget_requests();
  auto laya = client();
  const auto release = laya->start();
  ASSERT_TRUE(release);
  EXPECT_TRUE(lists(*release, "a.txt"));
  const auto again = laya->refresh(0ms);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, nullptr) << "nothing changed";
  EXPECT_EQ(transport_.requests().size(), 1u) << "one small request when nothing changed";
}

TEST_F(LayaClientTest, TakesIdAndTableFromAMirrorWhenTheOriginIsSilentOrBehind) {
  const std::string mirror = "http://mirror.example/app/";
  const auto publish_at = [&](const std::string& base, const LayaTree& tree) {
    transport_.set(base + "update/assetsid.txt", tree.id());
    transport_.set(base + "update/filetable.bin", tree.binary_table());
    transport_.set(base + "update/filetable.txt", tree.text_table());
  };
  LayaClientOptions two = options();
  two.mirrors = {mirror};
  publish_at(mirror, v1_);
  for (const errc error : {errc::unreachable, errc::not_found, errc::http_status}) {
    transport_.fail(kBase + "update/assetsid.txt", error);
    transport_.fail(kBase + "update/filetable.bin", error);
    two.state_directory = scratch_ / std::to_string(static_cast<int>(error));
    auto laya = client(two);
    laya->start();
    const auto release = laya->refresh(0ms);
    ASSERT_TRUE(release && *release) << make_error_code(error).message();
    EXPECT_EQ((*release)->id(), v1_.id());
  }
  // The origin announces what only the mirror has.
  publish_at(kBase, v1_);
  publish_at(mirror, v2_);
  transport_.set(kBase + "update/assetsid.txt", v2_.id());
  two.state_directory = scratch_ / "behind";
  auto laya = client(two);
  laya->start();
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_EQ((*release)->id(), v2_.id());
}

TEST_F(LayaClientTest, SaysWhyNoMirrorHelps) {
  LayaClientOptions two = options();
  two.mirrors = {"http://mirror.example/app/"};
  transport_.fail(kBase + "update/assetsid.txt", errc::timed_out);
  auto laya = client(two);
  laya->start();
  EXPECT_EQ(laya->refresh(0ms).error(), errc::timed_out) << "not: the mirror has none";
}

TEST_F(LayaClientTest, SwitchesToANewTable) {
  publish(v1_);
  auto laya = client();
  laya->start();
  ASSERT_TRUE(laya->refresh(0ms));
  publish(v2_);
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_TRUE(lists(**release, "res/c.txt"));
}

// Renaming files in an order-preserving way changes the table, but not the id.
TEST_F(LayaClientTest, RevalidatesTheTableOnceADayThoughTheIdIsTheSame) {
  publish(v1_);
  {
    auto laya = client();
    laya->start();
    ASSERT_TRUE(laya->refresh(0ms));
  }
  LayaTree renamed{{{"aa.txt", "one"}, {"res/b.txt", "two"}}};
  ASSERT_EQ(renamed.id(), v1_.id());
  publish(renamed);
  transport_.set(kBase + "update/filetable.bin", renamed.binary_table(), "\"other\"");
  {
    auto laya = client();
    laya->start();
    EXPECT_EQ(*laya->refresh(0ms), nullptr) << "checked a moment ago";
  }
  const std::string state = scratch_ / "state/current.json";
  std::string json = test::read_file(state);
  const auto at = json.find("\"checked_at\":");
  ASSERT_NE(at, std::string::npos);
  const auto end = json.find_first_of(",}", at);
  test::write_file(state, json.replace(at, end - at, "\"checked_at\":1"));
  auto laya = client();
  laya->start();
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_TRUE(lists(**release, "aa.txt"));
  EXPECT_EQ(*laya->refresh(0ms), nullptr);
}

TEST_F(LayaClientTest, FallsBackToTheTextTable) {
  publish(v1_);
  transport_.fail(kBase + "update/filetable.bin", errc::not_found);
  auto laya = client();
  laya->start();
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_TRUE(lists(**release, "res/b.txt"));
}

TEST_F(LayaClientTest, KeepsTheOldTableWhenIdAndTableDisagree) {
  publish(v1_);
  auto laya = client();
  laya->start();
  ASSERT_TRUE(laya->refresh(0ms));
  transport_.set(kBase + "update/assetsid.txt", v2_.id());  // an edge refreshed only the id
  const auto refreshed = laya->refresh(0ms);
  EXPECT_EQ(refreshed.error(), errc::table_mismatch);
  EXPECT_EQ(refreshed.error(), condition::retryable);
  EXPECT_EQ(laya->current()->id(), v1_.id());
  EXPECT_NE(logged_.find(v2_.id()), std::string::npos) << "the log names both ids";
  publish(v2_);
  const auto later = laya->refresh(0ms);
  ASSERT_TRUE(later && *later);
  EXPECT_EQ((*later)->id(), v2_.id());
}

TEST_F(LayaClientTest, AsksPastAnEdgeThatHoldsTheTableOfThePast) {
  publish(v1_);
  transport_.set(kBase + "update/assetsid.txt", v2_.id());
  transport_.set_past_caches(kBase + "update/filetable.bin", v2_.binary_table());
  auto laya = client();
  laya->start();
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_EQ((*release)->id(), v2_.id());
}

TEST_F(LayaClientTest, TakesAnErrorPageForNeitherIdNorTable) {
  publish(v1_);
  auto laya = client();
  laya->start();
  ASSERT_TRUE(laya->refresh(0ms));
  transport_.set(kBase + "update/assetsid.txt", "<html>please log in</html>");
  EXPECT_EQ(laya->refresh(0ms).error(), errc::bad_table);
  EXPECT_EQ(laya->current()->id(), v1_.id());
  transport_.set(kBase + "update/assetsid.txt", v2_.id());
  transport_.set(kBase + "update/filetable.bin", "<html>please log in</html>");
  transport_.set(kBase + "update/filetable.txt", "<html>please log in</html>");
  EXPECT_EQ(laya->refresh(0ms).error(), condition::damaged);
  EXPECT_EQ(laya->current()->id(), v1_.id());
}

TEST_F(LayaClientTest, TakesAnEmptyAnswerForNoTable) {
  publish(v1_);
  transport_.set(kBase + "update/filetable.bin", "");
  transport_.set(kBase + "update/filetable.txt", "");
  auto laya = client();
  laya->start();
  EXPECT_EQ(laya->refresh(0ms).error(), errc::bad_table);
}

TEST_F(LayaClientTest, IsInDevelopmentModeWhereTheOriginNeverHadATable) {
  auto laya = client();
  EXPECT_EQ(laya->start(), nullptr);
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_FALSE(laya->current()->has_table());
  PathRequest request;
  request.path = "a.txt";
  EXPECT_EQ((*release)->resolve(request)->route, Route::live);
}

TEST_F(LayaClientTest, ReportsAnOriginThatLostItsTableAndGoesOn) {
  publish(v1_);
  auto laya = client();
  laya->start();
  ASSERT_TRUE(laya->refresh(0ms));
  transport_.fail(kBase + "update/assetsid.txt", errc::not_found);
  EXPECT_EQ(laya->refresh(0ms).error(), errc::not_found);
  EXPECT_NE(logged_.find("gone"), std::string::npos);
  EXPECT_EQ(laya->current()->id(), v1_.id());
}

TEST_F(LayaClientTest, ServesWhatItKnowsWhenTheOriginIsUnreachable) {
  publish(v1_);
  {
    auto laya = client();
    laya->start();
    ASSERT_TRUE(laya->refresh(0ms));
  }
  transport_.go_down(errc::unreachable);
  transport_.forget_requests();
  auto laya = client();
  EXPECT_TRUE(laya->start());
  EXPECT_EQ(laya->refresh(0ms).error(), errc::unreachable);
  EXPECT_EQ(transport_.requests().size(), 1u) << "no second guess at an unreachable origin";
}

TEST_F(LayaClientTest, StartsWithTheBundlesTable) {
  auto with_bundle = options();
  with_bundle.bundles = {make_bundle(v1_, "bundle")};
  auto laya = client(with_bundle);
  const auto release = laya->start();
  ASSERT_TRUE(release);
  EXPECT_EQ(release->id(), v1_.id());
  publish(v1_);
  EXPECT_EQ(*laya->refresh(0ms), nullptr);
  EXPECT_EQ(requests_for("filetable"), 0u) << "the bundle's table is the origin's";
}

TEST_F(LayaClientTest, TakesTheBundlesTableOnlyWhenTheAppWasReinstalled) {
  auto with_bundle = options();
  with_bundle.bundles = {make_bundle(v1_, "bundle")};
  publish(v2_);
  {
    auto laya = client(with_bundle);
    laya->start();
    ASSERT_TRUE(laya->refresh(0ms));
  }
  EXPECT_EQ(client(with_bundle)->start()->id(), v2_.id()) << "same app: the newer table stays";

  LayaTree v3 = v2_;
  v3.files["a.txt"] = "drei";
  with_bundle.bundles = {make_bundle(v3, "bundle3")};
  EXPECT_EQ(client(with_bundle)->start()->id(), v3.id()) << "another bundle: its table";
  EXPECT_EQ(client(with_bundle)->start()->id(), v3.id()) << "and it is remembered";
}

TEST_F(LayaClientTest, RefusesABundleWithoutATable) {
  auto with_bundle = options();
  with_bundle.bundles = {scratch_ / "nothing"};
  const auto made = LayaClient::create(with_bundle, transport_);
  EXPECT_EQ(made.error(), errc::bad_bundle);
  EXPECT_NE(logged_.find("nothing"), std::string::npos) << "the log names the directory";
}

TEST_F(LayaClientTest, FindsTheBundleBelowTheOutputFolderOfThePackingTool) {
  make_bundle(v1_, "out/cache/game.example_app");
  make_bundle(v2_, "out/cache/other.example_app");
  auto with_bundle = options();
  with_bundle.bundles = {scratch_ / "out"};
  EXPECT_EQ(client(with_bundle)->start()->id(), v1_.id());
}

TEST_F(LayaClientTest, LoadsNamesFromTheOriginOnceAndRemembersThem) {
  publish(v1_);
  auto laya = client();
  laya->start();
  ASSERT_TRUE(laya->refresh(0ms));
  EXPECT_EQ(laya->load_names(false).error(), errc::unsupported);
  EXPECT_EQ(requests_for("allfiles"), 0u);
  ASSERT_TRUE(laya->load_names(true));
  ASSERT_TRUE(laya->load_names(true));
  EXPECT_EQ(requests_for("allfiles"), 1u);
  const auto listed = laya->current()->list("");
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_EQ((*listed)[0].name, "a.txt");
  EXPECT_EQ((*listed)[1].name, "res");
  EXPECT_TRUE((*listed)[1].is_directory);

  transport_.go_down(errc::unreachable);
  auto second_run = client();
  second_run->start();
  EXPECT_TRUE(second_run->load_names(false));
}

TEST_F(LayaClientTest, DoesNotAskAgainAndAgainForNamesThatTheOriginDoesNotHave) {
  publish(v1_);
  transport_.fail(kBase + "update/allfiles.txt", errc::not_found);
  auto laya = client();
  laya->start();
  ASSERT_TRUE(laya->refresh(0ms));
  EXPECT_EQ(laya->load_names(true).error(), errc::unsupported);
  EXPECT_EQ(laya->load_names(true).error(), errc::unsupported);
  EXPECT_EQ(requests_for("allfiles"), 1u);
}

TEST_F(LayaClientTest, RefusesNamesOfAnotherTable) {
  publish(v1_);
  transport_.set(kBase + "update/allfiles.txt", v2_.names());
  auto laya = client();
  laya->start();
  ASSERT_TRUE(laya->refresh(0ms));
  EXPECT_EQ(laya->load_names(true).error(), errc::unsupported);
}

TEST_F(LayaClientTest, SurvivesACorruptState) {
  publish(v1_);
  {
    auto laya = client();
    laya->start();
    ASSERT_TRUE(laya->refresh(0ms));
  }
  for (const auto& file : std::filesystem::directory_iterator(scratch_ / "state"))
    test::write_file(file.path(), "garbage");
  auto laya = client();
  EXPECT_EQ(laya->start(), nullptr);
  const auto release = laya->refresh(0ms);
  ASSERT_TRUE(release && *release);
  EXPECT_EQ((*release)->id(), v1_.id());
}

}  // namespace
}  // namespace larder::compat
