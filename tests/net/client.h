// Client: a transport with its I/O threads, and sinks that note what they are given.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/sink.h"
#include "net/http_options.h"
#include "net/make_transport.h"
#include "net/transport.h"

namespace larder::test {

class NotingSink : public Sink {
 public:
  std::error_code expect(std::optional<std::uint64_t> size) noexcept override {
    ++expect_calls;
    expected = size;
    wrote_before_expect = !body.empty();
    return expect_error;
  }
  std::error_code write(std::span<const std::byte> bytes) noexcept override {
    ++writes;
    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return write_error;
  }

  std::string body;
  int expect_calls = 0;
  int writes = 0;
  bool wrote_before_expect = false;
  std::optional<std::uint64_t> expected;
  std::error_code expect_error;
  std::error_code write_error;
};

struct Outcome {
  std::error_code error;
  net::Response response;
  std::string body;
};

class Client {
 public:
  explicit Client(net::HttpOptions options = {}, unsigned threads = 1)
      : guard_(io_.get_executor()) {
    std::string why;
    auto transport = net::make_transport(io_, std::move(options), &why);
    if (transport) transport_ = *std::move(transport);
    problem = why;
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    destroy_transport();
    io_.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  net::Transport& transport() { return *transport_; }
  bool has_transport() const { return transport_ != nullptr; }
  void destroy_transport() { transport_.reset(); }
  boost::asio::io_context& io() { return io_; }

  std::future<Outcome> start(net::Request request,
                             std::shared_ptr<NotingSink> sink = std::make_shared<NotingSink>()) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    auto future = promise->get_future();
    transport_->get(std::move(request), sink,
                    [promise, sink](std::error_code error, net::Response response) {
                      promise->set_value({error, std::move(response), sink ? sink->body : ""});
                    });
    return future;
  }
  Outcome get(net::Request request,
              std::shared_ptr<NotingSink> sink = std::make_shared<NotingSink>()) {
    return start(std::move(request), std::move(sink)).get();
  }
  Outcome get(const std::string& url) { return get(request_for(url)); }

  static net::Request request_for(const std::string& url, std::uint64_t max_bytes = 1u << 20) {
    net::Request request;
    request.url = url;
    request.max_bytes = max_bytes;
    return request;
  }

  std::string problem;  ///< why there is no transport

 private:
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::unique_ptr<net::Transport> transport_;
  std::vector<std::thread> threads_;
};

}  // namespace larder::test
