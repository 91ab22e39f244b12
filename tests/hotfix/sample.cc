#include "hotfix/sample.h"

#include <algorithm>

namespace sample {

int Enemy::damage(int n) {
  LARDER_HOTFIX(Enemy, damage, n);
  return hp_ += n;
}
double price(double unit, int count) {
  LARDER_HOTFIX_FN(price, unit, count);
  return unit * count;
}
double price(double unit) {
  LARDER_HOTFIX_FN(price, unit);
  return unit;
}
std::string greet(std::string who) {
  LARDER_HOTFIX_FN(sample::greet, who);
  return "hello " + who;
}
std::string join(std::string_view a, const std::string& b, const char* c) {
  LARDER_HOTFIX_FN(join, a, b, c);
  return std::string(a) + b + (c ? c : "");
}
bool negate(bool value) {
  LARDER_HOTFIX_FN(negate, value);
  return !value;
}
Mood next(Mood mood) {
  LARDER_HOTFIX_FN(next, mood);
  return mood == Mood::calm ? Mood::angry : Mood::calm;
}
std::optional<int> half(std::optional<int> value) {
  LARDER_HOTFIX_FN(half, value);
  return value && *value % 2 == 0 ? std::optional(*value / 2) : std::nullopt;
}
std::vector<int> reversed(const std::vector<int>& values) {
  LARDER_HOTFIX_FN(reversed, values);
  return {values.rbegin(), values.rend()};
}
std::map<std::string, int> counted(std::map<std::string, int> counts) {
  LARDER_HOTFIX_FN(counted, counts);
  return counts;
}
std::unordered_map<int, std::vector<std::string>> nested(
    const std::unordered_map<int, std::vector<std::string>>& value) {
  LARDER_HOTFIX_FN(nested, value);
  return value;
}
std::uint8_t small(std::uint8_t value) {
  LARDER_HOTFIX_FN(small, value);
  return value;
}
std::int64_t large(std::int64_t value) {
  LARDER_HOTFIX_FN(large, value);
  return value;
}
std::uint64_t bits(std::uint64_t value) {
  LARDER_HOTFIX_FN(bits, value);
  return value;
}
float scaled(float value) {
  LARDER_HOTFIX_FN(scaled, value);
  return value * 2;
}
int divide(int a, int b, int& rest) {
  LARDER_HOTFIX_FN(divide, a, b, rest);
  if (b == 0) throw std::domain_error("division by zero");
  rest = a % b;
  return a / b;
}
void rename(std::string& name) {
  LARDER_HOTFIX_FN(rename, name);
  name += "!";
}
std::string moved(std::string&& text) {
  LARDER_HOTFIX_FN(moved, text);
  return std::move(text);
}
void nothing() {
  LARDER_HOTFIX_FN(nothing);
}
Enemy* weaker(Enemy* a, Enemy* b) {
  LARDER_HOTFIX_FN(weaker, a, b);
  return a->hp() < b->hp() ? a : b;
}
int sum(const std::vector<Enemy*>& enemies) {
  LARDER_HOTFIX_FN(sum, enemies);
  int total = 0;
  for (const Enemy* enemy : enemies) total += enemy->hp();
  return total;
}
int ten(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j) {
  LARDER_HOTFIX_FN(ten, a, b, c, d, e, f, g, h, i, j);
  return a + b + c + d + e + f + g + h + i + j;
}
int factorial(int n) {
  LARDER_HOTFIX_FN(factorial, n);
  return n <= 1 ? 1 : n * factorial(n - 1);
}
int ping(int n) {
  LARDER_HOTFIX_FN(ping, n);
  return n <= 0 ? 0 : pong(n - 1) + 1;
}
int pong(int n) {
  LARDER_HOTFIX_FN(pong, n);
  return n <= 0 ? 0 : ping(n - 1) + 1;
}

template class Box<int>;
template class Box<std::string>;

}  // namespace sample
