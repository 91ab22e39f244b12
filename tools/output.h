// What commands print: results on stdout (text or JSON lines), errors and progress on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <boost/json/object.hpp>

namespace larder::tool {

using Seconds = std::chrono::duration<double>;

/// "0 B", "532 B", "4.0 KiB", "1.2 GiB".
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);
/// "85 ns", "2.4 µs", "0.4 ms", "12 ms", "3.4 s", "2 min 5 s".
[[nodiscard]] std::string human_duration(Seconds duration);
/// "21,592".
[[nodiscard]] std::string human_count(std::uint64_t count);
/// "1 file", "21,592 files": of a noun whose plural ends in `s`.
[[nodiscard]] std::string human_count(std::uint64_t count, std::string_view noun);
/// Milliseconds with three decimals at most, for JSON.
[[nodiscard]] double milliseconds(Seconds duration);

/// One line on stdout.
void print_line(std::string_view line);
/// One object on a line of stdout.
void print_json(const boost::json::object& object);

/// One line on stderr, for people who want to watch. Threads: any.
void print_note(std::string_view line);

/// `larder COMMAND: error: WHAT; HINT` on stderr. An empty command or hint is left out.
void print_error(std::string_view command, std::string_view what, std::string_view hint = {});
/// As above for something that failed with `error`: says its message, its name, and what to do.
void print_error(std::string_view command, std::string_view subject, std::error_code error);
/// What a user can do about `error`; empty if there is nothing to say.
[[nodiscard]] std::string_view hint_for(std::error_code error) noexcept;

/// A progress bar on stderr, if that is a terminal and the work takes longer than half a second.
/// Threads: one.
class Progress {
 public:
  Progress(std::string_view verb, std::uint64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Wipes the bar.
  ~Progress();

  /// `done` of `total` are done; `note` follows that. Draws at most ten times a second.
  void show(std::uint64_t done, std::string_view note = {});
  /// Wipes the bar, so that a line can be printed; the next show() draws it again.
  void wipe();

 private:
  using Clock = std::chrono::steady_clock;
  std::string verb_;
  std::uint64_t total_;
  bool enabled_;
  bool drawn_ = false;
  Clock::time_point began_ = Clock::now();
  Clock::time_point last_drawn_{};
};

}  // namespace larder::tool
