// What a ConnectionPool knows of one host. Of the pool and its turns only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>

#include "net/connection_pool.h"

namespace larder::net {

/// A connection and whose answers it brings, in order. Takes one of the host's places.
struct ConnectionPool::Pipeline {
  std::shared_ptr<Connection> connection;  // null: the turn in front is about to open it
  std::deque<Turn*> turns;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  bool joinable = true;    // others may send behind the turns
  bool last = false;       // ends with the turn in front
  std::uint64_t idle = 0;  // not 0: unused, and watched under this number
};

struct ConnectionPool::Host {
  explicit Host(unsigned most_depth) : depth(most_depth) {}

  /// Somebody is under way who is not in the background.
  [[nodiscard]] bool serves_others() const noexcept {
    return std::any_of(pipelines.begin(), pipelines.end(), [](const auto& pipeline) {
      return std::any_of(pipeline->turns.begin(), pipeline->turns.end(),
                         [](const Turn* turn) { return turn->rank_.priority != Priority::low; });
    });
  }

  std::list<std::shared_ptr<Pipeline>> pipelines;
  std::deque<Turn*> line;  // by rank
  PipelineDepth depth;
};

}  // namespace larder::net
