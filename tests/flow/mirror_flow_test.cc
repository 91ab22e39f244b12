// Several places with the same content, and downloads that break off, over real sockets.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "flow/game.h"

namespace larder {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::Game;
using test::LayaTree;
using test::Reply;
using test::SeenRequest;

class MirrorFlow : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 30; ++i) tree_.files[path_of(i)] = "content " + std::to_string(i);
    tree_.files["big.bin"] = big_;
    first_.publish(tree_);
    second_.publish(tree_);
  }
  static std::string path_of(int number) { return "f/" + std::to_string(number); }
  Options app() {
    Options options = first_.app();
    options.mirrors = {second_.url()};
    options.on_event = [this](const Event& event) {
      std::lock_guard lock(mutex_);
      ++events_[event.kind];
    };
    return options;
  }
  int count(EventKind kind) {
    std::lock_guard lock(mutex_);
    return events_[kind];
  }
  /// The part of `big_` from `begin` to `end`, as an answer.
  static std::string head(std::size_t begin, std::size_t end, const std::string& etag) {
    std::string text = begin == 0 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 206 Part\r\n";
    if (begin > 0)
      text += "Content-Range: bytes " + std::to_string(begin) + "-" + std::to_string(kBig - 1) +
              "/" + std::to_string(kBig) + "\r\n";
    return text + "ETag: " + etag + "\r\nContent-Length: " + std::to_string(end - begin) +
           "\r\n\r\n";
  }

  static constexpr std::size_t kBig = 3u << 20;
  const std::string big_ = [] {
    std::string text(kBig, '\0');
    for (std::size_t i = 0; i < kBig; ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
    return text;
  }();
  LayaTree tree_;
  Game first_, second_;
  std::mutex mutex_;
  std::map<EventKind, int> events_;
};

TEST_F(MirrorFlow, ReadsEverythingWhenTheOriginIsDown) {
  first_.stop_server();
  Vfs vfs = Game::open(app());
  for (const auto& [path, content] : tree_.files) {
    const auto blob = vfs.read(path);
    ASSERT_TRUE(blob) << path << blob.error().message();
    EXPECT_TRUE(blob->text() == content);
  }
  EXPECT_TRUE(vfs.refresh());
  const auto hosts = vfs.hosts();
  ASSERT_EQ(hosts.size(), 2u);
  for (const HostActivity& host : hosts) {
    const bool is_dead = host.host + "/" == first_.url();
    EXPECT_EQ(host.failures > 0, is_dead) << host.host;
    EXPECT_EQ(host.bytes > kBig, !is_dead) << host.host;
  }
}

TEST_F(MirrorFlow, FailsOverWithinADownload) {
  Vfs vfs = Game::open(app());
  first_.stop_server();
  EXPECT_TRUE(vfs.read(path_of(1)));
  EXPECT_EQ(count(EventKind::started), 1);
  EXPECT_EQ(count(EventKind::retried), 1);
  EXPECT_EQ(count(EventKind::failed_over), 1);
  EXPECT_EQ(count(EventKind::verified), 1);
  EXPECT_EQ(count(EventKind::stored), 1);
  EXPECT_EQ(count(EventKind::failed), 0);
}

TEST_F(MirrorFlow, TakesRightBytesFromWhereverTheyAre) {
  test::write_file(first_.root() / path_of(1), "c0ntent 1");
  std::filesystem::remove(first_.root() / path_of(2));
  first_.follow([](const std::string& path) -> std::optional<Reply> {
    if (path == path_of(3)) return answer(403, "no");
    if (path == path_of(4)) return answer(200, "<html>please log in</html>");
    if (path == path_of(5)) return answer(200, "x", {"Content-Encoding: gzip"});
    return std::nullopt;
  });
  Vfs vfs = Game::open(app());
  for (int i = 1; i <= 5; ++i) {
    const auto blob = vfs.read(path_of(i));
    ASSERT_TRUE(blob) << i << " " << blob.error().message();
    EXPECT_EQ(blob->text(), tree_.files.at(path_of(i)));
  }
}

TEST_F(MirrorFlow, IsDamagedWhenAllAre) {
  for (Game* game : {&first_, &second_}) test::write_file(game->root() / path_of(1), "c0ntent 1");
  Vfs vfs = Game::open(app());
  first_.fetched();
  EXPECT_EQ(vfs.read(path_of(1)).error(), errc::damaged);
  EXPECT_EQ(first_.fetched().size(), 2u);
  EXPECT_EQ(second_.fetched().size(), 2u);
  EXPECT_EQ(count(EventKind::damaged), 4);
  EXPECT_EQ(count(EventKind::failed), 1);
}

