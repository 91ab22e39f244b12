#include "publish/line_end_xor.h"

#include <cstring>

namespace larder::publish {
namespace {

constexpr std::byte kReturn{'\r'};
constexpr std::byte kLineFeed{'\n'};

}  // namespace

void LineEndXor::update(std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return;
  if (held_return_ && bytes.front() != kLineFeed) sum_.update({&kReturn, 1});
  held_return_ = false;
  std::size_t done = 0;  // everything before it is counted
  for (std::size_t at = 0; at < bytes.size();) {
    const void* found = std::memchr(&bytes[at], '\r', bytes.size() - at);
    if (!found) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data());
    const bool is_last = at + 1 == bytes.size();
    if (is_last || bytes[at + 1] == kLineFeed) {
      sum_.update(bytes.subspan(done, at - done));
      done = at + 1;  // the LF, if it is there, comes with what follows
      held_return_ = is_last;
    }
    ++at;
  }
  sum_.update(bytes.subspan(done));
}

std::uint32_t LineEndXor::value() const noexcept {
  digest::LayaXor sum = sum_;
  if (held_return_) sum.update({&kReturn, 1});
  return sum.value();
}

}  // namespace larder::publish
