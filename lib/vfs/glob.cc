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
  // character further on, or after `**/` one component. No other places need be tried, so this ends
  // soon whatever the glob.
  struct Star {
    std::string_view glob, path;
    bool seen = false;
    bool components = false;
  } one, two;
  bool at_component = true;
  for (;;) {
    if (glob.starts_with("**")) {
      const bool components = at_component && glob.starts_with("**/");
      glob.remove_prefix(components ? 3 : 2);
      two = {glob, path, true, components};
      one.seen = false;
      at_component = components;
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
      at_component = glob.front() == '/';
      glob.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    }
    if (one.seen && !one.path.empty() && one.path.front() != '/') {
      one.path.remove_prefix(1);
      at_component = false;
      glob = one.glob;
      path = one.path;
    } else if (two.seen && !two.path.empty()) {
      const auto slash = two.components ? two.path.find('/') : 0;
      if (slash == std::string_view::npos) return false;
      two.path.remove_prefix(slash + 1);
      one.seen = false;
      at_component = two.components;
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
