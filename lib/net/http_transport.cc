#include "net/http_transport.h"

#include <algorithm>
#include <utility>

#include <larder/error.h>

#include "net/http_exchange.h"
#include "net/request_text.h"

namespace larder::net {

Result<std::unique_ptr<HttpTransport>> HttpTransport::make(boost::asio::io_context& io,
                                                           HttpOptions options, std::string* why) {
  const std::string problem = problem_with({{"x-agent", options.user_agent}});
  if (!problem.empty() || options.max_header_bytes == 0) {
    if (why) *why = "the user agent or the limit for headers makes no sense";
    return errc::invalid_argument;
  }
  auto tls = TlsClient::make(options.ca_file, options.pins, why);
  if (!tls) return tls.error();
  const auto strand = boost::asio::make_strand(io);
  auto pool = std::make_shared<ConnectionPool>(
      strand, PoolOptions{std::max(options.connections_per_host, 1u),
                          std::max(options.pipeline_depth, 1u), options.keep_idle});
  std::shared_ptr<HttpShared> shared(new HttpShared{io, strand, std::move(options), *std::move(tls),
                                                    std::move(pool),
                                                    std::make_shared<ExchangeRegistry>()});
  return std::unique_ptr<HttpTransport>(new HttpTransport(std::move(shared)));
}

HttpTransport::~HttpTransport() {
  shutdown();
  shared_->registry->wait_until_empty(shared_->io);
}

void HttpTransport::get(Request request, std::shared_ptr<Sink> sink, Done done) {
  auto exchange =
      std::make_shared<HttpExchange>(shared_, std::move(request), std::move(sink), std::move(done));
  const bool is_open = shared_->registry->enter(exchange);
  exchange->start();
  if (!is_open) exchange->cancel();
}

void HttpTransport::shutdown() noexcept {
  shared_->registry->close();  // first: an end by the pool would look like the server's
  shared_->pool->close();
}

}  // namespace larder::net
