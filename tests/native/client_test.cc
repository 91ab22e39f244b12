#include "native/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "filetable/origin_names.h"
#include "filetable/page_writer.h"
#include "net/sites.h"
#include "support/fake_clock.h"
#include "support/scripted_transport.h"
#include "support/temp_directory.h"

namespace larder::native {
namespace {

constexpr char kBase[] = "http://origin/";

trust::Time at(std::string_view text) {
  return trust::parse_time(text).value();
}

class NativeClient : public ::testing::Test {
 protected:
  /// Puts a release of one file onto the origin. Times in days around `now_`.
  void publish(std::uint64_t version, const std::string& content, int published_days,
               int expires_days) {
    trust::Head head;
    head.channel = "stable";
    head.version = version;
    head.published = now_ + std::chrono::days(published_days);
    head.expires = now_ + std::chrono::days(expires_days);
    filetable::FileEntry entry;
    entry.digest = digest::sha256(std::as_bytes(std::span(content)));
    entry.size_bytes = entry.encoded_bytes = content.size();
    const filetable::NamedEntry named{"file", entry};
    const auto root = filetable::write_tree(
        std::span(&named, 1),
        [&](const filetable::PageReference& page, std::string_view bytes) -> Result<void> {
          serve(kBase + filetable::object_path(page.digest, Encoding::identity),
                std::string(bytes));
          return {};
        });
    head.table = {root->digest, root->bytes, root->entries};
    sign(head);
  }
  void sign(const trust::Head& head) {
    trust::Envelope envelope{head.serialise(), {}};
    envelope.sign(key_);
    serve_head(envelope.serialise());
  }
  void serve_head(const std::string& document) {
    serve(kBase + filetable::head_path("stable"), document, "\"" + std::to_string(++etags_) + "\"");
  }
  void serve(const std::string& url, const std::string& body, const std::string& etag = {}) {
    served_[url] = body;
    transport_.set(url, body, etag);
  }

  std::unique_ptr<Client> open() {
    ClientOptions options;
    options.base_url = kBase;
    options.mirrors = mirrors_;
    options.sites = &sites_;
    options.trust.keys = {trust::to_text(key_.public_key())};
    options.state_directory = folder_.path();
    options.now = [this] { return now_; };
    options.fetch = [](const auto&, const Entry&, auto) { return Result<Blob>(errc::not_found); };
    options.fetch_pages = [this](const std::shared_ptr<const Release>& release,
                                 std::span<const Entry> pages, auto) -> Result<void> {
      for (const Entry& page : pages) {
        net::Request request;
        request.url = release->origin()->url_of(page);
        request.max_bytes = *page.size;
        const auto [error, document] = net::get_document(transport_, std::move(request));
        if (error) return error;
        const auto bytes = std::as_bytes(std::span(document.body));
        release->keep(page, make_heap_blob({bytes.begin(), bytes.end()}, Source::origin));
      }
      return {};
    };
    auto client = Client::create(std::move(options), transport_);
    EXPECT_TRUE(client);
    return std::move(*client);
  }
  /// Opens a client that has version 1, published today, in use.
  std::unique_ptr<Client> open_with_version_1() {
    publish(1, "one", 0, 30);
    auto client = open();
    EXPECT_EQ(client->start(), nullptr);
    const auto release = client->refresh({});
    EXPECT_TRUE(release && *release);
    return client;
  }

