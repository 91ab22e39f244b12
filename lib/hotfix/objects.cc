// How scripts use C++ objects: handles and their fields.
#include <exception>
#include <string>
#include <string_view>

#include "hotfix/guarded.h"
#include "hotfix/machine.h"
#include "hotfix/points.h"
#include "hotfix/sandbox.h"

namespace larder::hotfix {
namespace {

using detail::ClassInfo;
using detail::Field;

const Handles::Object& object_at(lua_State* lua, Machine& machine, int index) {
  const Handles::Object* object = nullptr;
  if (lua_islightuserdata(lua, index)) object = machine.handles().find(lua_touserdata(lua, index));
  if (!object)
    luaL_error(lua, "this object is gone: scripts can use one until the call returns that gave it");
  return *object;
}

[[noreturn]] void complain_of_field(lua_State* lua, const ClassInfo& type) {
  std::string known;
  for (std::size_t i = 0; i < type.field_count; ++i)
    known.append(i == 0 ? "" : ", ").append(type.fields[i].name);
  const std::string message = std::string(type.name) + " has no field '" +
                              luaL_tolstring(lua, 2, nullptr) + "'; patches may use: " + known;
  luaL_error(lua, "%s", message.c_str());
  std::terminate();  // luaL_error does not return
}

/// The field whose name is at index 2.
const Field& field_of(lua_State* lua, Machine& machine, const ClassInfo& type) {
  std::size_t size = 0;
  const char* chars = lua_type(lua, 2) == LUA_TSTRING ? lua_tolstring(lua, 2, &size) : nullptr;
  if (!chars) complain_of_field(lua, type);
  const std::string_view name(chars, size);
  // Lua keeps one copy of a short string: its address is as good as a hash.
  const Field*& cached = machine.recent_field(chars);
  if (cached >= type.fields && cached < type.fields + type.field_count && cached->name == name)
    return *cached;
  for (const Field* field = type.fields; field != type.fields + type.field_count; ++field)
    if (field->name == name) return *(cached = field);
  complain_of_field(lua, type);
}

int get_field(lua_State* lua) {
  Machine& machine = *Machine::lane_of(lua).machine;
  const Handles::Object object = object_at(lua, machine, 1);
  const Field& field = field_of(lua, machine, *object.type);
  if (field.type->is_reference && object.is_const) {
    // A part of an object that must not change must not, either.
    return luaL_error(lua, "a part of a const object cannot be handed out");
  }
  field.type->push(stack_of(lua), field.at(object.address));
  return 1;
}

int set_field(lua_State* lua) {
  Machine& machine = *Machine::lane_of(lua).machine;
  const Handles::Object object = object_at(lua, machine, 1);
  const Field& field = field_of(lua, machine, *object.type);
  if (object.is_const || field.is_read_only || field.type->is_reference || field.type->borrows)
    return luaL_error(lua, "field '%s' cannot be set here", lua_tostring(lua, 2));
  if (!field.type->pull(stack_of(lua), 3, field.at(object.address)))
    return luaL_error(lua, "field '%s' is a %s, not a %s", lua_tostring(lua, 2),
                      spell(*field.type).c_str(), luaL_typename(lua, 3));
  return 0;
}

int show_object(lua_State* lua) {
  const Handles::Object object = object_at(lua, *Machine::lane_of(lua).machine, 1);
  lua_pushfstring(lua, "%s: %p", std::string(object.type->name).c_str(), object.address);
  return 1;
}

}  // namespace

void set_handle_metatable(lua_State* lua) {
  lua_pushlightuserdata(lua, nullptr);
  lua_newtable(lua);
  lua_pushcfunction(lua, guarded<get_field>);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, guarded<set_field>);
  lua_setfield(lua, -2, "__newindex");
  lua_pushcfunction(lua, guarded<show_object>);
  lua_setfield(lua, -2, "__tostring");
  lua_pushboolean(lua, 0);
  lua_setfield(lua, -2, "__metatable");
  lua_setmetatable(lua, -2);
  lua_pop(lua, 1);
}

}  // namespace larder::hotfix
