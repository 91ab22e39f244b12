// Sites: what is known of each server that is asked, and whether it may be asked now.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include "net/circuit.h"
#include "sys/clock.h"

namespace larder::net {

/// Scheme, host and port of a URL, as written; the whole text if it has no `://`. "file://" for
/// files.
[[nodiscard]] std::string site_of(std::string_view url);

/// Threads: any.
class Sites {
 public:
  explicit Sites(const sys::Clock& clock) : clock_(clock) {}

  /// Whether `site` may be asked now; if so, report() must follow.
  [[nodiscard]] std::optional<Circuit::Refusal> admit(const std::string& site);

  /// How an attempt ended.
  struct Report {
    std::error_code error;
    std::optional<std::chrono::milliseconds> retry_after;
    std::uint64_t bytes = 0;  ///< of content that came, also if the attempt failed
  };
  /// condition::retryable is the server's failure unless it had begun to answer, and
  /// condition::cancelled says nothing; everything else shows that it works.
  void report(const std::string& site, const Report& report);

 private:
  const sys::Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Circuit> circuits_;  ///< guarded by mutex_
};

}  // namespace larder::net
