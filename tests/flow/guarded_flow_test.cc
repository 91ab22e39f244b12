// Proxies and pinned keys, as the options of a Vfs, over real sockets.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "flow/game.h"
#include "support/test_certificates.h"

namespace larder {
namespace {

using test::answer;
using test::expect_content;
using test::Game;
using test::Reply;
using test::ScriptedServer;
using test::SeenRequest;

class GuardedFlow : public ::testing::Test {
 protected:
  void SetUp() override {
    tree_.files["a.txt"] = "alpha";
    tree_.files["b.txt"] = "beta";
    game_.publish(tree_);
  }
  /// What the origin has at that path, with a query or without.
  [[nodiscard]] Reply file(const std::string& target) const {
    const auto path = game_.root() / target.substr(1, target.find('?') - 1);
    if (!std::filesystem::is_regular_file(path)) return answer(404);
    return answer(200, test::read_file(path));
  }
  [[nodiscard]] Options app(const std::string& origin) {
    Options options = game_.app();
    options.origin = origin;
    options.attempts = 1;
    return options;
  }
  static std::string by(const ScriptedServer& proxy) {
    return "http://user:secret@127.0.0.1:" + std::to_string(proxy.port());
  }

  test::LayaTree tree_;
  Game game_;
  test::TestCertificates certificates_;
};

TEST_F(GuardedFlow, EverythingIsAskedForByWayOfTheProxy) {
  const std::string origin = "http://content.invalid/";
  ScriptedServer proxy([&](const SeenRequest& request) {
    return request.target.starts_with(origin) ? file(request.target.substr(origin.size() - 1))
                                              : answer(400);
  });
  Options options = app(origin);
  options.proxy = by(proxy);
  Vfs vfs = Game::open(options);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  const auto seen = proxy.requests();
  EXPECT_TRUE(std::any_of(seen.begin(), seen.end(), [&](const SeenRequest& request) {
    return request.target.starts_with(origin + "a.txt");
  }));
  for (const SeenRequest& request : seen)
    EXPECT_EQ(request.header("Proxy-Authorization"), "Basic dXNlcjpzZWNyZXQ=") << request.target;
}

TEST_F(GuardedFlow, AProxyThatIsNotThereIsNamedAsTheReason) {
  {
    Vfs vfs = game_.open();
    expect_content(vfs, "a.txt", "alpha", Source::origin);
  }
  Options options = app(game_.url());
  {
    ScriptedServer gone([](const SeenRequest&) { return answer(200); });
    options.proxy = by(gone);
  }
  game_.fetched();
  Vfs vfs = Game::open(options);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_EQ(vfs.read("b.txt").error(), errc::proxy_unreachable);
  EXPECT_TRUE(game_.fetched().empty()) << "nothing goes past the proxy";
  options.proxy = "https://127.0.0.1:1";
  EXPECT_EQ(Vfs::open(options).error(), errc::invalid_argument);
}

TEST_F(GuardedFlow, APinnedKeyIsWhatTheServerHasToShow) {
  const auto files = certificates_.issue();
  ScriptedServer server([&](const SeenRequest& request) { return file(request.target); },
                        {files.certificate, files.key, {}});
  // By name and by way of a proxy that sees nothing of it.
  ScriptedServer proxy([&](const SeenRequest& request) {
    const std::string whom = "localhost:" + std::to_string(server.port());
    if (!request.raw.starts_with("CONNECT " + whom + " ")) return answer(400);
    return Reply("HTTP/1.1 200 OK\r\n\r\n").relay_to(server.port());
  });
  Options options = app(server.url("/", "localhost"));
  options.tls.ca_file = certificates_.ca_file();
  options.tls.pins = {test::pin_of(files.certificate)};
  options.proxy = by(proxy);
  {
    Vfs vfs = Game::open(options);
    expect_content(vfs, "a.txt", "alpha", Source::origin);
  }
  const std::size_t asked = server.requests().size();
  options.tls.pins = {test::pin_of(certificates_.issue().certificate)};
  Vfs vfs = Game::open(options);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_EQ(vfs.read("b.txt").error(), errc::not_pinned);
  EXPECT_EQ(server.requests().size(), asked);
  options.tls.pins = {"sha256//nonsense"};
  EXPECT_EQ(Vfs::open(options).error(), errc::invalid_argument);
}

}  // namespace
}  // namespace larder
