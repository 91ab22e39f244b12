// FileTransport: a directory as an origin, by file URLs.
#pragma once

#include <cstddef>
#include <memory>

#include "net/transport.h"

namespace boost::asio {
class io_context;
}

namespace larder::net {

class ExchangeRegistry;

/// Answers as an HTTP server would: status 200, 304 (If-None-Match against an ETag made of size and
/// time of change) or 404, also for directories and whatever is no regular file. Query strings are
/// ignored. A path with a `..` segment, encoded or not, is errc::invalid_argument: it could leave
/// the origin's directory; symbolic links are followed. A file that shrinks while it is read ends
/// in errc::interrupted.
///
/// Files are read on the threads of `io`, a piece at a time, so that exchanges take turns.
/// End of life: as HttpTransport.
class FileTransport final : public Transport {
 public:
  explicit FileTransport(boost::asio::io_context& io);
  ~FileTransport() override;

  void get(Request request, std::shared_ptr<Sink> sink, Done done) override;
  /// Begins to end all exchanges; later get()s are cancelled. Returns at once.
  void shutdown() noexcept;

 private:
  boost::asio::io_context& io_;
  std::shared_ptr<ExchangeRegistry> registry_;
};

}  // namespace larder::net
