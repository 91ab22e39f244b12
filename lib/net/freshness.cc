#include "net/freshness.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string>

namespace larder::net {
namespace {

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::optional<long long> parse_number(std::string_view text) noexcept {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

struct Directives {
  bool no_store = false;
  bool no_cache = false;
  std::optional<std::chrono::seconds> max_age;
};

Directives parse_cache_control(std::string_view text) noexcept {
  Directives found;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view item = trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto equals = item.find('=');
    const std::string_view name = trim(item.substr(0, equals));
    if (equal_ignoring_case(name, "no-store")) found.no_store = true;
    if (equal_ignoring_case(name, "no-cache")) found.no_cache = true;
    if (equal_ignoring_case(name, "max-age") && equals != std::string_view::npos) {
      std::string_view value = trim(item.substr(equals + 1));
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
      // An unreadable or repeated lifetime is the shortest one.
      const std::chrono::seconds age(std::min(parse_number(value).value_or(0), 1LL << 31));
      found.max_age = found.max_age ? std::min(*found.max_age, age) : age;
    }
  }
  return found;
}

/// Vary: `*` says that no later request can be known to want the same.
bool has_star(std::string_view vary) noexcept {
  while (!vary.empty()) {
    const auto comma = vary.find(',');
    if (trim(vary.substr(0, comma)) == "*") return true;
    vary = comma == std::string_view::npos ? std::string_view() : vary.substr(comma + 1);
  }
  return false;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) noexcept {
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(25) != " GMT" || text[3] != ',') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    return parse_number(text.substr(at, length));
  };
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto day = number(5, 2), year = number(12, 4), hour = number(17, 2), minute = number(20, 2),
             second = number(23, 2);
  if (month == kMonths.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(*year)),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

Freshness freshness_of(const Response& response) {
  const Directives directives = parse_cache_control(response.cache_control);
  Freshness freshness;
  freshness.etag = response.etag;
  freshness.last_modified = response.last_modified;
  freshness.no_store = directives.no_store || has_star(response.vary);
  if (directives.no_cache) {
    freshness.lifetime = std::chrono::seconds(0);
  } else if (directives.max_age) {
    freshness.lifetime = directives.max_age;
  } else if (!response.expires.empty()) {
    // An Expires that cannot be read means "already expired".
    const auto expires = parse_http_date(response.expires);
    const auto date = parse_http_date(response.date);
    freshness.lifetime =
        expires && date && *expires > *date ? *expires - *date : std::chrono::seconds(0);
  }
  if (freshness.lifetime && !response.age.empty()) {
    const std::chrono::seconds age(parse_number(trim(response.age)).value_or(0));
    freshness.lifetime = std::max(*freshness.lifetime - age, std::chrono::seconds(0));
  }
  return freshness;
}

}  // namespace larder::net
