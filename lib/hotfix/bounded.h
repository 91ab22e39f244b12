// Functions of Lua's libraries that can run long inside of one instruction, where no budget sees
// them: each is asked first how long it may take.
#pragma once

#include <cstddef>
#include <string_view>

#include "hotfix/lua.h"

namespace larder::hotfix {

/// A bound of the steps of matching `pattern` anywhere in `length` characters.
[[nodiscard]] double pattern_steps(std::string_view pattern, std::size_t length) noexcept;

/// Adds find, match, gmatch, gsub and rep to the table at -1; the library is below it.
void add_bounded_string(lua_State* lua);
/// Adds concat, insert, move, pack, remove, sort and unpack likewise.
void add_bounded_table(lua_State* lua);
/// Adds setmetatable, which refuses finalizers: they run without hooks. From the global table.
void add_bounded_base(lua_State* lua);

}  // namespace larder::hotfix
