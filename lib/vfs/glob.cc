#include "vfs/glob.h"

namespace larder::vfs {
namespace {

constexpr std::string_view kSpecial = "*?";

}  // namespace

bool is_glob(std::string_view glob) noexcept {
  return glob.find_first_of(kSpecial) != std::string_view::npos;
}

bool glob_matches(std::string_view glob, std::string_view path) noexcept {
  // Where to go on when what follows the last star, and the last double star, does not match: one
  // character further on. No other places need be tried, so this ends soon whatever the glob.
  struct Star {
    std::string_view glob, path;
    bool seen = false;
  } one, two;
  for (;;) {
    if (glob.starts_with("**")) {
      glob.remove_prefix(2);
      const bool whole = glob.starts_with('/');
      // `**/b` matches `b`, too.
      if (whole && glob_matches(glob.substr(1), path)) return true;
      two = {glob, path, true};
      one.seen = false;
      continue;
    }
    if (glob.starts_with('*')) {
      glob.remove_prefix(1);
      one = {glob, path, true};
      continue;
    }
    if (glob.empty() && path.empty()) return true;
    if (!glob.empty() && !path.empty() &&
        (glob.front() == path.front() || (glob.front() == '?' && path.front() != '/'))) {
      glob.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    if (one.seen && !one.path.empty() && one.path.front() != '/') {
      one.path.remove_prefix(1);
      glob = one.glob;
      path = one.path;
    } else if (two.seen && !two.path.empty()) {
      two.path.remove_prefix(1);
      one.seen = false;
      glob = two.glob;
      path = two.path;
    } else {
      return false;
    }
  }
}

std::string_view directory_of_glob(std::string_view glob) noexcept {
  const std::string_view literal = glob.substr(0, glob.find_first_of(kSpecial));
  const auto slash = literal.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : literal.substr(0, slash);
}

}  // namespace larder::vfs
