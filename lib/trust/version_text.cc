#include "trust/version_text.h"

#include <charconv>
#include <cstdint>

namespace larder::trust {
namespace {

constexpr int kMaxNumbers = 8;
constexpr std::size_t kMaxDigits = 9;

/// Takes the first number off `text`; 0 when nothing is left.
std::uint32_t take_number(std::string_view& text) noexcept {
  std::uint32_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);  // the dot
  return number;
}

}  // namespace

bool is_app_version(std::string_view text) noexcept {
  int numbers = 1;
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '.') {
      if (digits == 0) return false;
      ++numbers;
      digits = 0;
    } else if (c >= '0' && c <= '9') {
      if (++digits > kMaxDigits) return false;
    } else {
      return false;
    }
  }
  return digits > 0 && numbers <= kMaxNumbers;
}

std::strong_ordering compare_app_versions(std::string_view a, std::string_view b) noexcept {
  while (!a.empty() || !b.empty()) {
    const auto first = take_number(a);
    const auto second = take_number(b);
    if (first != second) return first <=> second;
  }
  return std::strong_ordering::equal;
}

}  // namespace larder::trust
