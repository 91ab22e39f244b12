#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/connection_pool_host.h"

namespace larder::net {

namespace asio = boost::asio;

ConnectionPool::ConnectionPool(asio::any_io_executor executor, PoolOptions options)
    : executor_(std::move(executor)), options_(options) {}

ConnectionPool::~ConnectionPool() = default;

std::unique_ptr<ConnectionPool::Turn> ConnectionPool::join(const Endpoint& endpoint,
                                                           std::string text, Rank rank,
                                                           std::uint32_t& sent) {
  Host& host = hosts_.try_emplace(endpoint, options_.most_depth).first->second;
  std::unique_ptr<Turn> turn(new Turn(shared_from_this(), host, std::move(text), rank, sent));
  enter_line(host, *turn);
  serve(host);
  return turn;
}

void ConnectionPool::enter_line(Host& host, Turn& turn) {
  const auto behind =
      std::upper_bound(host.line.begin(), host.line.end(), &turn,
                       [](const Turn* a, const Turn* b) { return a->rank_ < b->rank_; });
  host.line.insert(behind, &turn);
  turn.in_line_ = true;
}

void ConnectionPool::serve(Host& host) noexcept {
  try {
    while (!closed_ && !host.line.empty() && place(host, *host.line.front())) {
      Turn* const placed = host.line.front();
      host.line.pop_front();
      placed->in_line_ = false;
      placed->wake();
    }
  } catch (const std::bad_alloc&) {  // they stay in line until the next turn ends
  }
}

bool ConnectionPool::place(Host& host, Turn& turn) {
  const auto pipeline = find_place(host, turn);
  if (!pipeline) return false;
  pipeline->turns.push_back(&turn);
  turn.pipeline_ = pipeline;
  turn.joined_ = pipeline->turns.size() > 1;
  if (std::exchange(pipeline->idle, 0) != 0) {
    boost::system::error_code ignored;
    pipeline->connection->socket().cancel(ignored);
    pipeline->connection->timer().cancel();
  }
  if (!pipeline->connection) return true;
  pipeline->connection->send(turn.text_);
  ++pipeline->sent;
  ++turn.sent_;
  return true;
}

std::shared_ptr<ConnectionPool::Pipeline> ConnectionPool::find_place(Host& host, const Turn& turn) {
  const bool in_background = turn.rank_.priority == Priority::low;
  const std::size_t places =
      in_background ? options_.per_host - options_.per_host / 4 : options_.per_host;
  const bool in_the_way = in_background && (places == options_.per_host || host.serves_others());
  const unsigned depth = in_the_way ? (host.depth.depth() + 1) / 2 : host.depth.depth();
  std::size_t busy = 0;
  std::shared_ptr<Pipeline> idle;      // the most recently used
  std::shared_ptr<Pipeline> shortest;  // that may be joined
  for (const auto& pipeline : host.pipelines) {
    const std::size_t turns = pipeline->turns.size();
    if (turns == 0) {
      if (!idle || pipeline->idle > idle->idle) idle = pipeline;
      continue;
    }
    ++busy;
    // Behind others the background takes no place that it would not get beside them.
    const bool is_theirs =
        in_background && pipeline->turns.front()->rank_.priority != Priority::low;
    if (pipeline->connection && pipeline->joinable && !is_theirs && turns < depth &&
        host.depth.allows_another(pipeline->sent) && (!shortest || turns < shortest->turns.size()))
      shortest = pipeline;
  }
  if (busy >= places) return shortest;
  if (idle) return idle;
  if (host.pipelines.size() < options_.per_host)
    return host.pipelines.emplace_back(std::make_shared<Pipeline>());
  return shortest;
}

void ConnectionPool::send_back(Host& host, Pipeline& pipeline) noexcept {
  while (pipeline.turns.size() > 1) {
    Turn* const turn = pipeline.turns.back();
    pipeline.turns.pop_back();
    turn->pipeline_.reset();
    turn->wake();
    if (turn->abandoned_) continue;
    try {
      enter_line(host, *turn);
    } catch (const std::bad_alloc&) {  // front() reports it
    }
  }
}

void ConnectionPool::drop(Host& host, const std::shared_ptr<Pipeline>& pipeline) noexcept {
  if (pipeline->connection) {
    pipeline->connection->timer().cancel();
    pipeline->connection->close();
  }
  std::erase(host.pipelines, pipeline);
}

void ConnectionPool::keep(Host& host, const std::shared_ptr<Pipeline>& pipeline) noexcept {
  if (!closed_ && !pipeline->connection->is_sending()) {
    try {
      pipeline->idle = ++last_idle_;
      return watch(host, pipeline);
    } catch (const std::bad_alloc&) {  // an unwatched connection is not kept
    }
  }
  drop(host, pipeline);
}

void ConnectionPool::watch(Host& host, const std::shared_ptr<Pipeline>& pipeline) {
  // A server has nothing to say now: what makes the socket readable is the end of the connection.
  const auto end = [weak = weak_from_this(), &host, weak_pipeline = std::weak_ptr(pipeline),
                    id = pipeline->idle](const boost::system::error_code& ec) {
    if (ec == asio::error::operation_aborted) return;
    const auto pool = weak.lock();
    const auto ended = weak_pipeline.lock();
    if (!pool || !ended || ended->idle != id) return;  // taken, or ended by the other watch
    ended->idle = 0;
    pool->drop(host, ended);
  };
  pipeline->connection->socket().async_wait(asio::ip::tcp::socket::wait_read, end);
  pipeline->connection->timer().expires_after(options_.keep_idle);
  pipeline->connection->timer().async_wait(end);
}

void ConnectionPool::close() noexcept {
  closed_ = true;
  try {
    asio::post(executor_, [self = shared_from_this()] {
      for (auto& [endpoint, host] : self->hosts_) {
        const auto pipelines = host.pipelines;
        for (const auto& pipeline : pipelines) {
          if (pipeline->turns.empty())
            self->drop(host, pipeline);
          else if (pipeline->connection)
            pipeline->connection->close();
        }
      }
    });
  } catch (const std::bad_alloc&) {  // then they end when they have been idle for long enough
  }
}

}  // namespace larder::net
