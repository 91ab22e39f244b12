#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <system_error>

#include "lists/cocos_manifest.h"

namespace larder::lists {
namespace {

/// Takes an integer, and the dot behind it, from the front of a version. Larger ones than fit are
/// the largest.
std::optional<std::uint64_t> take_field(std::string_view& version) noexcept {
  std::uint64_t field = 0;
  const char* const end = version.data() + version.size();
  const auto [stop, error] = std::from_chars(version.data(), end, field);
  if (error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) field = std::numeric_limits<std::uint64_t>::max();
  version.remove_prefix(static_cast<std::size_t>(stop - version.data()));
  if (version.starts_with('.'))
    version.remove_prefix(1);
  else
    version = {};
  return field;
}

}  // namespace

int compare_cocos_versions(std::string_view a, std::string_view b) noexcept {
  constexpr int kFields = 4;
  const int as_text = a.compare(b);
  for (int i = 0; i < kFields; ++i) {
    const auto one = take_field(a);
    const auto other = take_field(b);
    if (i == 0 && (!one || !other)) return as_text;
    if (one.value_or(0) != other.value_or(0)) return one.value_or(0) < other.value_or(0) ? -1 : 1;
    // Behind a field that is missing no other counts.
    if (!one) a = {};
    if (!other) b = {};
  }
  return 0;
}

}  // namespace larder::lists
