// Which functions can be patched, and what a patch can do with them.
#include <stdexcept>

#include "hotfix/patched.h"
#include "hotfix/sample.h"

namespace larder::test {
namespace {

using sample::Boss;
using sample::Enemy;
using testing::HasSubstr;

TEST(Point, RunsTheOriginalWithoutAPatch) {
  Enemy enemy(20);
  EXPECT_EQ(enemy.damage(2), 22);
  EXPECT_EQ(sample::price(2, 3), 6);
}

TEST(Point, OfAMethodIsRepairedAndBreaksAgainWhenThePatchGoes) {
  Enemy enemy(20);
  {
    Patched patched(R"lua(
      hf.patch("Enemy.damage", function(self, n)
        self.hp_ = self.hp_ - n
        return self.hp_
      end))lua");
    EXPECT_EQ(enemy.damage(2), 18);
    EXPECT_EQ(enemy.hp(), 18);
    EXPECT_TRUE(patched.failures().empty());
    ASSERT_TRUE(patched.run("hf.patch('Enemy.damage', nil)"));
    EXPECT_EQ(enemy.damage(2), 20);
    EXPECT_TRUE(patched.runtime.active().empty());
  }
  EXPECT_EQ(enemy.damage(2), 22);
}

TEST(Point, OfAFreeFunctionIsFoundByItsParameters) {
  Patched patched(R"lua(
    hf.patch("price(double, int)", function(unit, count) return unit * count / 2 end))lua");
  EXPECT_EQ(sample::price(2, 3), 3);
  EXPECT_EQ(sample::price(2), 2);
}

TEST(Point, OfEveryOverloadIsPatchedByAll) {
  Patched patched(R"lua(hf.all("price", function(unit, count) return count or -1 end))lua");
  EXPECT_EQ(sample::price(2, 3), 3);
  EXPECT_EQ(sample::price(2), -1);
  EXPECT_EQ(patched.runtime.active().size(), 2u);
}

TEST(Point, TellsConstFromOtherOverloads) {
  Patched patched(R"lua(hf.patch{
      ["Enemy.at(int)"] = function(self, i) return 100 end,
      ["Enemy.at(int) const"] = function(self, i) return 200 end,
      ["Enemy.at(std::string_view)"] = function(self, what) return #what * 10 end })lua");
  Enemy enemy;
  EXPECT_EQ(enemy.at(1), 100);
  EXPECT_EQ(std::as_const(enemy).at(1), 200);
  EXPECT_EQ(enemy.at("four"), 40);
}

TEST(Point, OfAVirtualFunctionBelongsToOneClass) {
  Patched patched(R"lua(hf.patch("Enemy.reward", function(self) return 50 end))lua");
  const Boss boss(10);
  const Enemy& enemy = boss;
  EXPECT_EQ(enemy.reward(), 55);  // Boss's own, which asks Enemy's
  ASSERT_TRUE(patched.run("hf.patch('Boss.reward', function(self) return hf.original() * 2 end)"));
  EXPECT_EQ(enemy.reward(), 12);
  EXPECT_TRUE(patched.failures().empty());
}

TEST(Point, OfAnOverrideSeesTheFieldsOfItsClass) {
  Patched patched(R"lua(
    hf.patch("Boss.reward", function(self) self.rage_ = 9 return self.rage_ end))lua");
  Boss boss(10);
  EXPECT_EQ(boss.reward(), 5 + 1) << "a const object must not change";
  EXPECT_THAT(patched.failure(), HasSubstr("field 'rage_' cannot be set"));
}

TEST(Point, OfStaticPrivateOperatorAndTemplateFunctions) {
  Patched patched(R"lua(hf.patch{
      ["Enemy.count"] = function(mood) return 10 + mood end,
      ["Enemy.secret"] = function(self, n) return hf.original(n * 10) end,
      ["Enemy.operator<"] = function(self, other) return self.hp_ > other.hp_ end,
      ["Enemy.operator()"] = function(self, a, b) return a + b end,
      ["Enemy.twice<int>"] = function(self, value) return value * 20 end,
      ["Box<int>.get"] = function(self) return 77 end,
      ["step<2>"] = function(from) return from + 1000 end,
      ["larger<double>"] = function(a, b) return hf.original(b, a) - 1 end })lua");
  Enemy weak(1);
  const Enemy strong(9);
  EXPECT_EQ(Enemy::count(sample::Mood::angry), 11);
  EXPECT_EQ(weak.secret_twice(4), 82);
  EXPECT_FALSE(weak < strong);
  EXPECT_EQ(weak(5, 3), 8);
  EXPECT_EQ(weak.twice(2), 40);
  EXPECT_EQ(weak.twice(std::string("a")), "aa");
  EXPECT_EQ(sample::Box<int>().get(), 77);
  EXPECT_EQ(sample::Box<std::string>().get(), "");
  EXPECT_EQ(sample::larger(1.0, 2.0), 1.0);
  EXPECT_EQ(sample::larger(1, 2), 2);
  EXPECT_EQ(sample::step<1>(5), 6);
  EXPECT_EQ(sample::step<2>(5), 1005);
  EXPECT_TRUE(patched.failures().empty()) << patched.log_text();
}

TEST(Point, OfAConstructorRunsItsPatchAtTheEnd) {
  Patched patched(R"lua(
    hf.patch("Enemy.ctor", function(self, hp) self.hp_ = self.hp_ + hp * 100 end))lua");
  EXPECT_EQ(Enemy(3).hp(), 303);
  EXPECT_THROW(Enemy(-1), std::invalid_argument);
  EXPECT_EQ(patched.runtime.active()[0].calls, 1u) << "not when the constructor throws";
}

TEST(Point, OfADestructorRunsItsPatchBefore) {
  Patched patched(R"lua(hf.patch("Enemy.dtor", function(self) self.hp_ = self.hp_ * 2 end))lua");
  { const Enemy enemy(21); }
  EXPECT_EQ(Enemy::last_words, 42);
  EXPECT_TRUE(patched.failures().empty());
}

TEST(Point, OfAConstructorOrDestructorHasNoOriginalToCall) {
  Patched patched(R"lua(
    hf.patch{ ["Enemy.ctor"] = function(self) hf.original() end,
              ["Enemy.dtor"] = function(self) hf.original() end })lua");
  { const Enemy enemy(4); }
  EXPECT_EQ(Enemy::last_words, 4);
  EXPECT_EQ(patched.failures().size(), 2u);
}

TEST(Point, WithManyParametersPassesThemInOrder) {
  Patched patched(R"lua(hf.patch("ten", function(a, b, c, d, e, f, g, h, i, j)
      return hf.original(j, i, h, g, f, e, d, c, b, a * 1000) end))lua");
  EXPECT_EQ(sample::ten(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 54 + 1000);
}

TEST(Original, RunsWithTheCallsOwnArgumentsOrWithOthers) {
  Patched patched(R"lua(hf.patch("Enemy.damage", function(self, n)
      if n < 0 then return hf.original() end
      return hf.original(-n) end))lua");
  Enemy enemy(20);
  EXPECT_EQ(enemy.damage(5), 15);
  EXPECT_EQ(enemy.damage(-5), 10);
}

TEST(Original, LeavesRecursionPatched) {
  Patched patched(R"lua(
    calls = 0
    hf.patch("factorial", function(n) calls = calls + 1 return hf.original() + 1 end))lua");
  // f(1) = 2; f(2) = 2 * 2 + 1 = 5; f(3) = 3 * 5 + 1 = 16
  EXPECT_EQ(sample::factorial(3), 16);
  EXPECT_EQ(patched.runtime.active()[0].calls, 3u);
}

TEST(Original, OfAPatchedFunctionThatCallsAnotherOne) {
  Patched patched(R"lua(hf.patch{
      ping = function(n) return hf.original() + 100 end,
      pong = function(n) return hf.original() + 1000 end })lua");
  EXPECT_EQ(sample::ping(2), 100 + 1 + 1000 + 1 + 100);
}

