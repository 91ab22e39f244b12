// The module "larder.hotfix": patch, all, original, same.
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "hotfix/guarded.h"
#include "hotfix/machine.h"
#include "hotfix/original.h"
#include "hotfix/points.h"
#include "hotfix/sandbox.h"

namespace larder::hotfix {
namespace {

std::string_view text_at(lua_State* lua, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(lua, index, &size);
  return {text, size};
}

/// One point gets the function at `index`, or none if that is nil.
void patch_point(lua_State* lua, unsigned point, int index) {
  Machine::Lane& lane = Machine::lane_of(lua);
  lua_pushvalue(lua, index);
  const int function = luaL_ref(lua, LUA_REGISTRYINDEX);
  if (std::vector<Staged>* staged = lane.machine->staging()) {
    staged->push_back({point, function});
    return;
  }
  std::string why = "patches are changed while scripts are loaded, or by running patches";
  if (lane.frame) why = lane.machine->host().repatch(lane.frame->call.point.index, point, function);
  if (why.empty()) return;
  luaL_unref(lua, LUA_REGISTRYINDEX, function);
  luaL_error(lua, "%s", why.c_str());
}

void check_function(lua_State* lua, std::string_view name, int index) {
  if (lua_isfunction(lua, index) || lua_isnil(lua, index)) return;
  luaL_error(lua, "the patch of '%s' is a %s; a function is wanted, or nil to take it away",
             std::string(name).c_str(), luaL_typename(lua, index));
}

void patch_name(lua_State* lua, std::string_view name, int index, bool all) {
  check_function(lua, name, index);
  Host& host = Machine::lane_of(lua).machine->host();
  const std::vector<unsigned>& points = host.names().find(name);
  if (points.empty() || (points.size() > 1 && !all)) {
    const std::string complaint = host.names().complain(name);
    if (!host.forgives(complaint)) luaL_error(lua, "%s", complaint.c_str());
    return;
  }
  for (const unsigned point : points) patch_point(lua, point, index);
}

/// patch(name, function), patch(name, nil), patch{[name] = function, …}
int patch(lua_State* lua) {
  if (lua_istable(lua, 1)) {
    lua_settop(lua, 1);
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
      if (lua_type(lua, 2) != LUA_TSTRING)
        return luaL_error(lua, "a table of patches has names as its keys, not a %s",
                          luaL_typename(lua, 2));
      patch_name(lua, text_at(lua, 2), 3, false);
    }
    return 0;
  }
  const std::string_view name = text_at(lua, 1);
  if (lua_isnone(lua, 2))
    return luaL_error(lua, "hf.patch('%s', …) wants a function, or nil to take it away",
                      name.data());
  patch_name(lua, name, 2, false);
  return 0;
}

int patch_all(lua_State* lua) {
  luaL_checkany(lua, 2);
  patch_name(lua, text_at(lua, 1), 2, true);
  return 0;
}

/// Whether two handles mean the same object.
int same(lua_State* lua) {
  const Handles& handles = Machine::lane_of(lua).machine->handles();
  const Handles::Object* objects[2] = {};
  for (int i = 0; i < 2; ++i) {
    if (lua_islightuserdata(lua, i + 1)) objects[i] = handles.find(lua_touserdata(lua, i + 1));
    if (!objects[i]) return luaL_error(lua, "argument %d is no object, or one that is gone", i + 1);
  }
  lua_pushboolean(
      lua, objects[0]->address == objects[1]->address && objects[0]->type == objects[1]->type);
  return 1;
}

}  // namespace

void push_module(lua_State* lua) {
  lua_newtable(lua);
  lua_pushcfunction(lua, guarded<patch>);
  lua_setfield(lua, -2, "patch");
  lua_pushcfunction(lua, guarded<patch_all>);
  lua_setfield(lua, -2, "all");
  lua_pushcfunction(lua, call_original);
  lua_setfield(lua, -2, "original");
  lua_pushcfunction(lua, guarded<same>);
  lua_setfield(lua, -2, "same");
}

}  // namespace larder::hotfix
