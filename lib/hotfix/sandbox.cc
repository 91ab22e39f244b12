#include "hotfix/sandbox.h"

#include <string_view>

#include "hotfix/bounded.h"
#include "hotfix/machine.h"

namespace larder::hotfix {
namespace {

constexpr char kLibraries[] = "larder.libraries";

constexpr const char* kBase[] = {
    "assert", "error",  "getmetatable", "ipairs", "next",     "pairs",    "pcall", "rawequal",
    "rawget", "rawlen", "rawset",       "select", "tonumber", "tostring", "type",  "xpcall"};
constexpr const char* kString[] = {"byte",  "char",    "format", "len",
                                   "lower", "reverse", "sub",    "upper"};
constexpr const char* kMath[] = {
    "abs",  "acos",   "asin", "atan", "ceil",       "cos",       "deg",        "exp",  "floor",
    "fmod", "huge",   "log",  "max",  "maxinteger", "min",       "mininteger", "modf", "pi",
    "rad",  "random", "sin",  "sqrt", "tan",        "tointeger", "type",       "ult"};

/// Copies fields of the table at -2 into the table at -1.
template <std::size_t N>
void copy(lua_State* lua, const char* const (&names)[N]) {
  for (const char* name : names) {
    lua_getfield(lua, -2, name);
    lua_setfield(lua, -2, name);
  }
}

/// Pushes a copy of the table at `index`, without tables in it.
void push_copy(lua_State* lua, int index) {
  index = lua_absindex(lua, index);
  lua_newtable(lua);
  for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1)) {
    if (lua_istable(lua, -1)) continue;
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, -5);
  }
}

int require_module(lua_State* lua) {
  const std::string_view name = luaL_checkstring(lua, 1);
  if (name != "larder.hotfix")
    return luaL_error(lua, "there is no module '%s' here; only larder.hotfix", name.data());
  lua_pushvalue(lua, lua_upvalueindex(1));
  return 1;
}

int print_line(lua_State* lua) {
  luaL_Buffer line;
  const int count = lua_gettop(lua);
  luaL_buffinit(lua, &line);
  for (int i = 1; i <= count; ++i) {
    if (i > 1) luaL_addchar(&line, '\t');
    luaL_tolstring(lua, i, nullptr);
    luaL_addvalue(&line);
  }
  luaL_pushresult(&line);
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, -1, &size);
  Machine::lane_of(lua).machine->host().print({text, size});
  return 0;
}

}  // namespace

int prepare_state(lua_State* lua) {
  lua_settop(lua, 0);
  lua_newtable(lua);  // the libraries that environments are copied from
  luaL_requiref(lua, "_G", luaopen_base, 0);
  lua_pushvalue(lua, 1);
  copy(lua, kBase);
  lua_settop(lua, 1);

  luaL_requiref(lua, "string", luaopen_string, 0);
  lua_newtable(lua);
  copy(lua, kString);
  add_bounded_string(lua);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, 1, "string");
  // Methods of strings: a copy that no script can change.
  lua_pushliteral(lua, "");
  lua_newtable(lua);
  push_copy(lua, 3);
  lua_setfield(lua, -2, "__index");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_settop(lua, 1);

  luaL_requiref(lua, "table", luaopen_table, 0);
  lua_newtable(lua);
  add_bounded_table(lua);
  lua_setfield(lua, 1, "table");
  lua_settop(lua, 1);

  luaL_requiref(lua, "math", luaopen_math, 0);
  lua_newtable(lua);
  copy(lua, kMath);
  lua_setfield(lua, 1, "math");
  lua_settop(lua, 1);

  add_bounded_base(lua);
  lua_pushcfunction(lua, print_line);
  lua_setfield(lua, 1, "print");
  lua_setfield(lua, LUA_REGISTRYINDEX, kLibraries);
  set_handle_metatable(lua);
  return 0;
}

void push_environment(lua_State* lua) {
  lua_getfield(lua, LUA_REGISTRYINDEX, kLibraries);
  const int libraries = lua_gettop(lua);
  push_copy(lua, libraries);
  for (const char* name : {"string", "table", "math"}) {
    lua_getfield(lua, libraries, name);
    push_copy(lua, -1);
    lua_setfield(lua, -3, name);
    lua_pop(lua, 1);
  }
  lua_pushvalue(lua, -1);
  lua_setfield(lua, -2, "_G");
  push_module(lua);
  lua_pushcclosure(lua, require_module, 1);
  lua_setfield(lua, -2, "require");
  lua_remove(lua, libraries);
}

}  // namespace larder::hotfix
