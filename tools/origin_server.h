// OriginServer: a directory served over HTTP or HTTPS on loopback, for development, the demo and
// tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace larder::tool {

/// One request and what came of it.
struct ServedRequest {
  std::string method;
  std::string target;       ///< as sent, with its query
  unsigned status = 0;      ///< of the answer
  std::uint64_t bytes = 0;  ///< of the answer's body
};

struct OriginServerOptions {
  std::string root;  ///< the directory; need not exist yet
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;     ///< 0: any that is free
  std::string tls_cert_file;  ///< PEM, the whole chain; with a key, the server speaks HTTPS
  std::string tls_key_file;   ///< PEM
  unsigned threads = 1;
  std::chrono::milliseconds latency{0};  ///< added before each answer
  /// Called for each request before its answer is sent, on a thread of the server: with several
  /// threads, at the same time. Must not throw.
  std::function<void(const ServedRequest&)> on_request;
};

/// Since start(). Requests that were not valid HTTP are not counted.
struct OriginServerCounters {
  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;                                ///< of bodies
  std::map<std::string, std::uint64_t> requests_by_path;  ///< decoded path, without the query
};

/// GET and HEAD of regular files below the root, at the paths where they are: keep-alive, ETag,
/// Last-Modified, conditional requests and single ranges. Queries are ignored, directories are not
/// listed, nothing above the root can be reached.
/// Threads: all members from any thread, but start() and stop() one at a time.
class OriginServer {
 public:
  explicit OriginServer(OriginServerOptions options);
  OriginServer(const OriginServer&) = delete;
  OriginServer& operator=(const OriginServer&) = delete;
  ~OriginServer();

  /// Once. When it returns, the server listens. Throws std::runtime_error with a sentence that says
  /// what cannot be used (address, certificate, key) and why.
  void start();
  /// Closes all connections and waits for the server's threads. Idempotent.
  void stop() noexcept;

  /// "http://127.0.0.1:34567/", after start() or, with a fixed port, before.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] OriginServerCounters counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::tool