TEST(Original, HandsItsExceptionThroughTheScript) {
  Patched patched(R"lua(hf.patch("divide", function(a, b, rest) return hf.original() end))lua");
  int rest = 0;
  EXPECT_EQ(sample::divide(7, 2, rest), 3);
  EXPECT_EQ(rest, 1);
  EXPECT_THROW(sample::divide(1, 0, rest), std::domain_error);
  EXPECT_TRUE(patched.failures().empty()) << "that is the game's exception, not the patch's";
  EXPECT_EQ(sample::divide(9, 2, rest), 4) << "and the next call is patched as before";
  EXPECT_EQ(patched.runtime.active()[0].calls, 3u);
}

TEST(Original, ExceptionsCanBeHandledByTheScript) {
  Patched patched(R"lua(hf.patch("divide", function(a, b, rest)
      local good, result, left = pcall(hf.original)
      if not good then return -1, -2 end
      return result, left end))lua");
  int rest = 5;
  EXPECT_EQ(sample::divide(1, 0, rest), -1);
  EXPECT_EQ(rest, -2);
  EXPECT_EQ(sample::divide(7, 2, rest), 3);
  EXPECT_EQ(rest, 1);
}

TEST(Original, WantsAllArgumentsOrNone) {
  Patched patched(R"lua(hf.patch("price(double,int)", function() return hf.original(1) end))lua");
  EXPECT_EQ(sample::price(2, 3), 6);
  EXPECT_THAT(patched.failure(), HasSubstr("no arguments or all 2, not 1"));
}

