#include <larder/hotfix/runtime.h>

#include <exception>
#include <utility>

#include "hotfix/core.h"

namespace larder::hotfix {
namespace {

/// `act()`, if this thread may change patches; no exception leaves.
template <class Act>
auto guarded(const std::unique_ptr<Runtime::Core>& core, const Act& act) noexcept
    -> decltype(act()) {
  if (!core) return std::error_code(errc::not_running);
  if (const std::error_code error = core->refusal()) return error;
  try {
    return act();
  } catch (const std::exception&) {
    return std::make_error_code(std::errc::not_enough_memory);
  }
}

}  // namespace

Runtime::Runtime(Options options) noexcept {
  try {
    core_ = std::make_unique<Core>(std::move(options));
  } catch (const std::exception&) {
    // Without memory for that: errc::not_running.
  }
}

Runtime::~Runtime() = default;

Result<Applied> Runtime::apply(Vfs& vfs, std::string_view manifest_path,
                               const std::vector<std::string>& trusted_keys) noexcept {
  return guarded(core_, [&] { return core_->apply(vfs, manifest_path, trusted_keys); });
}

Result<Applied> Runtime::apply_unsigned(std::string_view id, std::string_view script) noexcept {
  return guarded(core_, [&] { return core_->apply_unsigned(id, script); });
}

Result<void> Runtime::rollback(std::string_view id) noexcept {
  return guarded(core_, [&] { return core_->rollback(id); });
}

Result<void> Runtime::confirm_start() noexcept {
  return guarded(core_, [&] { return core_->confirm_start(); });
}

std::vector<ActivePatch> Runtime::active() const {
  return core_ && core_->is_running() ? core_->active() : std::vector<ActivePatch>{};
}

std::size_t Runtime::memory_bytes() const noexcept {
  return core_ && core_->is_running() ? core_->memory_bytes() : 0;
}

}  // namespace larder::hotfix
