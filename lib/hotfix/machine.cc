#include "hotfix/machine.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "hotfix/sandbox.h"

namespace larder::hotfix {
namespace {

/// Patched functions that call each other, on all threads together.
constexpr std::size_t kMaxLanes = 128;

int add_traceback(lua_State* lua) {
  if (lua_type(lua, 1) == LUA_TSTRING) luaL_traceback(lua, lua, lua_tostring(lua, 1), 1);
  return 1;
}

}  // namespace

/// Raises again at every further instruction, so that a pcall of the script's cannot swallow it.
void Machine::run_out(lua_State* lua, lua_Debug*) {
  lua_sethook(lua, run_out, LUA_MASKCOUNT, 1);
  luaL_error(lua, "%s", "the instructions of this call are used up");
}

std::string Machine::message_of(lua_State* lua) {
  if (lua_type(lua, -1) == LUA_TSTRING) return lua_tostring(lua, -1);
  return std::string("an error that is a ") + luaL_typename(lua, -1);
}

Machine::Machine(const MachineLimits& limits, Host& host) noexcept : limits_(limits), host_(host) {}

void* Machine::allocate(void* machine, void* block, std::size_t old_size,
                        std::size_t new_size) noexcept {
  auto& self = *static_cast<Machine*>(machine);
  const std::size_t before = block ? old_size : 0;  // else it is a type
  if (new_size == 0) {
    std::free(block);
    self.used_bytes_ -= before;
    return nullptr;
  }
  if (new_size > before && new_size - before > self.limits_.memory_bytes - self.used_bytes_)
    return nullptr;
  void* moved = std::realloc(block, new_size);
  if (moved) self.used_bytes_ += new_size - before;
  return moved;
}

std::unique_ptr<Machine> Machine::start(const MachineLimits& limits, Host& host) noexcept try {
  std::unique_ptr<Machine> machine(new Machine(limits, host));
  machine->main_ = lua_newstate(allocate, machine.get());
  if (!machine->main_) return nullptr;
  machine->main_lane_ = {machine.get(), machine->main_, nullptr};
  Lane* lane = &machine->main_lane_;
  std::memcpy(lua_getextraspace(machine->main_), &lane, sizeof lane);
  lua_pushcfunction(machine->main_, prepare_state);
  if (lua_pcall(machine->main_, 0, 0, 0) != LUA_OK) return nullptr;
  return machine;
} catch (const std::bad_alloc&) {
  return nullptr;
}

Machine::~Machine() {
  if (main_) lua_close(main_);
}

bool Machine::open_lane() {
  if (lanes_.size() >= kMaxLanes) return false;
  auto lane = std::make_unique<Lane>(Lane{this, nullptr, nullptr});
  lanes_.reserve(lanes_.size() + 1);
  free_lanes_.reserve(lanes_.size() + 1);
  if (!lua_checkstack(main_, 4)) return false;
  lua_pushcfunction(main_, [](lua_State* lua) {
    auto& opened = *static_cast<Lane*>(lua_touserdata(lua, 1));
    lua_State* thread = lua_newthread(lua);
    lua_pushcfunction(thread, add_traceback);
    luaL_ref(lua, LUA_REGISTRYINDEX);  // for as long as the machine lives
    opened.lua = thread;
    return 0;
  });
  lua_pushlightuserdata(main_, lane.get());
  if (lua_pcall(main_, 1, 0, 0) != LUA_OK) {
    lua_pop(main_, 1);
    return false;
  }
  Lane* opened = lane.get();
  std::memcpy(lua_getextraspace(opened->lua), &opened, sizeof opened);
  free_lanes_.push_back(opened);
  lanes_.push_back(std::move(lane));
  return true;
}

void Machine::bind(unsigned point, int function) {
  if (point >= bound_.size()) bound_.resize(point + 1);
  unbind(point);
  bound_[point] = {function, limits_.watched_calls};
}

void Machine::unbind(unsigned point) noexcept {
  if (point >= bound_.size()) return;
  luaL_unref(main_, LUA_REGISTRYINDEX, bound_[point].function);
  bound_[point] = {};
}

void Machine::forget(const std::vector<Staged>& staged) noexcept {
  for (const Staged& one : staged) luaL_unref(main_, LUA_REGISTRYINDEX, one.function);
}

bool Machine::stage(const PatchSet& set, std::vector<Staged>& staged, std::string& why) {
  staging_ = &staged;
  struct Load {
    const PatchSet& set;
    int instructions;
  } load{set, limits_.instructions};
  lua_pushcfunction(main_, add_traceback);
  lua_pushcfunction(main_, [](lua_State* lua) {
    const Load& task = *static_cast<const Load*>(lua_touserdata(lua, 1));
    push_environment(lua);
    const int environment = lua_gettop(lua);
    for (const Script& script : task.set.scripts) {
      const std::string name = "@" + script.path;
      if (luaL_loadbufferx(lua, script.text.data(), script.text.size(), name.c_str(), "t") !=
          LUA_OK)
        return lua_error(lua);
      lua_pushvalue(lua, environment);
      lua_setupvalue(lua, -2, 1);
      lua_sethook(lua, run_out, LUA_MASKCOUNT, task.instructions);
      lua_call(lua, 0, 0);
      lua_sethook(lua, nullptr, 0, 0);
    }
    return 0;
  });
  lua_pushlightuserdata(main_, &load);
  const int status = lua_pcall(main_, 1, 0, -3);
  lua_sethook(main_, nullptr, 0, 0);
  staging_ = nullptr;
  if (status != LUA_OK) {
    why = message_of(main_);
    forget(staged);
    staged.clear();
  }
  lua_settop(main_, 0);
  return status == LUA_OK;
}

}  // namespace larder::hotfix
