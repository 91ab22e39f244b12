// What scripts can reach: an allow-list, and nothing that can run long without an instruction.
#pragma once

#include "hotfix/lua.h"

namespace larder::hotfix {

/// A C function for lua_pcall: makes a new state ready. Leaves nothing on the stack.
int prepare_state(lua_State* lua);
/// Pushes a fresh environment: scripts of different sets share nothing that one could change.
void push_environment(lua_State* lua);

/// For prepare_state: how handles behave. In objects.cc.
void set_handle_metatable(lua_State* lua);
/// Pushes the module "larder.hotfix". In script_api.cc.
void push_module(lua_State* lua);

}  // namespace larder::hotfix
