// LowerNames: which names differ from a path in letter case only.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::compat {

/// Throws std::bad_alloc.
[[nodiscard]] std::string in_lower_case(std::string_view text);

/// Threads: any, once it is sorted.
class LowerNames {
 public:
  /// A name in lower case, and the name itself.
  using Name = std::pair<std::string, std::string_view>;

  /// `name` must outlive this. Throws std::bad_alloc, as all of this.
  void add(std::string_view name);
  /// Call once, after the last add().
  void sort();
  /// In byte order.
  [[nodiscard]] std::span<const Name> like(std::string_view path) const;

 private:
  std::vector<Name> names_;  ///< ascending
};

}  // namespace larder::compat
