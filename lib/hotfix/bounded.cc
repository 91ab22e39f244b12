#include "hotfix/bounded.h"

namespace larder::hotfix {
namespace {

/// About a tenth of a second.
constexpr double kMaxSteps = 2e7;
constexpr lua_Integer kMaxItems = 1 << 20;

/// Calls the library's function, which is the first upvalue, with the same arguments.
int call_library(lua_State* lua) {
  lua_pushvalue(lua, lua_upvalueindex(1));
  lua_insert(lua, 1);
  lua_call(lua, lua_gettop(lua) - 1, LUA_MULTRET);
  return lua_gettop(lua);
}

int bounded_match(lua_State* lua) {
  std::size_t length = 0;
  std::size_t pattern_length = 0;
  luaL_checklstring(lua, 1, &length);
  const char* pattern = luaL_checklstring(lua, 2, &pattern_length);
  const bool is_plain = lua_toboolean(lua, lua_upvalueindex(2)) && lua_toboolean(lua, 4);
  if (!is_plain && pattern_steps({pattern, pattern_length}, length) > kMaxSteps)
    return luaL_error(lua, "the pattern '%s' could take too long on %I characters", pattern,
                      static_cast<LUAI_UACINT>(length));
  return call_library(lua);
}

int bounded_repeat(lua_State* lua) {
  if (luaL_checkinteger(lua, 2) > kMaxItems)
    return luaL_error(lua, "string.rep is limited to %d times", static_cast<int>(kMaxItems));
  return call_library(lua);
}

int bounded_table(lua_State* lua) {
  for (int i = 1; i <= lua_gettop(lua); ++i) {
    // Values that are inserted may be anything.
    if (!lua_istable(lua, i) || (i > 1 && lua_toboolean(lua, lua_upvalueindex(2)))) continue;
    if (lua_getmetatable(lua, i))
      return luaL_error(lua, "functions of table want tables without a metatable");
    if (lua_rawlen(lua, i) > static_cast<lua_Unsigned>(kMaxItems))
      return luaL_error(lua, "functions of table are limited to %d items",
                        static_cast<int>(kMaxItems));
  }
  return call_library(lua);
}

int bounded_move(lua_State* lua) {
  const lua_Integer first = luaL_checkinteger(lua, 2);
  const lua_Integer last = luaL_checkinteger(lua, 3);
  if (last > first && static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first) >
                          static_cast<lua_Unsigned>(kMaxItems))
    return luaL_error(lua, "table.move is limited to %d items", static_cast<int>(kMaxItems));
  return bounded_table(lua);
}

int set_metatable(lua_State* lua) {
  if (lua_istable(lua, 2)) {
    lua_getfield(lua, 2, "__gc");
    if (!lua_isnil(lua, -1)) return luaL_error(lua, "finalizers (__gc) are not allowed");
    lua_pop(lua, 1);
  }
  return call_library(lua);
}

/// t[name] = a closure over the library's function and `flag`; t is at -1, the library below it.
void wrap(lua_State* lua, const char* name, lua_CFunction function, bool flag = false) {
  lua_getfield(lua, -2, name);
  lua_pushboolean(lua, flag);
  lua_pushcclosure(lua, function, 2);
  lua_setfield(lua, -2, name);
}

}  // namespace

double pattern_steps(std::string_view pattern, std::size_t length) noexcept {
  const bool anchored = pattern.starts_with('^');
  const double n = static_cast<double>(length) + 1;
  // With k repetitions there are about n^k / k! ways to cut the text; each start is one more cut.
  double steps = anchored ? 1 : n;
  double cuts = anchored ? 0 : 1;
  const auto cut = [&] { steps *= n / ++cuts; };
  for (std::size_t i = anchored ? 1 : 0; i < pattern.size(); ++i) {
    switch (pattern[i]) {
      case '%':
        if (++i < pattern.size() && (pattern[i] == 'b' || (pattern[i] >= '0' && pattern[i] <= '9')))
          cut();  // %b() and %1 look at as much again
        break;
      case '[':
        i += i + 1 < pattern.size() && pattern[i + 1] == '^' ? 2 : 1;
        // A `]` that comes first is one of the set.
        for (bool first = true; i < pattern.size() && (first || pattern[i] != ']');
             ++i, first = false)
          if (pattern[i] == '%') ++i;
        break;
      case '*':
      case '+':
      case '-': cut(); break;
      case '?': steps *= 2; break;
      default: break;
    }
  }
  return steps;
}

void add_bounded_string(lua_State* lua) {
  wrap(lua, "find", bounded_match, true);
  for (const char* name : {"match", "gmatch", "gsub"}) wrap(lua, name, bounded_match);
  wrap(lua, "rep", bounded_repeat);
}

void add_bounded_table(lua_State* lua) {
  for (const char* name : {"concat", "remove", "sort", "unpack"}) wrap(lua, name, bounded_table);
  wrap(lua, "insert", bounded_table, true);
  wrap(lua, "move", bounded_move);
  lua_getfield(lua, -2, "pack");
  lua_setfield(lua, -2, "pack");
}

void add_bounded_base(lua_State* lua) {
  lua_pushglobaltable(lua);
  lua_pushvalue(lua, 1);
  wrap(lua, "setmetatable", set_metatable);
  lua_pop(lua, 2);
}

}  // namespace larder::hotfix