TEST(Original, OfNoCallIsAnError) {
  Patched patched;
  EXPECT_EQ(patched.run("hf.original()").error(), hotfix::errc::bad_script);
  EXPECT_THAT(patched.log_text(), HasSubstr("hf.original is for patches while they run"));
}

TEST(Patch, CanTakeItselfAway) {
  Patched patched(R"lua(hf.patch("price(double,int)", function(unit, count)
      hf.patch("price(double,int)", nil)
      return -1 end))lua");
  EXPECT_EQ(sample::price(2, 3), -1);
  EXPECT_EQ(sample::price(2, 3), 6);
  EXPECT_TRUE(patched.failures().empty());
}

TEST(Patch, CanReplaceItselfAndPatchOthers) {
  Patched patched(R"lua(hf.patch("price(double,int)", function(unit, count)
      hf.patch("price(double,int)", function() return -2 end)
      hf.patch("price(double)", function() return -3 end)
      return -1 end))lua");
  EXPECT_EQ(sample::price(2), 2);
  EXPECT_EQ(sample::price(2, 3), -1);
  EXPECT_EQ(sample::price(2, 3), -2);
  EXPECT_EQ(sample::price(2), -3);
  EXPECT_EQ(patched.runtime.active().size(), 2u);
}

TEST(Patch, IsCountedAndRolledBack) {
  Patched patched("hf.patch('price(double)', function(unit) return unit + 1 end)");
  EXPECT_EQ(sample::price(1), 2);
  EXPECT_EQ(sample::price(2), 3);
  const auto active = patched.runtime.active();
  ASSERT_EQ(active.size(), 1u);
  EXPECT_EQ(active[0].point, "price(double)");
  EXPECT_EQ(active[0].patch, "test");
  EXPECT_EQ(active[0].calls, 2u);
  EXPECT_EQ(active[0].failures, 0u);
  EXPECT_EQ(patched.runtime.rollback("other").error(), hotfix::errc::not_found);
  ASSERT_TRUE(patched.runtime.rollback("test"));
  EXPECT_EQ(sample::price(1), 1);
}

TEST(Patch, OfAnotherSetIsNotReplacedSilently) {
  Patched patched("hf.patch('price(double)', function() return 1 end)");
  EXPECT_EQ(patched.run("hf.patch('price(double)', function() return 2 end)", "second").error(),
            hotfix::errc::conflict);
  EXPECT_EQ(sample::price(7), 1);
  EXPECT_THAT(patched.log_text(), HasSubstr("price(double) is patched by test"));
}

TEST(Patch, SetsComeIntoForceAsAWholeOrNotAtAll) {
  Patched patched;
  EXPECT_EQ(patched.run("hf.patch('price(double)', function() return 1 end) error('no')").error(),
            hotfix::errc::bad_script);
  EXPECT_EQ(sample::price(7), 7);
  EXPECT_TRUE(patched.runtime.active().empty());
}

TEST(Patch, OfTheSameSetReplacesAllOfItsPoints) {
  Patched patched("hf.all('price', function() return 1 end)");
  ASSERT_TRUE(patched.run("hf.patch('price(double)', function() return 2 end)"));
  EXPECT_EQ(sample::price(7), 2);
  EXPECT_EQ(sample::price(7, 2), 14);
}

TEST(Runtime, IsTheOnlyOneOfItsProcess) {
  Patched first("hf.patch('price(double)', function() return 1 end)");
  {
    Patched second;
    EXPECT_EQ(second.run("").error(), hotfix::errc::not_running);
    EXPECT_TRUE(second.runtime.active().empty());
  }
  EXPECT_EQ(sample::price(7), 1);
}

TEST(Runtime, CanBeMadeAgain) {
  for (int i = 0; i < 3; ++i) {
    Patched patched("hf.patch('price(double)', function() return 1 end)");
    EXPECT_EQ(sample::price(7), 1);
  }
  EXPECT_EQ(sample::price(7), 7);
}

TEST(Runtime, WithTooLittleMemoryIsInert) {
  Patched patched(hotfix::Options{.memory_bytes = 1000});
  EXPECT_EQ(patched.run("").error(), hotfix::errc::not_running);
}

}  // namespace
}  // namespace larder::test
