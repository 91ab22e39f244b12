// Machine: one Lua state that holds the scripts of patch sets and runs their functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <larder/hotfix/runtime.h>
#include <larder/hotfix/signature.h>

#include "hotfix/handles.h"
#include "hotfix/lua.h"
#include "hotfix/names.h"
#include "hotfix/patch_set.h"

namespace larder::hotfix {

/// What a machine asks of whoever owns it. Called while a script runs.
class Host {
 public:
  virtual ~Host() = default;
  [[nodiscard]] virtual const Names& names() const noexcept = 0;
  /// The running patch of point `by` gave `point` a new one; `function` is a reference of the
  /// machine's, or LUA_REFNIL to take the patch away. Returns why not; empty: done.
  virtual std::string repatch(unsigned by, unsigned point, int function) = 0;
  /// hf.patch names what is no point. True: go on all the same.
  virtual bool forgives(const std::string& complaint) = 0;
  virtual void print(std::string_view line) = 0;
};

/// What a script's hf.patch asked for while it was loaded.
struct Staged {
  unsigned point;
  int function;  ///< LUA_REFNIL: takes the patch away
};

struct MachineLimits {
  std::size_t memory_bytes = 8u << 20;
  int instructions = 1'000'000;
  std::uint64_t watched_calls = 10'000;
};

/// One call of a patch, from its arguments to its results.
struct Frame {
  enum class Outcome {
    no_patch,
    done,    ///< the results are stored
    failed,  ///< nothing is stored, or what hf.original() stored
    threw,   ///< the original threw: `thrown`
  };
  const detail::Invocation& call;
  std::unique_lock<std::mutex>* lock = nullptr;  ///< free while an original runs
  int function = LUA_NOREF;
  std::uint32_t first_handle = Handles::kNone;
  bool ran_original = false;  ///< with its own arguments, to the end
  std::exception_ptr thrown;
  Failure::Kind kind{};
  std::string message;
};

/// Threads: one at a time; which one does not matter.
class Machine {
 public:
  /// Null: no memory.
  static std::unique_ptr<Machine> start(const MachineLimits& limits, Host& host) noexcept;
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine();

  /// Runs a set's scripts and says what they patch; nothing is in force yet. On failure `why` is
  /// what the author should read.
  bool stage(const PatchSet& set, std::vector<Staged>& staged, std::string& why);
  void forget(const std::vector<Staged>& staged) noexcept;
  /// Puts a function in force, and owns it.
  void bind(unsigned point, int function);
  void unbind(unsigned point) noexcept;

  Frame::Outcome run(unsigned point, Frame& frame);

  [[nodiscard]] std::size_t memory_bytes() const noexcept { return used_bytes_; }
  /// Whether a call is under way.
  [[nodiscard]] bool is_running() const noexcept { return free_lanes_.size() < lanes_.size(); }

  // For what scripts call.
  struct Lane {
    Machine* machine = nullptr;
    lua_State* lua = nullptr;
    Frame* frame = nullptr;
  };
  /// The lane that `lua` belongs to; the main state's has no frame.
  [[nodiscard]] static Lane& lane_of(lua_State* lua) noexcept {
    return **static_cast<Lane**>(lua_getextraspace(lua));
  }
  [[nodiscard]] Host& host() noexcept { return host_; }
  [[nodiscard]] Handles& handles() noexcept { return handles_; }
  /// Where the field is remembered that a script's string at this address named last.
  [[nodiscard]] const detail::Field*& recent_field(const char* name) noexcept {
    return recent_fields_[reinterpret_cast<std::uintptr_t>(name) / 8 % recent_fields_.size()];
  }
  [[nodiscard]] std::vector<Staged>* staging() noexcept { return staging_; }

 private:
  struct Bound {
    int function = LUA_NOREF;
    std::uint64_t watched_calls = 0;  ///< left
  };
  Machine(const MachineLimits& limits, Host& host) noexcept;
  static void* allocate(void* machine, void* block, std::size_t old_size,
                        std::size_t new_size) noexcept;
  static constexpr int kTraceback = 1;  ///< index of the message handler in each lane
  static void run_out(lua_State* lua, lua_Debug*);
  static std::string message_of(lua_State* lua);
  bool open_lane();
  Frame::Outcome run_in(lua_State* lua, Bound& bound, Frame& frame);
  static Frame::Outcome failed(lua_State* lua, int status, bool ran_out, Frame& frame);

  MachineLimits limits_;
  Host& host_;
  std::size_t used_bytes_ = 0;
  lua_State* main_ = nullptr;
  Lane main_lane_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<Lane*> free_lanes_;
  Handles handles_;
  std::array<const detail::Field*, 64> recent_fields_{};
  std::vector<Bound> bound_;  ///< by point
  std::vector<Staged>* staging_ = nullptr;
};

/// Pushes the results as they stand in the call: the function's, then those of `T&` parameters.
int push_results(lua_State* lua, const detail::Signature& signature, void* const* arguments,
                 const void* result);

}  // namespace larder::hotfix
