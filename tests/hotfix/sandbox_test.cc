// What scripts cannot reach, and what they cannot do for long.
#include <string>

#include "hotfix/bounded.h"
#include "hotfix/patched.h"
#include "hotfix/sample.h"

namespace larder::test {
namespace {

using hotfix::pattern_steps;
using testing::HasSubstr;

TEST(Sandbox, HasOnlyWhatIsAllowed) {
  Patched patched;
  for (const char* name : {"io", "os", "debug", "package", "load", "loadstring", "loadfile",
                           "dofile", "coroutine", "utf8", "collectgarbage", "string.dump",
                           "string.pack", "string.unpack", "math.randomseed", "table.getn"})
    EXPECT_TRUE(patched.run("assert(" + std::string(name) + " == nil)"))
        << name << patched.log_text();
  for (const char* name : {"assert", "pcall", "setmetatable", "string.format", "string.find",
                           "table.sort", "math.floor", "_G.print", "tostring"})
    EXPECT_TRUE(patched.run("assert(" + std::string(name) + ")")) << name;
}

TEST(Sandbox, ReachesNoOtherModule) {
  Patched patched;
  EXPECT_FALSE(patched.run("require 'os'"));
  EXPECT_THAT(patched.log_text(), HasSubstr("there is no module 'os' here; only larder.hotfix"));
}

TEST(Sandbox, TakesTextOnly) {
  Patched patched;
  EXPECT_EQ(patched.runtime.apply_unsigned("binary", "\x1bLua").error(), hotfix::errc::bad_script);
  EXPECT_THAT(patched.log_text(), HasSubstr("binary"));
}

TEST(Sandbox, SetsShareNothing) {
  Patched patched;
  ASSERT_TRUE(patched.run("string.format = nil math.floor = nil print = nil shared = 1", "first"));
  EXPECT_TRUE(
      patched.run("assert(string.format and math.floor and print and not shared)", "second"))
      << patched.log_text();
}

TEST(Sandbox, MetatablesOfStringsAndObjectsAreOutOfReach) {
  Patched patched(R"lua(
      assert(getmetatable("") == false)
      string.upper = function() return "changed" end
      assert(("a"):upper() == "A")
      hf.patch("Enemy.damage", function(self)
        assert(getmetatable(self) == false)
        return 3
      end))lua");
  sample::Enemy enemy(1);
  EXPECT_EQ(enemy.damage(1), 3) << patched.log_text();
}

TEST(Sandbox, HasNoFinalizers) {
  Patched patched;
  EXPECT_FALSE(patched.run("setmetatable({}, {__gc = function() while true do end end})"));
  EXPECT_THAT(patched.log_text(), HasSubstr("finalizers (__gc) are not allowed"));
  EXPECT_TRUE(patched.run("local t = setmetatable({}, {__index = {a = 1}}) assert(t.a == 1)"));
  // Added later, it is no finalizer.
  EXPECT_TRUE(
      patched.run("local m = {} for i = 1, 100 do setmetatable({}, m) end\n"
                  "m.__gc = function() error('ran') end"));
}

TEST(Sandbox, PrintsToTheLog) {
  Patched patched("print('one', 2, nil)");
  EXPECT_THAT(patched.log_text(), HasSubstr("one\t2\tnil\n"));
}

TEST(Bounded, NothingRunsLongWithinOneInstruction) {
  const char* const scripts[] = {
      "('a'):rep(30):find(('a?'):rep(30) .. ('a'):rep(30))",
      "('a'):rep(3000):find(('.-'):rep(20) .. 'b')",
      "('a'):rep(100000):match('(.-)(.-)b')",
      "('a'):rep(3000):gsub('.-.-.-b', '')",
      "for _ in ('a'):rep(3000):gmatch('.*.*.*b') do end",
      "('a'):rep(3000):find('%f[b].*%f[b].*[%]*]*b*b*')",
      "(''):rep(1 << 60)",
      "('x'):rep(1 << 60)",
      "table.move({}, 1, 1 << 60, 2)",
      "table.concat(setmetatable({}, {__len = function() return 1 << 60 end, __index = rawlen}))",
      "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 1)",
      "table.unpack({}, 1, 1 << 60)",
      "table.sort(setmetatable({}, {__len = function() return (1 << 31) - 2 end, __index = "
      "rawlen}))",
      "string.format('%99999999d', 1)",
  };
  Patched patched;
  for (const char* script : scripts) EXPECT_FALSE(patched.run(script)) << script;
}

TEST(Bounded, EverydayPatternsAndTablesWork) {
  Patched patched(R"lua(
      assert(("key = value"):match("^(%w+)%s*=%s*(%w+)$") == "key")
      assert(("a,b,c"):gsub(",", ";") == "a;b;c")
      assert(("x"):rep(3, "-") == "x-x-x")
      assert(("a.b"):find(".", 1, true) == 2)
      assert(("aaa"):rep(10000):find("aaab", 1, true) == nil)
      local n = 0
      for word in ("one two three"):gmatch("%a+") do n = n + #word end
      assert(n == 11)
      local t = {3, 1, 2}
      table.sort(t) table.insert(t, 4) table.insert(t, 1, setmetatable({}, {}))
      table.remove(t, 1)
      assert(table.concat(t, ",") == "1,2,3,4")
      assert(select("#", table.unpack(table.move(t, 1, 4, 2))) == 5)
      assert(table.pack(1, nil).n == 2))lua");
}

TEST(Bounded, StepsGrowWithRepetitionsOnly) {
  EXPECT_EQ(pattern_steps("^abc$", 1000), 1);
  EXPECT_EQ(pattern_steps("abc", 999), 1000);
  EXPECT_EQ(pattern_steps("^[*+-]%*%-x", 1000), 1) << "none of these repeats";
  EXPECT_EQ(pattern_steps("^[]*]", 1000), 1);
  EXPECT_EQ(pattern_steps("^a*", 999), 1000);
  EXPECT_EQ(pattern_steps("^a?b?", 999), 4);
  EXPECT_GT(pattern_steps(".-.-.-", 1000), 1e10);
  EXPECT_EQ(pattern_steps("%", 0), 1) << "malformed ones are Lua's business";
  EXPECT_EQ(pattern_steps("[", 0), 1);
}

}  // namespace
}  // namespace larder::test
