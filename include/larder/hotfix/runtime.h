// The runtime of hotfixes: applies signed patch sets from a Vfs to the points of the program.
//
//   larder::hotfix::Runtime runtime({.app = "game", .build = 1042, .state_file = "hotfix.state"});
//   auto applied = runtime.apply(*vfs, "patches/manifest.json", {public_key_pem});
//   …
//   runtime.confirm_start();  // the program came up: this start counts as a good one
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <larder/hotfix/error.h>
#include <larder/log.h>
#include <larder/result.h>
#include <larder/vfs.h>

namespace larder::hotfix {

/// Which threads run patches.
enum class Threads {
  owner,      ///< the one that made the Runtime; others run originals, without a lock
  serialize,  ///< all, one at a time; the lock is free while an original runs
  per_thread  ///< all, each with a machine and script variables of its own
};

/// A patch that did not do its work. Except for constructors and destructors the original has the
/// last word: it runs with its own arguments, unless the patch had run it so before it failed.
struct Failure {
  enum class Kind {
    error,         ///< the script raised an error
    wrong_result,  ///< it returned what the function cannot
    instructions,  ///< more than Options::instructions_per_call
    memory,        ///< more than Options::memory_bytes
    depth,         ///< patched functions called each other too deep
  };
  Kind kind{};
  std::string point;      ///< "game::Enemy.damage(int)"
  std::string patch;      ///< the set's id
  std::string message;    ///< with a traceback where there is one
  bool disabled = false;  ///< it was one failure too many: the patch is off from now on
};

struct Options {
  /// Compared with the manifest's; a manifest for another program is refused.
  std::string app;
  /// Of this program; a manifest says for which range it is.
  std::uint64_t build = 0;
  Threads threads = Threads::owner;
  /// What the scripts' machine may take (each, with Threads::per_thread).
  std::size_t memory_bytes = 8u << 20;
  /// Failures of one patch before it is switched off.
  unsigned max_errors = 8;
  /// What a call may take while it is watched. At least 1.
  int instructions_per_call = 1'000'000;
  /// The first calls of each patch are watched; that halves the script's speed.
  std::uint64_t watched_calls = 10'000;
  /// Starts in a row that may fail with a set active before it is quarantined.
  unsigned max_failed_starts = 3;
  /// Remembers the highest sequence seen, failed starts and what was rolled back. Empty: all is
  /// forgotten at the end of the process, and a restart lets older manifests in again.
  std::string state_file;
  /// Called on the thread of the call, before the original runs, with no lock held. Must not throw.
  std::function<void(const Failure&)> on_failure;
  /// Lines for people, and what scripts print. Called on any thread; must not throw, call patched
  /// functions, or call back into the Runtime.
  std::function<void(LogLevel, std::string_view)> on_log;
};

/// What apply() did.
struct Applied {
  bool changed = false;  ///< false: this manifest was in force already
  bool killed = false;   ///< the manifest took the set back
  std::string id;
  std::uint64_t sequence = 0;
  std::size_t points = 0;  ///< that the set patches
};

/// One patched point.
struct ActivePatch {
  std::string point;
  std::string patch;  ///< the set's id
  std::uint64_t calls = 0;
  std::uint64_t failures = 0;
  std::uint64_t elsewhere = 0;  ///< calls by threads that do not run patches
  bool disabled = false;        ///< after Options::max_errors failures
  std::string last_failure;
};

/// One annotated function of the program.
struct PointDescription {
  std::string name;  ///< "game::Enemy.damage(int)"
  std::string result;
  std::string signature_hash;
};

/// All points of the program, in the order of their names.
[[nodiscard]] std::vector<PointDescription> points();
/// The same for `larder hotfix list`, `lint` and `sign`.
[[nodiscard]] std::string points_json();

/// The machine that runs patches. One in a process at a time; another is inert
/// (errc::not_running) until the first one is gone.
///
/// Threads: with Threads::owner all functions but stats are called on the thread that made it, else
/// on any. Destroyed on the same thread, never from within a patch; it waits for patches that run
/// on other threads. Afterwards all functions are as they were compiled. Errors: no function
/// throws, and no failure of a script reaches the game, but what an original throws passes through
/// the patch that called it.
class Runtime {
 public:
  explicit Runtime(Options options = {}) noexcept;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  /// Reads the manifest and its scripts, checks all of them, and puts the set in force in place of
  /// the one that came from the same path: all of it or nothing. `trusted_keys`: public Ed25519
  /// keys in PEM (the text of `F.pub`). Blocks as Vfs::read(). Errors: hotfix::errc, and those of
  /// Vfs::read(): condition::absent when nothing is published.
  [[nodiscard]] Result<Applied> apply(Vfs& vfs, std::string_view manifest_path,
                                      const std::vector<std::string>& trusted_keys) noexcept;
  /// A script from memory, which nobody signed: for development and tests. Replaces the set that
  /// has the same id.
  [[nodiscard]] Result<Applied> apply_unsigned(std::string_view id,
                                               std::string_view script) noexcept;

  /// Takes a set back; it stays away until a manifest with a higher sequence comes.
  Result<void> rollback(std::string_view id) noexcept;
  /// The program has come up well: forgets failed starts.
  Result<void> confirm_start() noexcept;

  /// What is patched. Any thread.
  [[nodiscard]] std::vector<ActivePatch> active() const;
  /// Memory in use by the scripts' machine (by this thread's, with Threads::per_thread).
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  class Core;

 private:
  std::unique_ptr<Core> core_;
};

}  // namespace larder::hotfix
