// Lua 5.4 from the library that was compiled as C++: errors of scripts and exceptions of C++ both
// unwind the stack.
#pragma once

#include <lua.hpp>

#include <larder/hotfix/stack.h>

namespace larder::hotfix {

[[nodiscard]] inline lua_State* state_of(detail::Stack& stack) noexcept {
  return reinterpret_cast<lua_State*>(&stack);
}
[[nodiscard]] inline detail::Stack& stack_of(lua_State* lua) noexcept {
  return *reinterpret_cast<detail::Stack*>(lua);
}

}  // namespace larder::hotfix
