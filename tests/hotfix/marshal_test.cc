// Values on their way into a script and back.
#include <cmath>
#include <limits>

#include "hotfix/patched.h"
#include "hotfix/sample.h"

namespace larder::test {
namespace {

using sample::Enemy;
using sample::Mood;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Marshal, Text) {
  Patched patched(R"lua(hf.patch{
      greet = function(who) return who:upper() .. "\0!" end,
      join = function(a, b, c) return c and hf.original(c, a, b) or "none" end,
      moved = function(text) return text .. hf.original() end })lua");
  EXPECT_EQ(sample::greet("a long name that is not short"),
            std::string("A LONG NAME THAT IS NOT SHORT\0!", 31));
  EXPECT_EQ(sample::join("a", "b", "c"), "cab");
  EXPECT_EQ(sample::join("a", "b", nullptr), "none");
  EXPECT_EQ(sample::moved("x"), "xx");
  EXPECT_TRUE(patched.failures().empty()) << patched.log_text();
}

TEST(Marshal, NumbersKeepTheirRange) {
  Patched patched(R"lua(hf.patch{
      small = function(value) return value + 1 end,
      large = function(value) return math.mininteger end,
      bits = function(value) return value end,
      scaled = function(value) return value / 4 end })lua");
  EXPECT_EQ(sample::small(7), 8);
  EXPECT_EQ(sample::small(255), 255) << "256 does not fit: the original";
  EXPECT_THAT(patched.failure(), HasSubstr("result 1 is a number that is no unsigned char"));
  EXPECT_EQ(sample::large(1), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(sample::bits(std::numeric_limits<std::uint64_t>::max()),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(sample::scaled(2), 0.5f);
}

TEST(Marshal, NothingIsConvertedSilently) {
  Patched patched;
  const auto wrong = [&](const char* result) {
    EXPECT_TRUE(
        patched.run("hf.patch('small', function() return " + std::string(result) + " end)"));
    return sample::small(9) == 9;
  };
  for (const char* result : {"'1'", "1.5", "-1", "true", "nil", "{}", "0/0", "1e300", "print"})
    EXPECT_TRUE(wrong(result)) << result;
  EXPECT_EQ(patched.failures().size(), 9u);
  EXPECT_FALSE(wrong("3.0")) << "a whole number all the same";
  ASSERT_TRUE(patched.run("hf.patch('negate', function() return 0 end)"));
  EXPECT_FALSE(sample::negate(true));
  ASSERT_TRUE(patched.run("hf.patch('greet', function() return 5 end)"));
  EXPECT_EQ(sample::greet("a"), "hello a");
}

TEST(Marshal, BoolEnumAndOptional) {
  Patched patched(R"lua(hf.patch{
      negate = function(value) return value end,
      next = function(mood) return mood end,
      half = function(value) if value then return value + 1 end end })lua");
  EXPECT_TRUE(sample::negate(true));
  EXPECT_EQ(sample::next(Mood::angry), Mood::angry);
  EXPECT_EQ(sample::half(4), 5);
  EXPECT_EQ(sample::half(std::nullopt), std::nullopt);
}

TEST(Marshal, Containers) {
  Patched patched(R"lua(hf.patch{
      reversed = function(values) values[#values + 1] = 9 return values end,
      counted = function(counts) counts.b = (counts.a or 0) + 1 return counts end,
      nested = function(value) value[5] = {"x", value[1][2]} return hf.original(value) end })lua");
  EXPECT_THAT(sample::reversed({1, 2}), ElementsAre(1, 2, 9));
  EXPECT_THAT(sample::reversed({}), ElementsAre(9));
  EXPECT_THAT(sample::counted({{"a", 3}}), ElementsAre(Pair("a", 3), Pair("b", 4)));
  const auto nested = sample::nested({{1, {"one", "two"}}});
  ASSERT_EQ(nested.size(), 2u);
  EXPECT_THAT(nested.at(5), ElementsAre("x", "two"));
  EXPECT_TRUE(patched.failures().empty()) << patched.log_text();
}

TEST(Marshal, ContainersWithOneWrongItemAreWrong) {
  Patched patched(R"lua(hf.patch{
      reversed = function(values) return {1, 2, "three"} end,
      counted = function(counts) return {a = 1, [2] = 2} end })lua");
  EXPECT_THAT(sample::reversed({4, 5}), ElementsAre(5, 4));
  EXPECT_THAT(sample::counted({{"x", 1}}), ElementsAre(Pair("x", 1)));
  EXPECT_EQ(patched.failures().size(), 2u);
}

TEST(Marshal, ReferencesAreArgumentsAndResults) {
  Patched patched(R"lua(hf.patch{
      rename = function(name) return name .. "?" end,
      divide = function(a, b, rest) return a * b, rest + 1 end })lua");
  std::string name = "a";
  sample::rename(name);
  EXPECT_EQ(name, "a?");
  int rest = 6;
  EXPECT_EQ(sample::divide(3, 4, rest), 12);
  EXPECT_EQ(rest, 7);
}

TEST(Marshal, ResultsAreStoredAllOrNone) {
  Patched patched(R"lua(hf.patch("divide", function(a, b, rest) return 99, "no number" end))lua");
  int rest = 6;
  EXPECT_EQ(sample::divide(7, 2, rest), 3);
  EXPECT_EQ(rest, 1);
  EXPECT_THAT(patched.failure(), HasSubstr("result 2 is a string that is no int"));
}

