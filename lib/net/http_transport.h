// HttpTransport: GET over HTTP/1.1, plain or TLS, with kept connections.
#pragma once

#include <memory>
#include <string>

#include <larder/result.h>

#include "net/http_options.h"
#include "net/transport.h"

namespace boost::asio {
class io_context;
}

namespace larder::net {

struct HttpShared;

/// Threads: `io` may be run by any number of threads; all exchanges share one strand.
///
/// End of life: destroy the transport first, while `io` still runs, not on one of its threads (on
/// one of them the destructor does not wait); then stop `io` and join its threads. Should `io` be
/// stopped earlier, the remaining exchanges end, with errc::cancelled, when `io` is destroyed.
/// A name look-up that was under way may delay the destruction of `io`, not of the transport.
class HttpTransport final : public Transport {
 public:
  /// `io` must outlive the transport. errc::invalid_argument, with a sentence in `why` (may be
  /// null), if the file of certificates cannot be used or an option makes no sense.
  static Result<std::unique_ptr<HttpTransport>> make(boost::asio::io_context& io,
                                                     HttpOptions options,
                                                     std::string* why = nullptr);
  ~HttpTransport() override;

  void get(Request request, std::shared_ptr<Sink> sink, Done done) override;

  /// Begins to end all exchanges; later get()s are cancelled. Returns at once.
  void shutdown() noexcept;

 private:
  explicit HttpTransport(std::shared_ptr<HttpShared> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<HttpShared> shared_;
};

}  // namespace larder::net
