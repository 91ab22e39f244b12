// Handshakes that go on with an earlier session.
#include "net/tls_sessions.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "net/client.h"
#include "support/test_certificates.h"

namespace larder::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Answers one request on each connection, one connection at a time.
class OneShotServer {
 public:
  OneShotServer(CertificateFiles files, int most_version)
      : files_(std::move(files)), most_version_(most_version) {
    make_context();
    thread_ = std::thread([this] { run(); });
  }
  ~OneShotServer() {
    ending_ = true;
    boost::system::error_code ignored;
    tcp::socket(io_).connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  [[nodiscard]] std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(acceptor_.local_endpoint().port()) + "/";
  }
  /// Handshakes that went on with a session, and all.
  [[nodiscard]] int resumed() const { return resumed_; }
  [[nodiscard]] int all() const { return all_; }
  /// From the next connection on it knows no session that it gave.
  void forget() { forgets_ = true; }
  /// As forget(), and it shows another certificate. Between requests.
  void change(const CertificateFiles& files) {
    files_ = files;
    forgets_ = true;
  }

 private:
  void make_context() {
    context_.emplace(asio::ssl::context::tls_server);
    context_->use_certificate_chain_file(files_.certificate);
    context_->use_private_key_file(files_.key, asio::ssl::context::pem);
    SSL_CTX_set_max_proto_version(context_->native_handle(), most_version_);
  }
  void run() {
    while (true) {
      boost::system::error_code ec;
      tcp::socket socket = acceptor_.accept(ec);
      if (ending_ || ec) return;
      if (forgets_.exchange(false)) make_context();
      asio::ssl::stream<tcp::socket> stream(std::move(socket), *context_);
      stream.handshake(asio::ssl::stream_base::server, ec);
      if (ec) continue;
      ++all_;
      resumed_ += SSL_session_reused(stream.native_handle());
      asio::streambuf request;
      asio::read_until(stream, request, "\r\n\r\n", ec);
      asio::write(stream,
                  asio::buffer(std::string(
                      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")),
                  ec);
      stream.shutdown(ec);
    }
  }

  CertificateFiles files_;  // of the thread, once forgets_ is set
  const int most_version_;
  std::optional<asio::ssl::context> context_;
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::atomic<int> resumed_{0};
  std::atomic<int> all_{0};
  std::atomic<bool> forgets_{false};
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

class TlsSessionsTest : public ::testing::TestWithParam<int> {
 protected:
  net::HttpOptions trusting() const {
    net::HttpOptions options;
    options.ca_file = certificates_.ca_file();
    return options;
  }
  static void expect_answers(Client& client, const std::string& url, int count) {
    for (int i = 0; i < count; ++i) {
      const Outcome outcome = client.get(url);
      EXPECT_FALSE(outcome.error) << outcome.response.detail;
      EXPECT_EQ(outcome.body, "x");
    }
  }

  TestCertificates certificates_;
  OneShotServer server_{certificates_.issue(), GetParam()};
};

TEST_P(TlsSessionsTest, AreResumedByTheSameTransportOnly) {
  Client client(trusting());
  expect_answers(client, server_.url("localhost"), 4);
  EXPECT_EQ(server_.resumed(), 3);
  Client other(trusting());
  expect_answers(other, server_.url("localhost"), 1);
  EXPECT_EQ(server_.resumed(), 3);
  EXPECT_EQ(server_.all(), 5);
}

TEST_P(TlsSessionsTest, AreOfOneHostName) {
  Client client(trusting());
  expect_answers(client, server_.url("localhost"), 1);
  expect_answers(client, server_.url("127.0.0.1"), 1);
  EXPECT_EQ(server_.resumed(), 0) << "the certificate was verified for another name";
}

TEST_P(TlsSessionsTest, AreMadeAnewWhereTheServerForgot) {
  Client client(trusting());
  expect_answers(client, server_.url("localhost"), 2);
  server_.forget();
  expect_answers(client, server_.url("localhost"), 3);
  EXPECT_EQ(server_.all(), 5);
  EXPECT_EQ(server_.resumed(), 3);
}

TEST_P(TlsSessionsTest, OfARefusedServerAreNotKept) {
  Client stranger;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(stranger.get(server_.url("localhost")).error, errc::bad_certificate);
  EXPECT_EQ(server_.resumed(), 0);
}

class PinnedSessions : public TlsSessionsTest {
 protected:
  net::HttpOptions pinning(const std::string& certificate) const {
    net::HttpOptions options = trusting();
    options.pins = {pin_of(certificate)};
    return options;
  }

  const CertificateFiles first_ = certificates_.issue();
  const CertificateFiles second_ = certificates_.issue();
};

TEST_P(PinnedSessions, AreResumed) {
  server_.change(first_);
  Client client(pinning(first_.certificate));
  expect_answers(client, server_.url("localhost"), 3);
  EXPECT_EQ(server_.resumed(), 2);
}

TEST_P(PinnedSessions, OfOtherKeysAreNotKept) {
  server_.change(second_);
  Client client(pinning(first_.certificate));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.get(server_.url("localhost")).error, errc::not_pinned);
  EXPECT_EQ(server_.resumed(), 0);
}

TEST_P(PinnedSessions, DoNotHideThatTheKeyHasChanged) {
  server_.change(first_);
  Client client(pinning(first_.certificate));
  expect_answers(client, server_.url("localhost"), 2);
  server_.change(second_);
  EXPECT_EQ(client.get(server_.url("localhost")).error, errc::not_pinned);
  EXPECT_EQ(server_.resumed(), 1);
}

INSTANTIATE_TEST_SUITE_P(Versions, PinnedSessions,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));
INSTANTIATE_TEST_SUITE_P(Versions, TlsSessionsTest,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

}  // namespace
}  // namespace larder::test
