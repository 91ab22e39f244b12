#include "trust/time_text.h"

#include <charconv>
#include <cstdio>

namespace larder::trust {
namespace {

constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddZ";

bool has_form(std::string_view text) noexcept {
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return false;
  }
  return true;
}

unsigned number_at(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  unsigned value = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, value);
  return value;
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) noexcept {
  using namespace std::chrono;
  if (!has_form(text)) return std::nullopt;
  const year_month_day date(year(static_cast<int>(number_at(text, 0, 4))),
                            month(number_at(text, 5, 2)), day(number_at(text, 8, 2)));
  const unsigned hour = number_at(text, 11, 2);
  const unsigned minute = number_at(text, 14, 2);
  const unsigned second = number_at(text, 17, 2);
  if (!date.ok() || date.year() < year(1970) || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

std::string to_text(Time time) {
  using namespace std::chrono;
  const auto day_start = floor<days>(time);
  const year_month_day date(day_start);
  const hh_mm_ss clock(time - day_start);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace larder::trust
