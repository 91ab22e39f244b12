// Exchange: what all transports have in common: one request that ends exactly once.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include "net/transport.h"

namespace boost::asio {
class io_context;
}

namespace larder::net {

class ExchangeRegistry;

/// One running get(). Kept alive by whatever it waits for; when all of that is destroyed (the
/// io_context went away), its destructor still calls `done`, with errc::cancelled.
class Exchange {
 public:
  Exchange(std::shared_ptr<ExchangeRegistry> registry, Request request, std::shared_ptr<Sink> sink,
           Transport::Done done);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange();

  /// Makes the exchange end soon with errc::cancelled. Any thread; returns at once.
  virtual void cancel() noexcept = 0;

 protected:
  /// Lets go of the sink and calls `done`; later calls do nothing. `what` becomes the detail.
  void finish(std::error_code error, std::string_view what) noexcept;

  Request request_;
  std::shared_ptr<Sink> sink_;
  Response response_;

 private:
  std::shared_ptr<ExchangeRegistry> registry_;
  Transport::Done done_;
};

/// The running exchanges of one transport, so that it can end them and wait for them.
/// Threads: any.
class ExchangeRegistry {
 public:
  /// False if the registry is closed: the caller has to cancel the exchange, which is waited for
  /// like any other.
  bool enter(const std::shared_ptr<Exchange>& exchange);
  void leave(Exchange* exchange) noexcept;

  /// Cancels all exchanges. Later ones are not welcome.
  void close() noexcept;
  /// Waits until all have ended. Does not wait on a thread of `io`, nor once `io` is stopped:
  /// then they end when `io` is destroyed.
  void wait_until_empty(const boost::asio::io_context& io) noexcept;

 private:
  std::mutex mutex_;
  std::condition_variable emptied_;
  bool closed_ = false;
  std::unordered_map<Exchange*, std::weak_ptr<Exchange>> running_;
};

}  // namespace larder::net
