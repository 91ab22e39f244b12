// The loopback origin server, asked by the transport and, byte by byte, by hand.
#include "origin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"
#include "support/temp_directory.h"
#include "support/test_certificates.h"

namespace larder::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Origin : public ::testing::Test {
 protected:
  Origin() : root(directory / "root") {
    std::filesystem::create_directories(root);
    write("hello.txt", "hello, world");
    std::ofstream(directory / "secret") << "secret";
  }
  void write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = std::filesystem::path(root) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  tool::OriginServer& server() {
    if (!server_) {
      options.root = root;
      server_ = std::make_unique<tool::OriginServer>(options);
      server_->start();
    }
    return *server_;
  }
  /// Sends `request` as it is; all that comes back until the server closes.
  std::string talk(const std::string& request) {
    namespace asio = boost::asio;
    asio::io_context io;
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), server().port()});
    std::string reply;
    boost::system::error_code end;
    asio::write(socket, asio::buffer(request), end);  // the server may have had enough before
    asio::read(socket, asio::dynamic_buffer(reply), end);
    return reply;
  }
  std::string get(const std::string& target, const std::string& headers = {},
                  const std::string& method = "GET") {
    return talk(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers +
                "\r\n");
  }
  static std::string header(const std::string& reply, const std::string& name) {
    const std::size_t at = reply.find("\r\n" + name + ": ");
    if (at == reply.npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return reply.substr(begin, reply.find("\r\n", begin) - begin);
  }

  TempDirectory directory;
  std::string root;
  tool::OriginServerOptions options;

 private:
  std::unique_ptr<tool::OriginServer> server_;
};

