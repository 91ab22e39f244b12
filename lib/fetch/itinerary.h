// Itinerary: which mirror a flight asks next, and when it is over. Does no I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "net/sites.h"

namespace larder::fetch {

/// Threads: one at a time.
class Itinerary {
 public:
  /// `sites`: those of the mirrors, in order; at least one. `attempts`: at each of them, at
  /// least 1.
  Itinerary(std::vector<std::string> sites, unsigned attempts);

  struct Leg {
    std::size_t mirror = 0;
    bool past_caches = false;
    bool failed_over = false;  ///< another mirror than the one before
  };
  /// The next attempt. A mirror that was asked less often comes first, then the better one; see
  /// net::Sites::choose(). An attempt that is to be repeated past caches stays where it is.
  std::variant<Leg, net::Circuit::Refusal> depart(net::Sites& sites);

  /// Another mirror than the one that was chosen has the attempt under way.
  void moved_to(std::size_t mirror);

  enum class Advice { at_once, pause, give_up };
  /// How the attempt ended. `ask_again`: an edge may have answered from the past, so the same
  /// mirror is asked once more, past caches.
  Advice failed(std::error_code error, bool ask_again);
  /// The attempt brought us on: what was tried before does not count any more.
  void progressed();

  /// The attempt under way is the last one if its bytes are wrong.
  [[nodiscard]] bool is_last_chance() const;
  [[nodiscard]] const std::string& site() const { return mirrors_[now_].site; }
  [[nodiscard]] std::size_t mirror() const noexcept { return now_; }
  /// Attempts at the mirror that was asked last.
  [[nodiscard]] unsigned attempts() const { return mirrors_[now_].attempts; }
  /// Of all errors so far the one that says most: wrong bytes, then what may be better later.
  [[nodiscard]] std::error_code error() const noexcept { return error_; }

 private:
  struct Mirror {
    std::string site;
    unsigned attempts = 0;
    bool past_caches = false;
    bool out = false;  ///< does not have it
  };

  const unsigned attempts_;
  std::vector<Mirror> mirrors_;
  std::size_t now_ = 0;
  bool begun_ = false;
  bool stay_ = false;
  std::error_code error_;
};

}  // namespace larder::fetch
