#include "compat/lower_names.h"

#include <algorithm>

#include "base/lower_case.h"

namespace larder::compat {

std::string in_lower_case(std::string_view text) {
  std::string buffer(text.size() * 2, '\0');
  return std::string(to_lower_case(text, buffer).value_or(text));
}

void LowerNames::add(std::string_view name) {
  names_.emplace_back(in_lower_case(name), name);
}

void LowerNames::sort() {
  std::sort(names_.begin(), names_.end());
}

std::span<const LowerNames::Name> LowerNames::like(std::string_view path) const {
  const auto [first, last] =
      std::equal_range(names_.begin(), names_.end(), Name(in_lower_case(path), {}),
                       [](const Name& a, const Name& b) { return a.first < b.first; });
  return {first, last};
}

}  // namespace larder::compat
