// Log: how rooms tell people what codes cannot carry (URLs, statuses, database text).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <larder/log.h>

namespace larder {

/// A line for people. Empty function: silence.
class Log {
 public:
  Log() = default;
  explicit Log(std::function<void(LogLevel, std::string_view)> receiver)
      : receiver_(std::move(receiver)) {}

  void operator()(LogLevel level, std::string_view line) const noexcept {
    if (!receiver_) return;
    try {
      receiver_(level, line);
    } catch (...) {  // a failing receiver must not fail a read
    }
  }
  void debug(std::string_view line) const noexcept { (*this)(LogLevel::debug, line); }
  void info(std::string_view line) const noexcept { (*this)(LogLevel::info, line); }
  void warning(std::string_view line) const noexcept { (*this)(LogLevel::warning, line); }
  void error(std::string_view line) const noexcept { (*this)(LogLevel::error, line); }
  explicit operator bool() const noexcept { return static_cast<bool>(receiver_); }

 private:
  std::function<void(LogLevel, std::string_view)> receiver_;
};

}  // namespace larder
