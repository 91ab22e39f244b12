// Functions that bench_hotfix calls: annotated, and plain.
#pragma once

#include <larder/hotfix/point.h>

#include <array>
#include <cstddef>
#include <utility>

namespace larder::bench {

double price(double unit, int count);
double plain_price(double unit, int count);

class Enemy {
  int hp_ = 10;
  LARDER_HOTFIX_FIELDS(Enemy, hp_)

 public:
  int damage(int n);
  int plain_damage(int n);
};

/// A hundred points.
template <int kStep>
[[gnu::noinline]] int step(int from) {
  LARDER_HOTFIX_FN(step<kStep>, from);
  return from + kStep;
}
inline constexpr std::size_t kSteps = 100;
inline constexpr auto kStepFunctions = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array{&step<static_cast<int>(I)>...};
}
(std::make_index_sequence<kSteps>{});

}  // namespace larder::bench
