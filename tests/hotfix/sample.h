// Annotated functions of every kind, for the tests.
#pragma once

#include <larder/hotfix/point.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sample {

enum class Mood : std::uint8_t { calm, angry };

struct Weapon {
  int power = 3;
  LARDER_HOTFIX_FIELDS(Weapon, power)
};

class Enemy {
  int hp_ = 10;
  std::string name_ = "orc";
  const int id_ = 7;
  Mood mood_ = Mood::calm;
  Enemy* friend_ = nullptr;
  Weapon weapon_;
  std::vector<int> scores_;
  LARDER_HOTFIX_FIELDS(Enemy, hp_, name_, id_, mood_, friend_, weapon_, scores_)

 public:
  Enemy() = default;
  explicit Enemy(int hp) {
    LARDER_HOTFIX_CTOR(Enemy, hp);
    if (hp < 0) throw std::invalid_argument("hp");
    hp_ = hp;
  }
  Enemy(const Enemy&) = delete;
  Enemy& operator=(const Enemy&) = delete;
  virtual ~Enemy() {
    LARDER_HOTFIX_DTOR(Enemy);
    last_words = hp_;
  }

  int damage(int n);  ///< the bug: it adds
  int at(int i) {
    LARDER_HOTFIX(Enemy, at, i);
    return hp_ + i;
  }
  int at(int i) const noexcept {
    LARDER_HOTFIX(Enemy, at, i);
    return hp_ - i;
  }
  int at(std::string_view what) const {
    LARDER_HOTFIX(Enemy, at, what);
    return static_cast<int>(what.size());
  }
  virtual int reward() const {
    LARDER_HOTFIX(Enemy, reward);
    return 1;
  }
  bool operator<(const Enemy& other) const {
    LARDER_HOTFIX(Enemy, operator<, other);
    return hp_ < other.hp_;
  }
  int operator()(int a, int b) {
    LARDER_HOTFIX(Enemy, operator(), a, b);
    return a - b;
  }
  static int count(Mood mood) {
    LARDER_HOTFIX_STATIC(Enemy, count, mood);
    return mood == Mood::calm ? 1 : 2;
  }
  template <class T>
  T twice(T value) {
    LARDER_HOTFIX(Enemy, twice<T>, value);
    return value + value;
  }
  int secret_twice(int n) { return secret(n) * 2; }
  void befriend(Enemy* other) { friend_ = other; }
  bool is_like(const Enemy& other, Enemy* third) {
    LARDER_HOTFIX(Enemy, is_like, other, third);
    return &other == this && third == this;
  }

  int hp() const { return hp_; }
  const std::string& name() const { return name_; }
  Mood mood() const { return mood_; }
  const std::vector<int>& scores() const { return scores_; }
  int power() const { return weapon_.power; }

  inline static int last_words = 0;

 private:
  int secret(int n) {
    LARDER_HOTFIX(Enemy, secret, n);
    return n + 1;
  }
};

class Boss : public Enemy {
  int rage_ = 5;
  LARDER_HOTFIX_FIELDS(Boss, rage_)

 public:
  using Enemy::Enemy;
  int reward() const override {
    LARDER_HOTFIX(Boss, reward);
    return Enemy::reward() + rage_;
  }
};

template <class T>
class Box {
  T value_{};
  LARDER_HOTFIX_FIELDS(Box, value_)

 public:
  T get() const {
    LARDER_HOTFIX(Box, get);
    return value_;
  }
};

double price(double unit, int count);
double price(double unit);
template <class T>
T larger(T a, T b) {
  LARDER_HOTFIX_FN(larger<T>, a, b);
  return a > b ? a : b;
}
template <int kStep>
int step(int from) {
  LARDER_HOTFIX_FN(step<kStep>, from);
  return from + kStep;
}
std::string greet(std::string who);
std::string join(std::string_view a, const std::string& b, const char* c);
bool negate(bool value);
Mood next(Mood mood);
std::optional<int> half(std::optional<int> value);
std::vector<int> reversed(const std::vector<int>& values);
std::map<std::string, int> counted(std::map<std::string, int> counts);
std::unordered_map<int, std::vector<std::string>> nested(
    const std::unordered_map<int, std::vector<std::string>>& value);
std::uint8_t small(std::uint8_t value);
std::int64_t large(std::int64_t value);
std::uint64_t bits(std::uint64_t value);
float scaled(float value);
int divide(int a, int b, int& rest);  ///< throws for b == 0
void rename(std::string& name);
std::string moved(std::string&& text);
void nothing();
Enemy* weaker(Enemy* a, Enemy* b);
int sum(const std::vector<Enemy*>& enemies);
int ten(int a, int b, int c, int d, int e, int f, int g, int h, int i, int j);
int factorial(int n);
int ping(int n);
int pong(int n);

}  // namespace sample
