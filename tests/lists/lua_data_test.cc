#include "lists/lua_data.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace larder::lists {
namespace {

using Kind = LuaValue::Kind;

LuaData data_of(std::string_view lua, const ListLimits& limits = {}) {
  std::string why;
  auto data = LuaData::parse(lua, limits, why);
  EXPECT_TRUE(data) << lua << ": " << why;
  return data ? std::move(*data) : LuaData();
}

std::string text_of(std::string_view lua) {
  const LuaData data = data_of(lua);
  EXPECT_EQ(data.root().kind, Kind::text) << lua;
  return std::string(data.root().text);
}

std::string refusal_of(std::string_view lua, errc code = errc::bad_table,
                       const ListLimits& limits = {}) {
  std::string why;
  const auto data = LuaData::parse(lua, limits, why);
  EXPECT_FALSE(data) << lua;
  EXPECT_EQ(data.error(), code) << lua;
  return why;
}

TEST(LuaData, ReadsTablesOfEachShape) {
  const std::string lua = R"(-- a list
    local unused = {1; 2, [[three]]};
    local list --[==[ with ]] inside ]==] = {
      name = "a", ["key with space"] = 'b', yes = true, no = false, none = nil,
      items = { 1, {x = 2}, "c", nil, },
      numbered = { [1] = 'one', [2] = 'two' },
      name = "last",
    }
    return list -- the end)";
  const LuaData data = data_of(lua);
  const LuaValue& root = data.root();
  ASSERT_EQ(root.kind, Kind::table);
  EXPECT_EQ(lua[root.offset], '{');
  EXPECT_EQ(data.members(root).size(), 8u);
  EXPECT_EQ(data.find(root, "name")->text, "last");
  EXPECT_EQ(data.find(root, "key with space")->text, "b");
  EXPECT_EQ(data.find(root, "yes")->kind, Kind::boolean);
  EXPECT_EQ(data.find(root, "yes")->text, "true");
  EXPECT_EQ(data.find(root, "no")->text, "false");
  EXPECT_EQ(data.find(root, "none"), nullptr);
  EXPECT_EQ(data.find(root, "absent"), nullptr);
  const auto items = data.members(*data.find(root, "items"));
  ASSERT_EQ(items.size(), 4u);
  EXPECT_TRUE(items[0].is_item);
  EXPECT_EQ(items[0].integer(), 1);
  EXPECT_EQ(data.find(items[1], "x")->integer(), 2);
  EXPECT_EQ(items[2].text, "c");
  EXPECT_EQ(items[3].kind, Kind::nil);
  const auto numbered = data.members(*data.find(root, "numbered"));
  ASSERT_EQ(numbered.size(), 2u);
  EXPECT_TRUE(numbered[1].is_item);
  EXPECT_EQ(numbered[1].text, "two");
}

TEST(LuaData, ReadsWhatIsReturnedAtOnce) {
  EXPECT_EQ(data_of("return {}").members(data_of("return {}").root()).size(), 0u);
  EXPECT_EQ(data_of("return{1};").root().kind, Kind::table);
  EXPECT_EQ(data_of("local a=1 local a=2 return a").root().integer(), 2);
  EXPECT_EQ(data_of("return nil").root().kind, Kind::nil);
  EXPECT_EQ(text_of("return[[x]]"), "x");
}

