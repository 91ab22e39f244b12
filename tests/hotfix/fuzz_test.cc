// Random calls of randomly broken patches: the program goes on, and the original has the last word.
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "hotfix/patched.h"
#include "hotfix/sample.h"
#include "support/long_form.h"

namespace larder::test {
namespace {

using hotfix::Options;
using sample::Enemy;

#if !defined(NDEBUG) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsSlow = true;
#else
constexpr bool kIsSlow = false;
#endif

/// Bodies of patches: each takes what it is given and does something with it, most of them wrong.
constexpr const char* kBodies[] = {
    "return ...",
    "return select('#', ...)",
    "return",
    "return nil, nil, nil",
    "return {...}",
    "return {1, 2, x = 3}",
    "return {{}, {1}, {'a'}}",
    "return 'text'",
    "return ('x'):rep(1000)",
    "return 1.5, 'a'",
    "return 0/0, 1/0",
    "return math.maxinteger, math.mininteger",
    "return true",
    "return print",
    "error('broken')",
    "error({code = 1})",
    "error()",
    "return hf.original()",
    "return hf.original(...)",
    "return hf.original(select(2, ...))",
    "hf.original() error('late')",
    "return pcall(hf.original, 'a', {}, nil)",
    "local a, b = pcall(hf.original) return b, a",
    "for i = 1, 2 do pcall(hf.original, i) end",
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "local s = 'x' while true do s = s .. s end",
    "local t = {} while true do t[#t + 1] = {} end",
    "local function f(...) return f(...) + 1 end return f(...)",
    "local o = ... if type(o) == 'userdata' then o.hp_ = 'x' end",
    "local o = ... if type(o) == 'userdata' then o.hp_ = o.hp_ + 1 o.name_ = o.name_ .. '!' end",
    "local o = ... kept = kept or o return kept",
    "if kept then return kept.hp_ end kept = ...",
    "return setmetatable({}, {__index = function() error('index') end, __len = error})",
    "local o = ... if type(o) == 'userdata' then o.friend_ = o return o.friend_ end",
    "local o = ... if type(o) == 'userdata' then o.scores_ = {1, 'x'} end",
    "local o = ... if type(o) == 'userdata' then return o.weapon_, o.weapon_.power end",
    "return tostring(...)",
    "return hf.same(...)",
    "hf.patch('small', nil) return 1",
    "hf.patch('no such point', nil)",
    "return ('a'):rep(100):find('.-.-.-.-.-b')",
    "return ({...})[1][1][1]",
    "return nil .. nil",
};

class Fuzz {
 public:
  explicit Fuzz(unsigned seed) : random_(seed) {}

  /// One set of patches: a random body for each point.
  std::string script() {
    std::string text = "local kept\n";
    for (const auto& point : hotfix::points())
      if (point.name.find("meet") == std::string::npos)
        text += "hf.patch('" + point.name + "', function(...) " +
                kBodies[random_() % std::size(kBodies)] + " end)\n";
    return text;
  }

  void call() {
    Enemy enemy(number() & 0xff);
    Enemy other;
    int rest = 0;
    std::string name = text();
    try {
      switch (random_() % 24) {
        case 0: (void)enemy.damage(number()); break;
        case 1: (void)std::as_const(enemy).at(number()); break;
        case 2: (void)enemy.at(text()); break;
        case 3: (void)enemy.reward(); break;
        case 4: (void)(enemy < other); break;
        case 5: (void)enemy(number(), 1); break;
        case 6: (void)Enemy::count(sample::Mood::angry); break;
        case 7: (void)enemy.twice(number() / 4); break;
        case 8: (void)enemy.is_like(other, &enemy); break;
        case 9: (void)sample::price(0.5, number()); break;
        case 10: (void)sample::greet(text()); break;
        case 11: (void)sample::join(text(), text(), nullptr); break;
        case 12: (void)sample::next(sample::Mood::calm); break;
        case 13: (void)sample::half(number()); break;
        case 14: (void)sample::reversed({1, 2, 3}); break;
        case 15: (void)sample::counted({{text(), 1}, {text(), 2}}); break;
        case 16: (void)sample::nested({{1, {text()}}}); break;
        case 17: (void)sample::small(static_cast<std::uint8_t>(number())); break;
        case 18: (void)sample::bits(std::numeric_limits<std::uint64_t>::max()); break;
        case 19: (void)sample::divide(number(), number() % 3, rest); break;
        case 20: sample::rename(name); break;
        case 21: (void)sample::sum({&other, &other}); break;
        case 22: (void)sample::ping(number() & 7); break;
        default: (void)sample::moved(text()); break;
      }
    } catch (const std::domain_error&) {
      // divide() by zero: the original's own
    }
  }

 private:
  int number() { return static_cast<int>(random_()) / 16; }
  std::string text() { return std::string(random_() % 40, static_cast<char>(random_())); }

  std::mt19937 random_;
};

TEST(Fuzz, BrokenPatchesNeverTakeTheProgramDown) {
  const int calls = in_long_form() ? 1'000'000 : kIsSlow ? 20'000 : 100'000;
  constexpr int kSets = 200;
  std::uint64_t patched_calls = 0;
  std::uint64_t failures = 0;
  Fuzz fuzz(20);
  // Patches are watched all the time: some never end.
  Patched patched(Options{.memory_bytes = 1u << 20,
                          .max_errors = 1u << 30,
                          .instructions_per_call = 500,
                          .watched_calls = ~std::uint64_t{0}});
  for (int set = 0; set < kSets; ++set) {
    ASSERT_TRUE(patched.run(fuzz.script())) << patched.log_text();
    for (int i = 0; i < calls / kSets; ++i) fuzz.call();
    for (const auto& patch : patched.runtime.active()) {
      patched_calls += patch.calls;
      failures += patch.failures;
    }
    patched.forget();
  }
  EXPECT_GT(patched_calls, static_cast<std::uint64_t>(calls));
  EXPECT_GT(failures, static_cast<std::uint64_t>(calls) / 4);
  EXPECT_GT(patched_calls - failures, static_cast<std::uint64_t>(calls) / 4);
  ASSERT_TRUE(patched.run("hf.patch('price(double)', function(n) return n + 1 end)"));
  EXPECT_EQ(sample::price(1), 2) << "and the machine is as good as new";
}

}  // namespace
}  // namespace larder::test
