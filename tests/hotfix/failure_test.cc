// Patches that go wrong: the original runs, and somebody is told.
#include <string>

#include "hotfix/patched.h"
#include "hotfix/sample.h"

namespace larder::test {
namespace {

using hotfix::Failure;
using hotfix::Options;
using sample::Enemy;
using testing::HasSubstr;

TEST(Failure, OfAnyKindRunsTheOriginalWithItsOwnArguments) {
  const std::pair<const char*, Failure::Kind> cases[] = {
      {"error('broken')", Failure::Kind::error},
      {"error({})", Failure::Kind::error},
      {"error(nil)", Failure::Kind::error},
      {"return nil .. 1", Failure::Kind::error},
      {"return undefined()", Failure::Kind::error},
      {"return 'text'", Failure::Kind::wrong_result},
      {"return", Failure::Kind::wrong_result},
      {"while true do end", Failure::Kind::instructions},
      {"while true do pcall(function() while true do end end) end", Failure::Kind::instructions},
      {"local function f() return xpcall(f, f) end while true do f() end",
       Failure::Kind::instructions},
      {"local s = ('x'):rep(1000) while true do s = s .. s end", Failure::Kind::memory},
      {"local t = {} for i = 1, 1e9 do t[i] = i end", Failure::Kind::memory},
      {"local function f() return 1 + f() end return f()", Failure::Kind::memory},
  };
  for (const auto& [body, kind] : cases) {
    Patched patched("hf.patch('factorial', function(n) n = 0 " + std::string(body) + " end)",
                    Options{.memory_bytes = 4u << 20, .max_errors = 100});
    EXPECT_EQ(sample::factorial(1), 1) << body;
    const auto failures = patched.failures();
    ASSERT_EQ(failures.size(), 1u) << body;
    EXPECT_EQ(failures[0].kind, kind) << body << ": " << failures[0].message;
    EXPECT_EQ(failures[0].point, "factorial(int)");
    EXPECT_EQ(failures[0].patch, "test");
    EXPECT_EQ(sample::factorial(1), 1) << body;
    EXPECT_EQ(patched.failures().size(), 2u) << "the machine still works";
  }
}

TEST(Failure, IsToldWithATraceback) {
  Patched patched(
      "local function deep() error('broken') end\n"
      "hf.patch('small', function(n)\n deep() return 1 end)");
  sample::small(1);
  EXPECT_THAT(patched.failure(), HasSubstr("test:2: broken"));
  EXPECT_THAT(patched.failure(), HasSubstr("stack traceback"));
  EXPECT_THAT(patched.failure(), HasSubstr("in upvalue 'deep'"));
  EXPECT_THAT(patched.runtime.active()[0].last_failure, HasSubstr("broken"));
}

TEST(Failure, TooManySwitchThePatchOff) {
  Patched patched("hf.patch('small', function(n) error('broken') end)", Options{.max_errors = 3});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sample::small(4), 4);
  const auto failures = patched.failures();
  ASSERT_EQ(failures.size(), 3u);
  EXPECT_FALSE(failures[1].disabled);
  EXPECT_TRUE(failures[2].disabled);
  ASSERT_EQ(patched.runtime.active().size(), 1u);
  EXPECT_TRUE(patched.runtime.active()[0].disabled);
  ASSERT_TRUE(patched.run("hf.patch('small', function(n) return n + 1 end)"));
  EXPECT_EQ(sample::small(4), 5) << "a new patch starts afresh";
  EXPECT_FALSE(patched.runtime.active()[0].disabled);
}

TEST(Failure, AfterTheOriginalRanKeepsItsResultAndDoesNotRunItAgain) {
  Patched patched("hf.patch('Enemy.damage', function(self, n) hf.original() error('late') end)");
  Enemy enemy(1);
  EXPECT_EQ(enemy.damage(4), 5);
  EXPECT_EQ(enemy.hp(), 5) << "once";
  EXPECT_EQ(patched.failures().size(), 1u);
}

TEST(Failure, AfterTheOriginalRanWithOtherArgumentsRunsIt) {
  Patched patched(
      "hf.patch('Enemy.damage', function(self, n) hf.original(n * 10) error('late') end)");
  Enemy enemy(1);
  EXPECT_EQ(enemy.damage(4), 45);
}

TEST(Failure, WhileArgumentsArePassedIsOneToo) {
  // Arguments that do not fit into the machine's memory: pushing them fails.
  Patched patched("hf.patch('greet', function(who) return 'patched' end)",
                  Options{.memory_bytes = 1u << 20});
  EXPECT_EQ(sample::greet("x"), "patched");
  const std::string big(4u << 20, 'x');
  EXPECT_EQ(sample::greet(big), "hello " + big);
  EXPECT_EQ(patched.failures().at(0).kind, Failure::Kind::memory);
  EXPECT_EQ(sample::greet("x"), "patched");
}

TEST(Failure, WhileTheOriginalsResultIsPassedIsOneToo) {
  for (const auto& [how, result] : {std::pair("once", "fits"), std::pair("twice", "too big")}) {
    Patched patched(R"lua(hf.patch('join', function(a, b, c)
        local big = a:rep(4096):rep(64)
        local ok, text = pcall(hf.original, big, b, b == "twice" and big or c)
        return ok and 'fits' or 'too big' end))lua",
                    Options{.memory_bytes = 768u << 10});
    EXPECT_EQ(sample::join("x", how, ""), result);
    EXPECT_TRUE(patched.failures().empty()) << patched.log_text();
  }
}