TEST_F(Origin, ServesAFileWithWhatCachesNeed) {
  const std::string reply = get("/hello.txt?v=1");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(reply, EndsWith("\r\n\r\nhello, world"));
  EXPECT_EQ(header(reply, "Content-Length"), "12");
  EXPECT_EQ(header(reply, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(header(reply, "Accept-Ranges"), "bytes");
  EXPECT_THAT(header(reply, "ETag"), StartsWith("\""));
  EXPECT_THAT(header(reply, "Last-Modified"), EndsWith(" GMT"));
}

TEST_F(Origin, AnswersHeadWithoutABody) {
  const std::string reply = get("/hello.txt", {}, "HEAD");
  EXPECT_EQ(header(reply, "Content-Length"), "12");
  EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
}

TEST_F(Origin, KnowsContentTypes) {
  for (const auto& [name, type] : {std::pair{"a.png", "image/png"},
                                   {"a.json", "application/json"},
                                   {"a.unknown", "application/octet-stream"},
                                   {"noextension", "application/octet-stream"}}) {
    write(name, "x");
    EXPECT_EQ(header(get("/" + std::string(name)), "Content-Type"), type);
  }
}

TEST_F(Origin, TellsCachesWhatMayChange) {
  write("update/assetsid.txt", "1");
  write("objects/0123456789abcdef0123456789abcdef.zst", "x");
  EXPECT_EQ(header(get("/update/assetsid.txt"), "Cache-Control"), "no-cache");
  EXPECT_THAT(header(get("/hello.txt"), "Cache-Control"), HasSubstr("max-age=60"));
  EXPECT_THAT(header(get("/objects/0123456789abcdef0123456789abcdef.zst"), "Cache-Control"),
              HasSubstr("immutable"));
}

TEST_F(Origin, AnswersConditions) {
  const std::string first = get("/hello.txt");
  const std::string etag = header(first, "ETag");
  const std::string modified = header(first, "Last-Modified");
  for (const std::string& condition :
       {"If-None-Match: " + etag, "If-None-Match: \"x\", W/" + etag,
        std::string("If-None-Match: *"), "If-Modified-Since: " + modified,
        std::string("If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT")}) {
    const std::string reply = get("/hello.txt", condition + "\r\n");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 304 ")) << condition;
    EXPECT_EQ(header(reply, "ETag"), etag);
    EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
  }
  for (const std::string& condition :
       {std::string("If-None-Match: \"x\""), std::string("If-Modified-Since: garbage"),
        std::string("If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"),
        "If-None-Match: \"x\"\r\nIf-Modified-Since: " + modified})
    EXPECT_THAT(get("/hello.txt", condition + "\r\n"), StartsWith("HTTP/1.1 200 ")) << condition;
}

TEST_F(Origin, ServesSingleRanges) {
  const std::tuple<const char*, const char*, const char*> parts[] = {
      {"bytes=0-4", "bytes 0-4/12", "hello"},   {"bytes=7-", "bytes 7-11/12", "world"},
      {"bytes=-5", "bytes 7-11/12", "world"},   {"bytes=11-11", "bytes 11-11/12", "d"},
      {"bytes=7-99", "bytes 7-11/12", "world"}, {"bytes=-99", "bytes 0-11/12", "hello, world"},
  };
  for (const auto& [range, content_range, body] : parts) {
    const std::string reply = get("/hello.txt", "Range: " + std::string(range) + "\r\n");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 206 ")) << range;
    EXPECT_EQ(header(reply, "Content-Range"), content_range);
    EXPECT_EQ(header(reply, "Content-Length"), std::to_string(std::string_view(body).size()));
    EXPECT_THAT(reply, EndsWith("\r\n\r\n" + std::string(body)));
  }
  for (const char* range : {"bytes=12-", "bytes=99-100", "bytes=-0"}) {
    const std::string reply = get("/hello.txt", "Range: " + std::string(range) + "\r\n");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 416 ")) << range;
    EXPECT_EQ(header(reply, "Content-Range"), "bytes */12");
  }
  for (const char* range : {"bytes=0-1,3-4", "bytes=5-1", "bytes=x-", "bytes=", "lines=1-2",
                            "bytes=99999999999999999999-"})
    EXPECT_THAT(get("/hello.txt", "Range: " + std::string(range) + "\r\n"),
                StartsWith("HTTP/1.1 200 "))
        << range;
}

TEST_F(Origin, ServesARangeOnlyOfTheVersionThatWasMeant) {
  const std::string etag = header(get("/hello.txt"), "ETag");
  EXPECT_THAT(get("/hello.txt", "Range: bytes=0-0\r\nIf-Range: " + etag + "\r\n"),
              StartsWith("HTTP/1.1 206 "));
  EXPECT_THAT(get("/hello.txt", "Range: bytes=0-0\r\nIf-Range: \"old\"\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(Origin, ServesEmptyFiles) {
  write("empty", "");
  EXPECT_EQ(header(get("/empty"), "Content-Length"), "0");
  EXPECT_THAT(get("/empty", "Range: bytes=0-\r\n"), StartsWith("HTTP/1.1 416 "));
}

TEST_F(Origin, StaysBelowItsRoot) {
  std::filesystem::create_directories(std::filesystem::path(root) / "dir");
  for (const char* target :
       {"/../secret", "/dir/../../secret", "/%2e%2e/secret", "/..%2fsecret",
        "/dir/%2E%2E/%2e./secret", "//../secret", "/hello.txt%00.png", "/hello.txt/", "/dir",
        "/dir/", "/", "/absent", "/.%2e/secret", "/hello.txt/../../secret"}) {
    const std::string reply = get(target);
    EXPECT_THAT(reply, ::testing::AnyOf(StartsWith("HTTP/1.1 400 "), StartsWith("HTTP/1.1 404 ")))
        << target;
    EXPECT_THAT(reply, Not(HasSubstr("secret"))) << target;
  }
}

TEST_F(Origin, ServesNamesThatNeedEscapes) {
  write("a b/100%.txt", "odd");
  write("\xe4\xb8\xad.txt", "wide");
  EXPECT_THAT(get("/a%20b/100%25.txt"), EndsWith("\r\n\r\nodd"));
  EXPECT_THAT(get("/%E4%B8%AD.txt"), EndsWith("\r\n\r\nwide"));
}

TEST_F(Origin, RefusesOtherMethodsAndGarbage) {
  EXPECT_THAT(get("/hello.txt", {}, "DELETE"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(get("/hello.txt", "Content-Length: 1\r\n", "POST"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(talk("garbage\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(talk("GET /" + std::string(100000, 'x') + " HTTP/1.1\r\n\r\n"),
              ::testing::AnyOf(StartsWith("HTTP/1.1 400 "), ""));
  EXPECT_THAT(get("/hello.txt"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(Origin, ServesAThousandRequestsOnOneConnection) {
  std::string requests;
  for (int i = 0; i < 999; ++i)
    requests += "GET /hello.txt?" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  requests += "GET /hello.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string replies = talk(requests);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = replies.find("hello, world", at)) != replies.npos; ++at) ++count;
  EXPECT_EQ(count, 1000u);
  EXPECT_EQ(server().counters().requests, 1000u);
}

TEST_F(Origin, CountsAndReportsRequests) {
  std::mutex mutex;
  std::vector<std::string> seen;
  options.on_request = [&](const tool::ServedRequest& request) {
    std::lock_guard lock(mutex);
    seen.push_back(request.method + " " + request.target + " " + std::to_string(request.status) +
                   " " + std::to_string(request.bytes));
  };
  get("/hello.txt?x");
  get("/hello.txt", {}, "HEAD");
  get("/absent");
  EXPECT_THAT(seen, ::testing::ElementsAre("GET /hello.txt?x 200 12", "HEAD /hello.txt 200 0",
                                           "GET /absent 404 0"));
  const auto counters = server().counters();
  EXPECT_EQ(counters.requests, 3u);
  EXPECT_EQ(counters.bytes, 12u);
  EXPECT_EQ(counters.requests_by_path.at("/hello.txt"), 2u);
  EXPECT_EQ(counters.requests_by_path.at("/absent"), 1u);
}

TEST_F(Origin, ServesTheTransportFromSeveralThreads) {
  options.threads = 3;
  const std::string large(3'000'000, 'z');
  write("large", large);
  Client client({}, 2);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 100; ++i)
    running.push_back(client.start(
        Client::request_for(server().url() + (i % 10 ? "hello.txt" : "large"), large.size())));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(running[static_cast<std::size_t>(i)].get().body, i % 10 ? "hello, world" : large);
}

TEST_F(Origin, SpeaksTls) {
  TestCertificates certificates;
  const CertificateFiles files = certificates.issue();
  options.tls_cert_file = files.certificate;
  options.tls_key_file = files.key;
  net::HttpOptions http;
  http.ca_file = certificates.ca_file();
  Client client(http);
  EXPECT_THAT(server().url(), StartsWith("https://127.0.0.1:"));
  EXPECT_EQ(client.get(server().url() + "hello.txt").body, "hello, world");
}

TEST_F(Origin, SaysWhyItCannotStart) {
  const auto problem = [](const tool::OriginServerOptions& wrong) -> std::string {
    tool::OriginServer other(wrong);
    try {
      other.start();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  };
  tool::OriginServerOptions wrong;
  wrong.port = server().port();
  EXPECT_THAT(problem(wrong),
              HasSubstr("cannot listen on 127.0.0.1:" + std::to_string(wrong.port)));
  wrong = {};
  wrong.address = "localhost";
  EXPECT_THAT(problem(wrong), HasSubstr("not an IP address"));
  wrong = {};
  wrong.tls_cert_file = directory / "absent.pem";
  EXPECT_THAT(problem(wrong), HasSubstr("together"));
  wrong.tls_key_file = wrong.tls_cert_file;
  EXPECT_THAT(problem(wrong), HasSubstr("absent.pem"));
}

TEST_F(Origin, StopsWhileClientsWait) {
  options.latency = std::chrono::hours(1);
  Client client;
  auto waiting = client.start(Client::request_for(server().url() + "hello.txt"));
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server().counters().requests == 1; }));
  server().stop();
  server().stop();
  EXPECT_EQ(waiting.get().error, errc::unreachable);
}

}  // namespace
}  // namespace larder::test
