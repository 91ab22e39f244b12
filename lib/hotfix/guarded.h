// C++ functions that scripts call.
#pragma once

#include <exception>
#include <string>

#include "hotfix/lua.h"

namespace larder::hotfix {

/// `function`, with exceptions of the standard library turned into errors of the script. Lua's own,
/// which are none of those, pass.
template <int (*function)(lua_State*)>
int guarded(lua_State* lua) {
  try {
    return function(lua);
  } catch (const std::exception& exception) {
    lua_pushstring(lua, exception.what());
  }
  return lua_error(lua);
}

}  // namespace larder::hotfix