TEST(Marshal, OriginalHandsBackWhatReferencesBecame) {
  Patched patched(R"lua(hf.patch("divide", function(a, b, rest)
      local q1, r1 = hf.original()
      local q2, r2 = hf.original(100, 7, 0)
      return q1 * 1000 + q2, r1 * 1000 + r2 end))lua");
  int rest = 0;
  EXPECT_EQ(sample::divide(7, 2, rest), 3014);
  EXPECT_EQ(rest, 1002);
}

TEST(Marshal, PointersToObjects) {
  Patched patched(R"lua(hf.patch{
      weaker = function(a, b) if a and b and a.hp_ > b.hp_ then return b end return nil end,
      sum = function(enemies) local n = 0 for _, e in ipairs(enemies) do n = n + e.hp_ end
        return n * 10 end })lua");
  Enemy a(5);
  Enemy b(3);
  EXPECT_EQ(sample::weaker(&a, &b), &b);
  EXPECT_EQ(sample::weaker(&b, &a), nullptr);
  EXPECT_EQ(sample::sum({&a, &b}), 80);
}

TEST(Marshal, ObjectsCanBeComparedAndShown) {
  Patched patched(R"lua(hf.patch("Enemy.is_like", function(self, other, third)
      assert(tostring(self):find("sample::Enemy: 0x", 1, true) == 1)
      return hf.same(self, other) and not (third and hf.same(self, third)) end))lua");
  Enemy a(1);
  Enemy b(2);
  EXPECT_TRUE(a.is_like(a, &b));
  EXPECT_FALSE(a.is_like(b, nullptr));
  EXPECT_FALSE(a.is_like(a, &a));
  EXPECT_TRUE(patched.failures().empty()) << patched.log_text();
}

TEST(Fields, OfEveryKindCanBeReadAndSet) {
  Patched patched(R"lua(hf.patch("Enemy.damage", function(self, n)
      self.name_ = self.name_ .. self.id_
      self.mood_ = 1
      self.scores_ = {n, n + 1}
      self.weapon_.power = self.weapon_.power + n
      self.friend_ = nil
      return #self.scores_ end))lua");
  Enemy enemy(1);
  enemy.befriend(&enemy);
  EXPECT_EQ(enemy.damage(4), 2);
  EXPECT_TRUE(patched.failures().empty()) << patched.log_text();
  EXPECT_EQ(enemy.name(), "orc7");
  EXPECT_EQ(enemy.mood(), Mood::angry);
  EXPECT_THAT(enemy.scores(), ElementsAre(4, 5));
  EXPECT_EQ(enemy.power(), 7);
}

TEST(Fields, ThatAreWrongAreErrors) {
  const std::pair<const char*, const char*> cases[] = {
      {"self.armour = 1", "has no field 'armour'; patches may use: hp_, name_"},
      {"return self.armour", "has no field 'armour'"},
      {"self.hp_ = 'full'", "field 'hp_' is a int, not a string"},
      {"self.id_ = 2", "field 'id_' cannot be set"},
      {"self.weapon_ = self", "field 'weapon_' cannot be set"},
      {"self.friend_ = self.weapon_", "field 'friend_' is a sample::Enemy*"},
      {"self[1] = 1", "has no field '1'"},
  };
  for (const auto& [body, message] : cases) {
    Patched patched("hf.patch('Enemy.damage', function(self, n) " + std::string(body) + " end)");
    Enemy enemy(1);
    EXPECT_EQ(enemy.damage(4), 5) << body;
    EXPECT_THAT(patched.failure(), HasSubstr(message));
  }
}

TEST(Handle, ExpiresWhenItsCallReturns) {
  Patched patched(R"lua(
      local kept
      hf.patch("Enemy.damage", function(self, n)
        if kept then return kept.hp_ end
        kept = self
        return -1 end))lua");
  Enemy enemy(1);
  EXPECT_EQ(enemy.damage(1), -1);
  EXPECT_EQ(enemy.damage(1), 2) << "the original";
  EXPECT_THAT(patched.failure(), HasSubstr("this object is gone"));
}

TEST(Handle, OfAnEarlierCallIsNoResultEither) {
  Patched patched(R"lua(
      local kept
      hf.patch("weaker", function(a, b)
        if kept then return kept end
        kept = b
        return a end))lua");
  Enemy a(5);
  Enemy b(3);
  EXPECT_EQ(sample::weaker(&a, &b), &a);
  EXPECT_EQ(sample::weaker(&a, &b), &b) << "the original's answer";
  EXPECT_EQ(patched.failures()[0].kind, hotfix::Failure::Kind::wrong_result);
}

TEST(Handle, OfAnOuterCallLivesThroughInnerOnes) {
  Patched patched(R"lua(hf.patch{
      ["Enemy.damage"] = function(self, n)
        if n > 0 then hf.original(0) end
        self.hp_ = self.hp_ + 1
        return self.hp_ end })lua");
  Enemy enemy(1);
  EXPECT_EQ(enemy.damage(4), 2);
  EXPECT_TRUE(patched.failures().empty()) << patched.log_text();
}

}  // namespace
}  // namespace larder::test
