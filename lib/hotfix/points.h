// The points of this program, with the names that scripts call them by.
#pragma once

#include <string>
#include <vector>

#include <larder/hotfix/signature.h>

namespace larder::hotfix {

struct KnownPoint {
  detail::Point* point = nullptr;
  std::string name;            ///< "game::Enemy.damage(int)"
  std::string result;          ///< "int"
  std::string signature_hash;  ///< of both
};

/// By index. Points are only ever added.
[[nodiscard]] std::vector<KnownPoint> known_points();
/// How many there are.
[[nodiscard]] std::uint32_t known_point_count() noexcept;
/// As a patch's author writes it: "std::vector<int>".
[[nodiscard]] std::string spell(const detail::Type& type);

}  // namespace larder::hotfix
