#include "output.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <larder/error.h>
#include <boost/json/serialize.hpp>

namespace larder::tool {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 128> text;
  const int length = std::snprintf(text.data(), text.size(), pattern, values...);
  return {text.data(), std::min<std::size_t>(text.size() - 1, std::max(length, 0))};
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return format("%.1f %s", value, kUnits[unit]);
}

std::string human_duration(Seconds duration) {
  const double seconds = duration.count();
  if (seconds > 0 && seconds < 0.9995e-6) return format("%.0f ns", seconds * 1e9);
  if (seconds > 0 && seconds < 0.9995e-4) return format("%.1f µs", seconds * 1e6);
  if (seconds < 0.00995) return format("%.1f ms", seconds * 1000);
  if (seconds < 0.9995) return format("%.0f ms", seconds * 1000);
  if (seconds < 59.95) return format("%.1f s", seconds);
  const long whole = std::lround(seconds);
  if (whole < 3600) return format("%ld min %ld s", whole / 60, whole % 60);
  return format("%ld h %ld min", whole / 3600, whole % 3600 / 60);
}

std::string human_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string human_count(std::uint64_t count, std::string_view noun) {
  return human_count(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

double milliseconds(Seconds duration) {
  return std::round(duration.count() * 1e6) / 1e3;
}

void print_line(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
}

void print_note(std::string_view line) {
  const std::string text = std::string(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void print_json(const boost::json::object& object) {
  print_line(boost::json::serialize(object));
}

void print_error(std::string_view command, std::string_view what, std::string_view hint) {
  std::string line = "larder";
  if (!command.empty()) line.append(" ").append(command);
  line.append(": error: ").append(what);
  if (!hint.empty()) line.append("; ").append(hint);
  line += '\n';
  std::fflush(stdout);  // results before the error that follows them
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void print_error(std::string_view command, std::string_view subject, std::error_code error) {
  std::string what(subject);
  what.append(": ").append(error.message()).append(" (").append(name_of(error)).append(")");
  print_error(command, what, hint_for(error));
}

std::string_view hint_for(std::error_code error) noexcept {
  if (error.category() != error_category()) return {};
  switch (static_cast<errc>(error.value())) {
    case errc::not_listed:
      return "`larder ls` shows what is listed; names are case-sensitive unless --ignore-case is "
             "given";
    case errc::no_key: return "--content-key gives the key that it was encrypted with";
    case errc::ambiguous: return "`larder explain` tells which; ask for one of them exactly";
    case errc::not_found: return "look whether everything that the table lists was uploaded";
    case errc::offline: return "read it once without --offline, or give a bundle that has it";
    case errc::over_budget: return "give it a higher priority, or the policy a larger budget";
    case errc::damaged:
      return "the origin serves bytes that its table does not name: upload content and table again";
    case errc::bad_table: return "pack and upload the tables again";
    case errc::bad_bundle: return "--bundle wants the folder that holds filetable.bin";
    case errc::unreachable: return "check the URL and the network; --offline reads what is local";
    case errc::table_mismatch: return "upload assetsid.txt and filetable.bin of one packing run";
    case errc::bad_head: return "publish again; -v says what is wrong with the head";
    case errc::bad_signature: return "--trust names the key that the origin's head is signed with";
    case errc::rolled_back: return "publish again, under a higher version";
    case errc::expired: return "publish again, or look at the clock";
    case errc::bad_certificate: return "--ca-file names a certificate to trust";
    case errc::invalid_argument: return "see --help";
    case errc::bad_path: return "paths are relative to the origin, without `..`";
    case errc::http_status:
    case errc::bad_response:
    case errc::refused_redirect:
    case errc::interrupted:
    case errc::overloaded: return "-v shows the requests";
    default: return {};
  }
}

Progress::Progress(std::string_view verb, std::uint64_t total)
    : verb_(verb), total_(total), enabled_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  wipe();
}

void Progress::show(std::uint64_t done, std::string_view note) {
  if (!enabled_ || total_ == 0) return;
  const auto now = Clock::now();
  if (now - began_ < std::chrono::milliseconds(500)) return;
  if (now - last_drawn_ < std::chrono::milliseconds(100)) return;
  last_drawn_ = now;
  drawn_ = true;

  constexpr std::size_t kWidth = 24;
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
  const auto filled = static_cast<std::size_t>(share * kWidth);
  std::string line = "\r\x1b[K" + verb_ + " [" + std::string(filled, '#') +
                     std::string(kWidth - filled, '.') + "] " + human_count(done) + "/" +
                     human_count(total_);
  line += note;
  if (done > 0) line += ", " + human_duration(Seconds(now - began_) * (1 / share - 1)) + " left";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void Progress::wipe() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

}  // namespace larder::tool
