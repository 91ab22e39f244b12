// One call of a patch: its arguments, the script, its results.
#include <new>
#include <string>
#include <string_view>

#include "hotfix/machine.h"
#include "hotfix/points.h"

namespace larder::hotfix {
namespace {

using detail::Parameter;

inline void push_arguments(lua_State* lua, Frame& frame) {
  detail::Stack& stack = stack_of(lua);
  const detail::Signature& signature = *frame.call.point.signature;
  if (signature.self)
    detail::push_object(stack, signature.self(), frame.call.self, signature.self_is_const);
  signature.push(stack, frame.call.arguments);
}

/// The arguments and the call, where errors of memory are caught.
int call_protected(lua_State* lua) {
  Frame& frame = *static_cast<Frame*>(lua_touserdata(lua, 1));
  const detail::Signature& signature = *frame.call.point.signature;
  lua_settop(lua, 0);
  luaL_checkstack(lua, signature.parameter_count + signature.output_count + 8, "too many values");
  lua_rawgeti(lua, LUA_REGISTRYINDEX, frame.function);
  push_arguments(lua, frame);
  lua_call(lua, lua_gettop(lua) - 1, (signature.result ? 1 : 0) + signature.output_count);
  return lua_gettop(lua);
}

[[gnu::cold]] Frame::Outcome fail(Frame& frame, Failure::Kind kind, std::string_view message) {
  frame.kind = kind;
  frame.message = message;
  return Frame::Outcome::failed;
}

[[gnu::cold]] bool complain(lua_State* lua, Frame& frame, const detail::Type& type, int index,
                            int first) {
  fail(frame, Failure::Kind::wrong_result,
       "result " + std::to_string(index - first + 1) + " is a " + luaL_typename(lua, index) +
           " that is no " + spell(type));
  return false;
}

/// What the script returned for `T&` parameters, from index `first + 1` or `first`: checks it, or
/// stores it.
bool take_outputs(lua_State* lua, int first, Frame& frame, bool store) {
  const detail::Signature& signature = *frame.call.point.signature;
  int index = first + (signature.result ? 1 : 0);
  for (std::size_t i = 0; i < signature.parameter_count; ++i) {
    const Parameter& parameter = signature.parameters[i];
    if (parameter.mode != Parameter::Mode::reference) continue;
    if (!parameter.type->pull(stack_of(lua), index, store ? frame.call.arguments[i] : nullptr))
      return complain(lua, frame, *parameter.type, index, first);
    ++index;
  }
  return true;
}

/// Stores the results, which begin at index `first`; all or none: one that does not fit must not
/// leave others behind.
inline bool take_results(lua_State* lua, int first, Frame& frame) try {
  const detail::Signature& signature = *frame.call.point.signature;
  if (signature.output_count > 0 && !take_outputs(lua, first, frame, false)) return false;
  if (signature.result && !signature.result->pull(stack_of(lua), first, frame.call.result))
    return complain(lua, frame, *signature.result, first, first);
  return signature.output_count == 0 || take_outputs(lua, first, frame, true);
} catch (const std::bad_alloc&) {
  frame.kind = Failure::Kind::memory;
  return false;
}

}  // namespace

Frame::Outcome Machine::run(unsigned point, Frame& frame) {
  if (point >= bound_.size() || bound_[point].function == LUA_NOREF)
    return Frame::Outcome::no_patch;
  Bound& bound = bound_[point];
  frame.function = bound.function;
  if (free_lanes_.empty() && !open_lane())
    return fail(frame, Failure::Kind::depth,
                "patched functions call each other too deep, or there is no memory for a call");
  Lane& lane = *free_lanes_.back();
  free_lanes_.pop_back();
  lane.frame = &frame;
  const Frame::Outcome outcome = run_in(lane.lua, bound, frame);
  lua_settop(lane.lua, kTraceback);
  handles_.expire(frame.first_handle);
  lane.frame = nullptr;
  free_lanes_.push_back(&lane);  // within its capacity
  return outcome;
}

inline Frame::Outcome Machine::run_in(lua_State* lua, Bound& bound, Frame& frame) {
  const detail::Signature& signature = *frame.call.point.signature;
  const int given = (signature.self ? 1 : 0) + signature.parameter_count;
  const int wanted = (signature.result ? 1 : 0) + signature.output_count;
  // Lua always has room for LUA_MINSTACK values: the traceback's, the function's and a spare one.
  if ((given + wanted > LUA_MINSTACK - 4 && !lua_checkstack(lua, given + wanted + 4)) ||
      !handles_.reserve(static_cast<std::size_t>(given)))
    return fail(frame, Failure::Kind::memory, "there is no memory for the arguments");
  const bool watched = bound.watched_calls > 0;
  if (watched) {
    --bound.watched_calls;
    lua_sethook(lua, run_out, LUA_MASKCOUNT, limits_.instructions);
  }
  int status = LUA_OK;
  if (signature.is_light) {
    lua_rawgeti(lua, LUA_REGISTRYINDEX, bound.function);
    push_arguments(lua, frame);
    status = lua_pcall(lua, given, wanted, kTraceback);
  } else {
    lua_pushcfunction(lua, call_protected);
    lua_pushlightuserdata(lua, &frame);
    status = lua_pcall(lua, 1, wanted, kTraceback);
  }
  bool ran_out = false;
  if (watched) {
    ran_out = lua_gethookcount(lua) == 1 && limits_.instructions != 1;
    lua_sethook(lua, nullptr, 0, 0);
  }
  if (status != LUA_OK) return failed(lua, status, ran_out, frame);
  return take_results(lua, kTraceback + 1, frame) ? Frame::Outcome::done : Frame::Outcome::failed;
}

[[gnu::cold]] Frame::Outcome Machine::failed(lua_State* lua, int status, bool ran_out,
                                             Frame& frame) {
  if (frame.thrown && lua_islightuserdata(lua, -1) && lua_touserdata(lua, -1) == &frame)
    return Frame::Outcome::threw;
  return fail(frame,
              status == LUA_ERRMEM ? Failure::Kind::memory
              : ran_out            ? Failure::Kind::instructions
                                   : Failure::Kind::error,
              message_of(lua));
}

int push_results(lua_State* lua, const detail::Signature& signature, void* const* arguments,
                 const void* result) {
  detail::Stack& stack = stack_of(lua);
  if (signature.result) signature.result->push(stack, result);
  const int count = (signature.result ? 1 : 0) + signature.output_count;
  if (signature.output_count == 0) return count;
  for (std::size_t i = 0; i < signature.parameter_count; ++i)
    if (signature.parameters[i].mode == Parameter::Mode::reference)
      signature.parameters[i].type->push(stack, arguments[i]);
  return count;
}

}  // namespace larder::hotfix
