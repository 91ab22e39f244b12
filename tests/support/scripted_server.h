// ScriptedServer: an HTTP server on loopback that does what a test tells it, byte by byte.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::test {

/// Something that a reply waits for and the test lets happen. Copies are the same gate.
class Gate {
 public:
  void open() { *open_ = true; }
  [[nodiscard]] bool is_open() const { return *open_; }

 private:
  std::shared_ptr<std::atomic<bool>> open_ = std::make_shared<std::atomic<bool>>(false);
};

/// What the server does in answer to one request, step by step. After the last step it waits for
/// the next request on the connection.
class Reply {
 public:
  Reply() = default;
  explicit Reply(std::string bytes) { send(std::move(bytes)); }

  Reply& send(std::string bytes);
  /// One piece of so many bytes after the other, with a pause between them.
  Reply& drip(std::string bytes, std::size_t piece = 1, std::chrono::milliseconds pause = {});
  Reply& wait_for(Gate gate);
  /// Waits until the next request has arrived on the connection as well.
  Reply& wait_for_next();
  /// Lets the test know that it has come this far.
  Reply& tell(Gate gate);
  /// Becomes a wire between the client and that port of 127.0.0.1, until one of them leaves.
  Reply& relay_to(std::uint16_t port);
  /// Says nothing more until the client leaves.
  Reply& stall();
  /// Ends the connection in order.
  Reply& close();
  /// Ends the connection with a TCP reset.
  Reply& reset();

  struct Step {
    enum class Kind { send, drip, wait, next, tell, relay, stall, close, reset } kind;
    std::string bytes;
    std::size_t piece = 0;
    std::chrono::milliseconds pause{};
    Gate gate;
    std::uint16_t port = 0;
  };
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }

 private:
  std::vector<Step> steps_;
};

/// An answer with Content-Length. `headers`: whole lines without their ends.
Reply answer(int status, std::string_view body = {}, const std::vector<std::string>& headers = {});
/// A 200 answer in chunks, one for each piece.
Reply chunked_answer(const std::vector<std::string>& pieces);
Reply redirect_to(std::string_view location, int status = 302);

struct SeenRequest {
  std::string raw;             ///< the whole head, with the empty line
  std::string target;          ///< path and query
  std::size_t connection = 0;  ///< 0 for the first that was accepted
  std::size_t number = 0;      ///< 0 for the first request of the server
  bool early = false;          ///< it came before the answer to the one before it was sent

  /// The value of a header; empty if absent.
  [[nodiscard]] std::string header(std::string_view name) const;
};

struct ScriptedServerOptions {
  std::string tls_cert_file;  ///< PEM; with the key, the server speaks TLS
  std::string tls_key_file;
  Reply on_accept;  ///< done before anything is read, also before a TLS handshake
};

/// Threads: one of its own; all members from any thread.
class ScriptedServer {
 public:
  /// Called on the server's thread, one request at a time.
  using Handler = std::function<Reply(const SeenRequest&)>;

  explicit ScriptedServer(Handler handler, ScriptedServerOptions options = {});
  /// The n-th request gets the n-th reply; later ones get status 500.
  explicit ScriptedServer(std::vector<Reply> script, ScriptedServerOptions options = {});
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  /// Ends all connections.
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const;
  /// "http://127.0.0.1:<port><target>", or https and the host given.
  [[nodiscard]] std::string url(std::string_view target = "/",
                                std::string_view host = "127.0.0.1") const;

  /// All requests so far, in order.
  [[nodiscard]] std::vector<SeenRequest> requests() const;
  /// Connections accepted so far.
  [[nodiscard]] std::size_t connections() const;
  /// Connections that are open now, and the most that ever were at the same time.
  [[nodiscard]] std::size_t open_connections() const;
  [[nodiscard]] std::size_t most_open_connections() const;
  /// Waits until `condition` holds, for at most ten seconds. False: it never did.
  static bool eventually(const std::function<bool()>& condition);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::test
