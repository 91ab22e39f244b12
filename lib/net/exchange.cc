#include "net/exchange.h"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include <larder/error.h>

namespace larder::net {

Exchange::Exchange(std::shared_ptr<ExchangeRegistry> registry, Request request,
                   std::shared_ptr<Sink> sink, Transport::Done done)
    : request_(std::move(request)),
      sink_(std::move(sink)),
      registry_(std::move(registry)),
      done_(std::move(done)) {
  response_.url = request_.url;
}

Exchange::~Exchange() {
  finish(errc::cancelled, "the I/O context was destroyed");
}

void Exchange::finish(std::error_code error, std::string_view what) noexcept {
  if (!done_) return;
  sink_.reset();
  if (error) {
    try {
      response_.detail = "GET " + request_.url;
      if (response_.url != request_.url)
        response_.detail += " (redirected to " + response_.url + ")";
      response_.detail.append(": ").append(what);
    } catch (const std::bad_alloc&) {  // the code has to do
    }
  }
  std::exchange(done_, nullptr)(error, std::move(response_));
  registry_->leave(this);
}

bool ExchangeRegistry::enter(const std::shared_ptr<Exchange>& exchange) {
  std::lock_guard lock(mutex_);
  running_.emplace(exchange.get(), exchange);
  return !closed_;
}

void ExchangeRegistry::leave(Exchange* exchange) noexcept {
  std::lock_guard lock(mutex_);
  running_.erase(exchange);
  if (running_.empty()) emptied_.notify_all();
}

void ExchangeRegistry::close() noexcept {
  // Exchanges are collected first: the last reference to one may be dropped here, and its
  // destructor leaves the registry.
  std::vector<std::shared_ptr<Exchange>> running;
  try {
    std::lock_guard lock(mutex_);
    closed_ = true;
    running.reserve(running_.size());
    for (const auto& [pointer, weak] : running_)
      if (auto exchange = weak.lock()) running.push_back(std::move(exchange));
  } catch (const std::bad_alloc&) {  // then they end by themselves
  }
  for (const auto& exchange : running) exchange->cancel();
}

void ExchangeRegistry::wait_until_empty(const boost::asio::io_context& io) noexcept {
  // executor_type is obtained from a mutable context only, but asking it changes nothing.
  auto& context = const_cast<boost::asio::io_context&>(io);
  if (context.get_executor().running_in_this_thread()) return;
  constexpr std::chrono::milliseconds kLookAgain{20};
  std::unique_lock lock(mutex_);
  while (!running_.empty() && !io.stopped()) emptied_.wait_for(lock, kLookAgain);
}

}  // namespace larder::net