  trust::Time now_ = at("2026-06-01T00:00:00Z");
  const trust::PrivateKey key_ = trust::PrivateKey::generate();
  std::vector<std::string> mirrors_;
  test::FakeClock clock_;
  net::Sites sites_{clock_};
  test::ScriptedTransport transport_;
  std::map<std::string, std::string> served_;  ///< by URL below kBase
  test::TempDirectory folder_;
  int etags_ = 0;
};

TEST_F(NativeClient, AsksAnotherMirrorWhereTheHeadIsGoneBrokenOrOfThePast) {
  mirrors_ = {"http://mirror.example/"};
  const std::string head = filetable::head_path("stable");
  const auto copy_to_mirror = [&] {
    for (const auto& [url, body] : served_)
      transport_.set(mirrors_[0] + url.substr(std::string(kBase).size()), body);
  };
  publish(1, "one", 0, 30);
  const std::string first = served_[kBase + head];
  copy_to_mirror();
  auto client = open();
  transport_.fail(kBase + head, errc::not_found);
  ASSERT_TRUE(*client->refresh({}));
  publish(2, "two", 1, 31);
  copy_to_mirror();
  transport_.set(kBase + head, "broken");
  ASSERT_TRUE(*client->refresh({}));
  EXPECT_EQ(client->info().version, 2u);
  transport_.set(kBase + head, first);
  const auto same = client->refresh({});
  ASSERT_TRUE(same) << same.error().message();
  EXPECT_EQ(client->info().version, 2u);
  transport_.set(mirrors_[0] + head, first);
  EXPECT_EQ(client->refresh({}).error(), errc::rolled_back) << "all of them";
}

TEST_F(NativeClient, AsksTheMirrorFirstThatDoesNotFail) {
  mirrors_ = {"http://mirror.example/"};
  auto client = open();
  for (int i = 0; i < 3; ++i) sites_.report(net::site_of(kBase), {.error = errc::unreachable});
  transport_.fail(mirrors_[0] + filetable::head_path("stable"), errc::unreachable);
  EXPECT_FALSE(client->refresh({}));
  const auto requests = transport_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].starts_with(mirrors_[0])) << requests[0];
  EXPECT_TRUE(requests[1].starts_with(kBase)) << requests[1];
}

