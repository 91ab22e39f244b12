#include "net/retry_after.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "net/freshness.h"

namespace larder::net {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<milliseconds> retry_after_of(const Response& response,
                                           std::chrono::system_clock::time_point now) {
  const std::string_view text = response.retry_after;
  if (text.empty()) return std::nullopt;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    long long count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto longest = std::chrono::duration_cast<seconds>(kLongestRetryAfter).count();
    if (error == std::errc::result_out_of_range) return kLongestRetryAfter;
    return seconds(std::min<long long>(count, longest));
  }
  const auto until = parse_http_date(text);
  if (!until) return std::nullopt;
  const auto date = parse_http_date(response.date);
  const auto left = *until - date.value_or(std::chrono::floor<seconds>(now));
  return std::clamp<milliseconds>(left, milliseconds(0), kLongestRetryAfter);
}

}  // namespace larder::net
