// In a file of their own, so that no call is inlined.
#include "hotfix_points.h"

namespace larder::bench {

double price(double unit, int count) {
  LARDER_HOTFIX_FN(price, unit, count);
  return unit * count;
}
double plain_price(double unit, int count) {
  return unit * count;
}

int Enemy::damage(int n) {
  LARDER_HOTFIX(Enemy, damage, n);
  return hp_ += n;
}
int Enemy::plain_damage(int n) {
  return hp_ += n;
}

}  // namespace larder::bench