TEST_F(NativeClient, AClockFarAheadTakesNothingAway) {
  open_with_version_1();
  now_ += std::chrono::days(10'000);
  auto client = open();
  const auto release = client->start();
  ASSERT_TRUE(release);
  EXPECT_TRUE(client->info().stale);
  // Nothing has changed at the origin.
  const auto same = client->refresh({});
  ASSERT_TRUE(same) << same.error().message();
  EXPECT_EQ(*same, nullptr);
  EXPECT_EQ(client->info().version, 1u);
  // Something new is refused as long as the clock is wrong.
  now_ -= std::chrono::days(10'000);
  publish(2, "two", 1, 31);
  now_ += std::chrono::days(10'000);
  EXPECT_EQ(client->refresh({}).error(), errc::expired);
  EXPECT_EQ(client->info().version, 1u);
  now_ -= std::chrono::days(10'000);
  const auto newer = client->refresh({});
  ASSERT_TRUE(newer && *newer);
  EXPECT_EQ(client->info().version, 2u);
  EXPECT_FALSE(client->info().stale);
}

TEST_F(NativeClient, AClockFarBehindTakesUpdatesAndNoExpiredOnes) {
  open_with_version_1();
  const trust::Time right = now_;
  publish(2, "two", 10, 40);
  now_ = at("1970-01-02T00:00:00Z");
  auto client = open();
  ASSERT_TRUE(client->start());
  const auto newer = client->refresh({});
  ASSERT_TRUE(newer) << newer.error().message();
  EXPECT_NE(*newer, nullptr);
  EXPECT_FALSE(client->info().stale);
  // A head that expired before version 2 was published, as that one proves, whatever the clock
  // says.
  now_ = right;
  publish(3, "three", -20, -10);
  now_ = at("1970-01-02T00:00:00Z");
  EXPECT_EQ(client->refresh({}).error(), errc::expired);
  EXPECT_EQ(client->info().version, 2u);
}

TEST_F(NativeClient, IsOneConditionalRequestWhenNothingChanged) {
  auto client = open_with_version_1();
  transport_.forget_requests();
  ASSERT_TRUE(client->refresh({}));
  EXPECT_EQ(transport_.requests().size(), 1u);
  // Also for the next run of the program.
  client = open();
  ASSERT_TRUE(client->start());
  transport_.forget_requests();
  const std::uint64_t before = client->table_bytes();
  ASSERT_TRUE(client->refresh({}));
  EXPECT_EQ(transport_.requests().size(), 1u);
  EXPECT_EQ(client->table_bytes(), before);
}

TEST_F(NativeClient, RefusesAHeadThatIsTooLong) {
  auto client = open_with_version_1();
  serve_head(std::string(kMaxHeadBytes + 1, ' '));
  EXPECT_EQ(client->refresh({}).error(), errc::too_large);
  serve_head(std::string(kMaxHeadBytes, ' '));
  EXPECT_EQ(client->refresh({}).error(), errc::bad_head);
  EXPECT_EQ(client->info().version, 1u);
}

TEST_F(NativeClient, RefusesATableWhoseRootIsNoPage) {
  trust::Head head;
  head.channel = "stable";
  head.version = 2;
  head.published = now_;
  head.table = {digest::sha256({}), std::uint64_t{1} << 32, 1};
  sign(head);
  EXPECT_EQ(open()->refresh({}).error(), errc::bad_head);
}

TEST_F(NativeClient, RefusesAHeadThatAsksForEndlesslyManyRoots) {
  trust::Head head;
  head.channel = "stable";
  head.version = 2;
  head.published = now_;
  head.table.bytes = 1;
  head.root_version = 1'000'000;
  sign(head);
  auto client = open();
  EXPECT_EQ(client->refresh({}).error(), errc::bad_head);
  EXPECT_EQ(transport_.requests().size(), 1u);
}

TEST_F(NativeClient, RemembersNothingOfARefreshThatFailed) {
  auto client = open_with_version_1();
  publish(2, "two", 0, 30);
  const auto page = filetable::object_path(
      trust::Head::parse(
          trust::Envelope::parse(
              net::get_document(transport_, {.url = kBase + filetable::head_path("stable"),
                                             .max_bytes = kMaxHeadBytes})
                  .second.body,
              nullptr)
              ->text,
          nullptr)
          ->table.digest,
      Encoding::identity);
  transport_.fail(kBase + page, errc::unreachable);
  EXPECT_EQ(client->refresh({}).error(), errc::unreachable);
  EXPECT_EQ(client->info().newest_version, 1u);
  client = open();
  ASSERT_TRUE(client->start());
  EXPECT_EQ(client->info().version, 1u);
  EXPECT_EQ(client->info().newest_version, 1u);
}

TEST_F(NativeClient, ARootThatReplacesTheHeadKeysLetsVersionsBeginAnew) {
  // Somebody stole the key and used up the version numbers.
  auto client = open_with_version_1();
  publish((std::uint64_t{1} << 53) - 1, "by a thief", 0, 30);
  ASSERT_TRUE(client->refresh({}));
  const auto fresh = trust::PrivateKey::generate();
  trust::Root root{1, {{key_.public_key()}, 1}, {{fresh.public_key()}, 1}};
  trust::Envelope envelope{root.serialise(), {}};
  envelope.sign(key_);
  transport_.set(kBase + filetable::root_path(1), envelope.serialise());
  trust::Head head;
  head.channel = "stable";
  head.version = 2;
  head.published = now_;
  head.root_version = 1;
  publish(2, "two", 0, 30);  // for its page
  const auto published = trust::Head::parse(
      trust::Envelope::parse(
          net::get_document(transport_, {.url = kBase + filetable::head_path("stable"),
                                         .max_bytes = kMaxHeadBytes})
              .second.body,
          nullptr)
          ->text,
      nullptr);
  head.table = published->table;
  envelope = {head.serialise(), {}};
  envelope.sign(fresh);
  serve_head(envelope.serialise());
  const auto refreshed = client->refresh({});
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_EQ(client->info().version, 2u);
  client = open();
  ASSERT_TRUE(client->start());
  EXPECT_EQ(client->info().version, 2u);
}

TEST_F(NativeClient, KeepsWhatItHasWhenTheOriginIsDown) {
  auto client = open_with_version_1();
  transport_.go_down(errc::unreachable);
  EXPECT_EQ(client->refresh({}).error(), errc::unreachable);
  EXPECT_EQ(client->info().version, 1u);
}

}  // namespace
}  // namespace larder::native
