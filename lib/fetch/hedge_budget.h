// HedgeBudget: keeps second requests a small share of what is asked for.
#pragma once

#include <algorithm>
#include <mutex>

namespace larder::fetch {

/// Each attempt earns a twentieth of a second request; at most kMost are saved up. Threads: any.
class HedgeBudget {
 public:
  static constexpr unsigned kAttemptsForOne = 20;
  static constexpr unsigned kMost = 5;

  /// An attempt begins that could be hedged.
  void earn() {
    std::lock_guard lock(mutex_);
    twentieths_ = std::min(twentieths_ + 1, kMost * kAttemptsForOne);
  }
  /// False: there is none.
  [[nodiscard]] bool take() {
    std::lock_guard lock(mutex_);
    if (twentieths_ < kAttemptsForOne) return false;
    twentieths_ -= kAttemptsForOne;
    return true;
  }

 private:
  std::mutex mutex_;
  unsigned twentieths_ = 0;  ///< guarded by mutex_
};

}  // namespace larder::fetch