TEST_F(MirrorFlow, ReturnsToAnOriginThatComesBack) {
  first_.follow([](const std::string&) { return answer(503); });
  Vfs vfs = Game::open(app());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(vfs.read(path_of(i)));
  first_.follow({});
  first_.fetched();
  int number = 10;
  const bool returned = test::ScriptedServer::eventually([&] {
    // Whatever is asked for, until the origin's rest is over and it is looked after.
    const std::string path = path_of(number++ % 30);
    EXPECT_TRUE(vfs.evict(path));
    EXPECT_TRUE(vfs.read(path));
    return !first_.fetched().empty();
  });
  EXPECT_TRUE(returned);
}

TEST_F(MirrorFlow, NeedsAnOriginToBeAMirrorOf) {
  Options options = app();
  options.origin.clear();
  options.bundles = {first_.bundle(tree_, {})};
  EXPECT_EQ(Vfs::open(options).error(), errc::invalid_argument);
  options = app();
  options.mirrors = {"gopher://x/"};
  EXPECT_EQ(Vfs::open(options).error(), errc::invalid_argument);
}

TEST_F(MirrorFlow, ContinuesWhereADownloadBrokeOff) {
  std::vector<std::string> ranges;
  first_.follow_requests([&](const SeenRequest& request) -> std::optional<Reply> {
    if (!request.target.starts_with("/big.bin")) return std::nullopt;
    ranges.push_back(request.header("Range"));
    const std::size_t begin = ranges.size() == 1 ? 0 : std::stoul(ranges.back().substr(6));
    const std::size_t end = std::min(begin + (1u << 20), kBig);
    return Reply(head(begin, kBig, "\"v1\"") + big_.substr(begin, end - begin)).close();
  });
  Options options = first_.app();
  Vfs vfs = Game::open(options);
  ReadReport report;
  const auto blob = vfs.read("big.bin", {.report = &report});
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_TRUE(blob->text() == big_);
  EXPECT_EQ(report.wire_bytes, kBig) << "nothing came twice";
  EXPECT_EQ(ranges, (std::vector<std::string>{"", "bytes=1048576-", "bytes=2097152-"}));
}

TEST_F(MirrorFlow, ContinuesAtAMirrorWithTheSameVersion) {
  const auto serve = [this](const std::string& etag, std::size_t most) {
    return [this, etag, most](const SeenRequest& request) -> std::optional<Reply> {
      if (!request.target.starts_with("/big.bin")) return std::nullopt;
      const std::string range = request.header("Range");
      const bool part = !range.empty() && request.header("If-Range") == etag;
      const std::size_t begin = part ? std::stoul(range.substr(6)) : 0;
      const std::size_t end = std::min(begin + most, kBig);
      return Reply(head(begin, kBig, etag) + big_.substr(begin, end - begin)).close();
    };
  };
  for (const bool same : {true, false}) {
    first_.follow_requests(serve("\"v1\"", 1u << 20));
    second_.follow_requests(serve(same ? "\"v1\"" : "\"other\"", kBig));
    Options options = app();
    options.store = first_.scratch() / (same ? "same" : "other");
    Vfs vfs = Game::open(options);
    ReadReport report;
    const auto blob = vfs.read("big.bin", {.report = &report});
    ASSERT_TRUE(blob) << blob.error().message();
    EXPECT_TRUE(blob->text() == big_);
    EXPECT_EQ(report.wire_bytes, same ? kBig : kBig + (1u << 20));
  }
}

TEST_F(MirrorFlow, BeginsAfreshWhenTheContentChangesInTheMiddle) {
  int number = 0;
  first_.follow_requests([&](const SeenRequest& request) -> std::optional<Reply> {
    if (!request.target.starts_with("/big.bin")) return std::nullopt;
    switch (number++) {
      case 0:  // the past
        return Reply(head(0, kBig, "\"v0\"") + std::string(1u << 20, '!')).close();
      case 1:  // an edge that does not look at If-Range
        return Reply(head(1u << 20, kBig, "\"v1\"") + big_.substr(1u << 20));
      default: return answer(200, big_, {"ETag: \"v1\""});
    }
  });
  Vfs vfs = Game::open(first_.app());
  const auto blob = vfs.read("big.bin");
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_TRUE(blob->text() == big_);
}

}  // namespace
}  // namespace larder