TEST(Failure, OfTooDeepCallsDoesNotOverflowTheStack) {
  Patched patched("hf.patch('ping', function(n) return hf.original() end)",
                  Options{.max_errors = 1'000'000});
  EXPECT_EQ(sample::ping(1000), 1000);
  ASSERT_FALSE(patched.failures().empty());
  EXPECT_EQ(patched.failures()[0].kind, Failure::Kind::depth);
  EXPECT_EQ(sample::ping(10), 10);
}

TEST(Failure, InConstructorsAndDestructorsIsToldAndForgotten) {
  Patched patched(
      "hf.patch{ ['Enemy.ctor'] = function() error('c') end,"
      "          ['Enemy.dtor'] = function() error('d') end }");
  { const Enemy enemy(6); }
  EXPECT_EQ(Enemy::last_words, 6);
  EXPECT_EQ(patched.failures().size(), 2u);
}

TEST(Failure, DuringUnwindingLeavesTheExceptionAlone) {
  Patched patched("hf.patch('Enemy.dtor', function() error('d') end)");
  EXPECT_THROW(
      {
        const Enemy enemy(6);
        throw std::runtime_error("the game's");
      },
      std::runtime_error);
  EXPECT_EQ(patched.failures().size(), 1u);
}

TEST(Budget, IsPerCall) {
  Patched patched("hf.patch('small', function(n) for i = 1, 100 do end return 1 end)",
                  Options{.instructions_per_call = 1000});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(sample::small(4), 1);
  EXPECT_TRUE(patched.failures().empty());
}

TEST(Budget, WatchesTheFirstCallsOnly) {
  Patched patched(
      "local calls = 0 hf.patch('small', function(n)\n"
      "  calls = calls + 1\n"
      "  if n == 1 then for i = 1, 100000 do end end\n"
      "  return 77 end)",
      Options{.instructions_per_call = 1000, .watched_calls = 2});
  EXPECT_EQ(sample::small(1), 1) << "watched";
  EXPECT_EQ(sample::small(2), 77);
  EXPECT_EQ(sample::small(1), 77) << "no longer";
  EXPECT_EQ(patched.failures().size(), 1u);
}

TEST(Budget, HoldsForScriptsWhileTheyAreLoaded) {
  Patched patched(Options{.instructions_per_call = 10'000});
  EXPECT_EQ(patched.run("while true do end").error(), hotfix::errc::bad_script);
  EXPECT_EQ(patched.run("while true do pcall(function() while true do end end) end").error(),
            hotfix::errc::bad_script);
  EXPECT_TRUE(patched.run("hf.patch('small', function() return 2 end)"));
}

TEST(Names, ThatMeanNothingOrTooMuchRefuseTheSet) {
  const std::pair<const char*, const char*> cases[] = {
      {"hf.patch('Enemy.damag', print)",
       "'Enemy.damag' is no hotfix point; near it are "
       "sample::Enemy.damage(int)"},
      {"hf.patch('price', print)", "'price' may mean price(double"},
      {"hf.patch{ ['price(int)'] = print }", "'price(int)' is no hotfix point; near it are price"},
      {"hf.all('Enmy.at', print)", "'Enmy.at' is no hotfix point; near it are sample::Enemy.at"},
      {"hf.patch('small', 5)", "the patch of 'small' is a number; a function is wanted"},
      {"hf.patch('small')", "wants a function, or nil"},
      {"hf.patch{ print }", "has names as its keys, not a number"},
      {"hf.patch()", "string expected"},
  };
  for (const auto& [script, message] : cases) {
    Patched patched;
    EXPECT_EQ(patched.run(script).error(), hotfix::errc::bad_script) << script;
    EXPECT_THAT(patched.log_text(), HasSubstr(message));
  }
}

}  // namespace
}  // namespace larder::test
