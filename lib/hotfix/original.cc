#include "hotfix/original.h"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "hotfix/machine.h"
#include "hotfix/points.h"

namespace larder::hotfix {
namespace {

using detail::Parameter;
using detail::Type;

class Bypass {
 public:
  explicit Bypass(const detail::Point& point) noexcept
      : before_(std::exchange(detail::bypassed, &point)) {}
  Bypass(const Bypass&) = delete;
  Bypass& operator=(const Bypass&) = delete;
  ~Bypass() { detail::bypassed = before_; }

 private:
  const detail::Point* before_;
};

/// Objects of types that are known at run time only.
class Objects {
 public:
  Objects() = default;
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;
  ~Objects() {
    for (const Object& object : objects_) {
      object.type->destroy(object.memory);
      ::operator delete(object.memory, std::align_val_t(object.type->alignment));
    }
  }
  void* add(const Type& type) {
    objects_.reserve(objects_.size() + 1);
    void* memory = ::operator new(type.size, std::align_val_t(type.alignment));
    type.create(memory);  // default constructors of what can be marshalled do not throw
    objects_.push_back({&type, memory});
    return memory;
  }

 private:
  struct Object {
    const Type* type;
    void* memory;
  };
  std::vector<Object> objects_;
};

/// Runs the original with no lock held. False: it threw.
bool run_unlocked(Frame& frame, const detail::Invocation& call) {
  if (frame.lock) frame.lock->unlock();
  bool threw = false;
  try {
    run_original(call);
  } catch (...) {
    frame.thrown = std::current_exception();
    threw = true;
  }
  if (frame.lock) frame.lock->lock();
  return !threw;
}

int original_as_called(lua_State* lua, Frame& frame) {
  if (!run_unlocked(frame, frame.call)) return -1;
  frame.ran_original = true;
  return push_results(lua, *frame.call.point.signature, frame.call.arguments, frame.call.result);
}

// Apart: what it keeps on the stack would cost every call.
[[gnu::noinline]] int original_with(lua_State* lua, Frame& frame) {
  const detail::Signature& signature = *frame.call.point.signature;
  Objects objects;
  std::vector<void*> arguments(signature.parameter_count + 1u);
  for (int i = 0; i < signature.parameter_count; ++i) {
    const Parameter& parameter = signature.parameters[i];
    void* object = objects.add(*parameter.type);
    if (!parameter.type->pull(stack_of(lua), i + 1, object))
      return luaL_error(lua, "argument %d of hf.original is a %s; %s is wanted", i + 1,
                        luaL_typename(lua, i + 1), spell(*parameter.type).c_str());
    arguments[static_cast<std::size_t>(i)] =
        parameter.type->is_reference ? *static_cast<void**>(object) : object;
  }
  void* result = signature.result ? objects.add(*signature.result) : nullptr;
  if (!run_unlocked(frame, {frame.call.point, frame.call.self, arguments.data(), result}))
    return -1;
  return push_results(lua, signature, arguments.data(), result);
}

/// The number of results; -1: the original threw.
int call_for(lua_State* lua, Frame& frame) {
  const int given = lua_gettop(lua);
  const int wanted = frame.call.point.signature->parameter_count;
  if (given != 0 && given != wanted)
    return luaL_error(lua, "hf.original takes no arguments or all %d, not %d", wanted, given);
  if (const int outputs = frame.call.point.signature->output_count; outputs > LUA_MINSTACK / 2)
    luaL_checkstack(lua, outputs + 4, "too many results");
  return given == 0 ? original_as_called(lua, frame) : original_with(lua, frame);
}

}  // namespace

void run_original(const detail::Invocation& call) {
  const Bypass bypass(call.point);
  call.point.signature->run_original(call.point, call.self, call.arguments, call.result);
}

int call_original(lua_State* lua) {
  Frame* frame = Machine::lane_of(lua).frame;
  if (!frame) return luaL_error(lua, "hf.original is for patches while they run");
  const detail::PointKind kind = frame->call.point.kind;
  if (kind == detail::PointKind::constructor || kind == detail::PointKind::destructor)
    return luaL_error(lua, "the original of a constructor or destructor always runs, by itself");
  int results = 0;
  try {
    results = call_for(lua, *frame);
  } catch (const std::exception& exception) {  // of this side: no memory
    lua_pushstring(lua, exception.what());
    return lua_error(lua);
  }
  if (results >= 0) return results;
  lua_pushlightuserdata(lua, frame);  // Machine::run_in knows it
  return lua_error(lua);
}

}  // namespace larder::hotfix