TEST(LuaData, ReadsTextsWithTheirEscapes) {
  EXPECT_EQ(text_of(R"(return "it's")"), "it's");
  EXPECT_EQ(text_of(R"(return 'say "x"')"), "say \"x\"");
  EXPECT_EQ(text_of(R"(return "\a\b\f\n\r\t\v\\\"\'")"), "\a\b\f\n\r\t\v\\\"'");
  EXPECT_EQ(text_of(R"(return "\65\066\x43\0671\u{e9}\u{1F600}")"), "ABCC1é😀");
  EXPECT_EQ(text_of("return 'a\\z \n\t b'"), "ab");
  EXPECT_EQ(text_of("return 'a\\\r\nb\\\nc'"), "a\nb\nc");
  EXPECT_EQ(text_of("return 'a\\0b'"), std::string("a\0b", 3));
  EXPECT_EQ(text_of("return ''"), "");
  EXPECT_EQ(text_of("return '--x'"), "--x");
}

TEST(LuaData, ReadsLongTexts) {
  EXPECT_EQ(text_of("return [[a\\n'b\"]]"), "a\\n'b\"");
  EXPECT_EQ(text_of("return [[\na\nb]]"), "a\nb");
  EXPECT_EQ(text_of("return [[\r\na\r\n\r\nb\rc\n]]"), "a\n\nb\nc\n");
  EXPECT_EQ(text_of("return [==[a]]b]=]c]==]"), "a]]b]=]c");
  EXPECT_EQ(text_of("return [[]]"), "");
  EXPECT_EQ(data_of("return {[ [[k]] ]=1}").members(data_of("return {[ [[k]] ]=1}").root()).size(),
            1u);
}

TEST(LuaData, ReadsNumbers) {
  const auto integer_of = [](std::string_view number) {
    const std::string lua = "return " + std::string(number);
    const LuaData data = data_of(lua);
    EXPECT_EQ(data.root().kind, Kind::number) << number;
    EXPECT_EQ(data.root().text, number);
    return data.root().integer();
  };
  EXPECT_EQ(integer_of("0"), 0);
  EXPECT_EQ(integer_of("-12"), -12);
  EXPECT_EQ(integer_of("0x1F"), 31);
  EXPECT_EQ(integer_of("0X1p4"), 16);
  EXPECT_EQ(integer_of("1e3"), 1000);
  EXPECT_EQ(integer_of("5."), 5);
  EXPECT_EQ(integer_of("9223372036854775807"), 9223372036854775807);
  for (const std::string_view no : {".5", "1.5", "1e-3", "9223372036854775808", "1e300", "0x.8"})
    EXPECT_FALSE(integer_of(no)) << no;
  EXPECT_FALSE(data_of("return '1'").root().integer());
  for (const std::string_view wrong : {"1x", "0x", "1..2", "1e", "0x1g", "1e999", "12LL"})
    EXPECT_NE(refusal_of("return " + std::string(wrong)).find("no number"), std::string::npos);
}

TEST(LuaData, RefusesWhatIsMoreThanDataAndSaysWhere) {
  EXPECT_EQ(refusal_of("local x = {\n  a = os.exit(1),\n}\nreturn x"),
            "line 2, column 7: `os` is no data; only data is read, nothing is executed");
  for (const std::string_view lua : {"return f()",
                                     "return {f()}",
                                     "return {a = f}",
                                     "return 'a' .. 'b'",
                                     "return 1 + 1",
                                     "return {1 + 1}",
                                     "return {'a' .. 'b'}",
                                     "return #'a'",
                                     "return not true",
                                     "return - 1",
                                     "return function() end",
                                     "return {f = function() end}",
                                     "return (1)",
                                     "return {}.x",
                                     "return ('x'):rep(9)",
                                     "return 'x'.y",
                                     "local x = {} x.a = 1 return x",
                                     "x = 1 return x",
                                     "local x = {} return x.a",
                                     "local x = {} return x[1]",
                                     "local x = {} return x, x",
                                     "local x = {} return {x}",
                                     "local function f() end return f",
                                     "while true do end",
                                     "for i = 1, 2 do end",
                                     "print 'a' return {}",
                                     "do return {} end",
                                     "if true then end",
                                     "local x return x",
                                     "local a, b = 1, 2 return a",
                                     "return {1 == 1}",
                                     "return {a == 1}",
                                     "return {...}",
                                     "goto x",
                                     "return setmetatable({}, {})",
                                     "return {[f()] = 1}",
                                     "return {[1 + 1] = 1}",
                                     "local = 1 return 1",
                                     "return require 'x'"})
    EXPECT_NE(refusal_of(lua).find("only data is read"), std::string::npos) << lua;
}

TEST(LuaData, RefusesWhatIsNoLua) {
  for (const std::string_view lua : {"",
                                     "return",
                                     "local x = 1",
                                     "return {",
                                     "return {1 2}",
                                     "return {,}",
                                     "return {a=}",
                                     "return {[1]}",
                                     "return {[1=1}",
                                     "return 'a",
                                     "return \"a'",
                                     "return 'a\nb'",
                                     "return [[a]",
                                     "return [=[a]]",
                                     "return {} return {}",
                                     "return {} x",
                                     "--[[ return {}",
                                     "return '\\q'",
                                     "return '\\300'",
                                     "return '\\x4'",
                                     "return '\\xg0'",
                                     "return '\\u{110000}'",
                                     "return '\\u{41'",
                                     "return '\\u41'",
                                     "return '\\",
                                     "return '\\x",
                                     "return [=x]",
                                     "<html></html>"}) {
    EXPECT_TRUE(refusal_of(lua).starts_with("line 1, column ")) << lua;
  }
  EXPECT_FALSE(refusal_of(std::string_view("return \0{}", 10)).empty());
}

TEST(LuaData, RefusesKeysThatWouldNeedATable) {
  for (const std::string_view lua :
       {"return {[2]=1}", "return {[1]=1,[1]=2}", "return {[1.5]=1}", "return {[true]=1}",
        "return {[{}]=1}", "return {[nil]=1}", "return {1,[1]=2}", "return {[1]=1,2}"})
    refusal_of(lua);
}

TEST(LuaData, HasLimits) {
  refusal_of("return 1", errc::too_large, {.max_bytes = 7});
  refusal_of("return {{{}}}", errc::too_large, {.max_depth = 2});
  data_of("return {{{}}}", {.max_depth = 3});
  const std::string deep = "return " + std::string(100000, '{');
  refusal_of(deep, errc::too_large, {.max_depth = 1000000});
  refusal_of("return '12345'", errc::too_large, {.max_text_bytes = 4});
  refusal_of("return [[12345]]", errc::too_large, {.max_text_bytes = 4});
  data_of("return {'1234',[[1234]]}", {.max_text_bytes = 4});
  std::string many = "return {";
  for (int i = 0; i < 3000; ++i) many += "1,";
  refusal_of(many + "}", errc::too_large, {.max_files = 1});
  data_of(many + "}", {.max_files = 1000});
}

}  // namespace
}  // namespace larder::lists
