#include "lists/complaint.h"

#include <algorithm>

namespace larder::lists {

std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_begins = before.rfind('\n') + 1;  // 0 if there is none
  return "line " + std::to_string(line) + ", column " + std::to_string(offset - line_begins + 1);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 120;
  std::string shown = "`";
  for (const char c : text.substr(0, kShown))
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return shown + (text.size() > kShown ? "…`" : "`");
}

}  // namespace larder::lists
