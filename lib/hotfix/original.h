// hf.original: the function that a patch stands for.
#pragma once

#include <larder/hotfix/signature.h>

#include "hotfix/lua.h"

namespace larder::hotfix {

/// Runs the original of the point: its next call on this thread passes the patch by.
void run_original(const detail::Invocation& call);

/// original() with the call's own arguments, original(…) with others. Returns the function's
/// result, then what `T&` parameters are afterwards. What the original throws leaves the script as
/// an error that nothing can be read from, and the patch as the exception that it was.
int call_original(lua_State* lua);

}  // namespace larder::hotfix
