// Core: what a Runtime owns.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <larder/hotfix/runtime.h>
#include <larder/hotfix/signature.h>

#include "hotfix/machine.h"
#include "hotfix/manifest.h"
#include "hotfix/patch_set.h"
#include "hotfix/points.h"
#include "hotfix/state_file.h"

namespace larder::hotfix {
namespace detail {

/// What the slot of a patched point leads to. Lives as long as the Core.
struct Binding {
  Runtime::Core& core;
  Point& point;
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint64_t> elsewhere{0};
  // Guarded by Core::mutex_:
  std::shared_ptr<const PatchSet> set;  ///< null: not patched
  bool disabled = false;
  std::string last_failure;
};

}  // namespace detail

/// Locks are taken in the order of their members. Neither is held while an original or a callback
/// of the application runs.
class Runtime::Core final : public Host {
 public:
  using Binding = detail::Binding;

  explicit Core(Options options);
  ~Core() override;

  [[nodiscard]] bool is_running() const noexcept { return machine_ != nullptr; }
  /// What keeps this thread from changing patches, if anything.
  [[nodiscard]] std::error_code refusal() const noexcept;

  Result<Applied> apply(Vfs& vfs, std::string_view path, const std::vector<std::string>& keys);
  Result<Applied> apply_unsigned(std::string_view id, std::string_view script);
  Result<void> rollback(std::string_view id);
  Result<void> confirm_start();
  [[nodiscard]] std::vector<ActivePatch> active() const;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// Runs the patch, if this thread, which is not the owner, runs patches. True: the call is done.
  bool perform(Binding& binding, const detail::Invocation& call);
  /// The same on the owner's thread, with Threads::owner.
  bool perform_as_owner(Binding& binding, const detail::Invocation& call);

  // Host
  [[nodiscard]] const Names& names() const noexcept override { return *names_.load(); }
  std::string repatch(unsigned by, unsigned point, int function) override;
  bool forgives(const std::string&) override { return false; }
  void print(std::string_view line) override { log(LogLevel::info, line); }

 private:
  struct Local;
  using Sets = std::vector<std::shared_ptr<const PatchSet>>;

  bool perform_in(Machine& machine, Binding& binding, const detail::Invocation& call,
                  std::unique_lock<std::mutex>* lock);
  Machine* local_machine();
  void report(Binding& binding, Frame& frame) noexcept;

  /// The calls below want machine_mutex_ to be held.
  void learn_points();
  std::error_code read_set(Vfs& vfs, const Manifest& manifest, PatchSet& set);
  Result<Applied> kill(const Manifest& manifest, std::string_view path, const std::string& digest);
  Result<Applied> put_in_force(std::shared_ptr<const PatchSet> set);
  bool is_allowed(const PatchSet& set, const std::vector<Staged>& staged, std::error_code& error);
  std::size_t commit(const std::shared_ptr<const PatchSet>& set, const std::vector<Staged>& staged);
  void withdraw(const PatchSet& set, const std::vector<Staged>& but);
  void unbind(Binding& binding);

  Binding& binding_of(unsigned point);
  [[nodiscard]] std::shared_ptr<const PatchSet> set_from(std::string_view source) const;
  [[nodiscard]] std::size_t points_of(const PatchSet& set) const;
  void log(LogLevel level, std::string_view line) const noexcept;
  std::error_code fail(std::error_code error, std::string_view subject, std::string_view why) const;

  const Options options_;
  const std::thread::id owner_ = std::this_thread::get_id();
  const std::uint64_t id_;
  std::mutex machine_mutex_;  ///< changes of patches; with Threads::serialize also calls
  std::unique_ptr<Machine>
      machine_;  ///< null: not running. With Threads::per_thread only for trial
  StateFile state_;
  std::vector<KnownPoint> points_;
  std::vector<std::unique_ptr<const Names>> all_names_;  ///< other threads may still read old ones
  std::atomic<const Names*> names_{nullptr};
  std::atomic<std::uint64_t> version_{0};  ///< of sets_

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Binding>> bindings_;  ///< by point; null: never patched
  std::shared_ptr<const Sets> sets_;                ///< in force, in the order that they came
};

}  // namespace larder::hotfix
