// The primitives of larder/hotfix/stack.h, for Lua.
#include <climits>

#include "hotfix/machine.h"

namespace larder::hotfix::detail {

void push_nil(Stack& stack) noexcept {
  lua_pushnil(state_of(stack));
}
void push_boolean(Stack& stack, bool value) noexcept {
  lua_pushboolean(state_of(stack), value);
}
void push_integer(Stack& stack, std::int64_t value) noexcept {
  lua_pushinteger(state_of(stack), value);
}
void push_number(Stack& stack, double value) noexcept {
  lua_pushnumber(state_of(stack), value);
}
void pop(Stack& stack, int count) noexcept {
  lua_pop(state_of(stack), count);
}

void push_text(Stack& stack, std::string_view value) {
  lua_pushlstring(state_of(stack), value.data(), value.size());
}

void push_object(Stack& stack, const ClassInfo& type, const void* object, bool is_const) {
  lua_State* lua = state_of(stack);
  Machine::Lane& lane = Machine::lane_of(lua);
  Handles& handles = lane.machine->handles();
  if (!handles.reserve(1)) luaL_error(lua, "too many objects in one call");
  lua_pushlightuserdata(
      lua, handles.make({const_cast<void*>(object), &type, is_const}, lane.frame->first_handle));
}

void push_table(Stack& stack, std::size_t items) {
  lua_State* lua = state_of(stack);
  luaL_checkstack(lua, 4, "values are nested too deep");
  lua_createtable(lua, items < INT_MAX ? static_cast<int>(items) : 0, 0);
}

void set_item(Stack& stack, std::size_t index) {
  lua_rawseti(state_of(stack), -2, static_cast<lua_Integer>(index));
}
void set_pair(Stack& stack) {
  lua_rawset(state_of(stack), -3);
}

bool is_nil(Stack& stack, int index) noexcept {
  return lua_isnoneornil(state_of(stack), index);
}

bool pull_boolean(Stack& stack, int index, bool& value) noexcept {
  lua_State* lua = state_of(stack);
  if (lua_type(lua, index) != LUA_TBOOLEAN) return false;
  value = lua_toboolean(lua, index) != 0;
  return true;
}

bool pull_integer(Stack& stack, int index, std::int64_t& value) noexcept {
  lua_State* lua = state_of(stack);
  int is_integer = 0;
  if (lua_type(lua, index) != LUA_TNUMBER) return false;  // Lua would convert strings
  value = lua_tointegerx(lua, index, &is_integer);
  return is_integer != 0;
}

bool pull_number(Stack& stack, int index, double& value) noexcept {
  lua_State* lua = state_of(stack);
  if (lua_type(lua, index) != LUA_TNUMBER) return false;
  value = lua_tonumber(lua, index);
  return true;
}

bool pull_text(Stack& stack, int index, std::string_view& value) noexcept {
  lua_State* lua = state_of(stack);
  if (lua_type(lua, index) != LUA_TSTRING) return false;  // Lua would convert numbers in place
  std::size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  value = {text, size};
  return true;
}

bool pull_object(Stack& stack, int index, const ClassInfo& type, bool wants_const,
                 void*& object) noexcept {
  lua_State* lua = state_of(stack);
  if (lua_type(lua, index) != LUA_TLIGHTUSERDATA) return false;
  const Handles::Object* found =
      Machine::lane_of(lua).machine->handles().find(lua_touserdata(lua, index));
  if (!found || found->type != &type || (found->is_const && !wants_const)) return false;
  object = found->address;
  return true;
}

bool pull_table(Stack& stack, int index, std::size_t& items) noexcept {
  lua_State* lua = state_of(stack);
  if (lua_type(lua, index) != LUA_TTABLE) return false;
  items = lua_rawlen(lua, index);
  return true;
}

bool push_item(Stack& stack, int index, std::size_t item) noexcept {
  lua_State* lua = state_of(stack);
  if (!lua_checkstack(lua, 4)) return false;
  lua_rawgeti(lua, index, static_cast<lua_Integer>(item));
  return true;
}

bool push_next_pair(Stack& stack, int index) noexcept {
  lua_State* lua = state_of(stack);
  if (!lua_checkstack(lua, 4)) {
    lua_pop(lua, 1);
    return false;
  }
  return lua_next(lua, index) != 0;  // fails only for keys that are not in the table
}

int absolute(Stack& stack, int index) noexcept {
  return lua_absindex(state_of(stack), index);
}

}  // namespace larder::hotfix::detail
