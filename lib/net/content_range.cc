#include "net/content_range.h"

#include <charconv>

#include "net/ascii.h"

namespace larder::net {
namespace {

/// Takes a number off the front; false if there is none.
bool take_number(std::string_view& text, std::uint64_t& value) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) noexcept {
  constexpr std::string_view kUnit = "bytes ";
  if (!same_ascii(text.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  ContentRange range;
  if (!take_number(text, range.first) || !take(text, '-') || !take_number(text, range.last) ||
      !take(text, '/') || range.last < range.first)
    return std::nullopt;
  if (text == "*") return range;
  std::uint64_t total = 0;
  if (!take_number(text, total) || !text.empty() || total <= range.last) return std::nullopt;
  range.total = total;
  return range;
}

}  // namespace larder::net
