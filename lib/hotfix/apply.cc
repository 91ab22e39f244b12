// How patch sets come into force and go.
#include <algorithm>
#include <map>
#include <utility>

#include "hotfix/core.h"
#include "hotfix/sign.h"

namespace larder::hotfix {

std::error_code Runtime::Core::fail(std::error_code error, std::string_view subject,
                                    std::string_view why) const {
  std::string line = "hotfix: " + std::string(subject) + ": " + error.message();
  if (!why.empty()) line += ": " + std::string(why);
  log(LogLevel::error, line);
  return error;
}

void Runtime::Core::learn_points() {
  if (names_.load() && names().size() == known_point_count()) return;
  points_ = known_points();
  std::vector<std::string> names;
  for (const KnownPoint& point : points_) names.push_back(point.name);
  all_names_.push_back(std::make_unique<const Names>(std::move(names)));
  names_ = all_names_.back().get();
}

Result<Applied> Runtime::Core::apply(Vfs& vfs, std::string_view path,
                                     const std::vector<std::string>& keys) {
  const auto blob = vfs.read(path);
  if (!blob) return blob.error();
  const auto text = open_seal(blob->text(), keys);
  if (!text) return fail(text.error(), path, "");
  std::string why;
  const auto manifest = read_manifest(*text, why);
  if (!manifest) return fail(manifest.error(), path, why);
  if (manifest->app != options_.app)
    return fail(errc::wrong_build, path, "it is for '" + manifest->app + "'");
  if (options_.build < manifest->first_build || options_.build > manifest->last_build)
    return fail(errc::wrong_build, path,
                "it is for builds " + std::to_string(manifest->first_build) + " to " +
                    std::to_string(manifest->last_build));

  const std::lock_guard lock(machine_mutex_);
  const std::string digest = sha256_hex(*text);
  StateFile::Source& source = state_.sources[std::string(path)];
  if (manifest->sequence < source.sequence ||
      (manifest->sequence == source.sequence && digest != source.digest))
    return fail(errc::replayed, path,
                "its sequence " + std::to_string(manifest->sequence) + " was used up");
  if (manifest->kill) return kill(*manifest, path, digest);

  const auto before = set_from(path);
  if (before && before->digest == digest)
    return Applied{.id = before->id, .sequence = before->sequence, .points = points_of(*before)};
  if (manifest->sequence == source.sequence &&
      (source.held || source.failed_starts >= std::max(options_.max_failed_starts, 1u)))
    return fail(errc::quarantined, path,
                source.held ? "it was rolled back"
                            : std::to_string(source.failed_starts) + " starts with it failed");

  auto set = std::make_shared<PatchSet>();
  set->source = path;
  set->id = manifest->id;
  set->sequence = manifest->sequence;
  set->digest = digest;
  learn_points();
  if (const auto error = read_set(vfs, *manifest, *set)) return error;
  return put_in_force(std::move(set));
}

std::error_code Runtime::Core::read_set(Vfs& vfs, const Manifest& manifest, PatchSet& set) {
  for (const Manifest::Target& target : manifest.points) {
    const std::vector<unsigned>& found = names().find(target.name);
    if (found.empty() || names().full(found.front()) != target.name)
      return fail(errc::wrong_point, set.id, names().complain(target.name));
    for (const unsigned point : found) {
      if (points_[point].signature_hash != target.signature_hash)
        return fail(errc::wrong_point, set.id, target.name + " has another signature");
      set.points.push_back(point);
    }
  }
  std::sort(set.points.begin(), set.points.end());
  for (const Manifest::File& file : manifest.scripts) {
    const auto blob = vfs.read(file.path);
    if (!blob) return fail(blob.error(), file.path, "");
    if (sha256_hex(blob->text()) != file.sha256)
      return fail(errc::bad_script, file.path, "it is not the file that the manifest names");
    set.scripts.push_back({file.path, std::string(blob->text())});
  }
  return {};
}

Result<Applied> Runtime::Core::kill(const Manifest& manifest, std::string_view path,
                                    const std::string& digest) {
  StateFile::Source& source = state_.sources[std::string(path)];
  const StateFile::Source before = source;
  source = {.sequence = manifest.sequence, .digest = digest};
  if (!state_.save()) {
    source = before;
    return fail(errc::bad_state, options_.state_file, "");
  }
  const auto set = set_from(path);
  if (set) {
    withdraw(*set, {});
    log(LogLevel::info, "hotfix: " + set->id + " was taken back by the origin");
  }
  return Applied{
      .changed = set != nullptr, .killed = true, .id = manifest.id, .sequence = manifest.sequence};
}

Result<Applied> Runtime::Core::apply_unsigned(std::string_view id, std::string_view script) {
  const std::lock_guard lock(machine_mutex_);
  learn_points();
  auto set = std::make_shared<PatchSet>();
  set->id = id;
  set->source = "unsigned:" + set->id;
  set->scripts.push_back({set->id, std::string(script)});
  set->may_patch_all = true;
  return put_in_force(std::move(set));
}

Result<Applied> Runtime::Core::put_in_force(std::shared_ptr<const PatchSet> set) {
  std::vector<Staged> staged;
  std::string why;
  if (!machine_->stage(*set, staged, why)) return fail(errc::bad_script, set->id, why);
  std::error_code error;
  if (!is_allowed(*set, staged, error)) {
    machine_->forget(staged);
    return error;
  }
  if (!set->may_patch_all) {
    // Written before the first patched call: a crash in it must not go unnoticed.
    StateFile::Source& source = state_.sources[set->source];
    const StateFile::Source before = source;
    if (source.sequence != set->sequence) source = {set->sequence, set->digest};
    ++source.failed_starts;
    if (!state_.save()) {
      source = before;
      machine_->forget(staged);
      return fail(errc::bad_state, options_.state_file, "");
    }
  }
  const std::size_t points = commit(set, staged);
  log(LogLevel::info, "hotfix: " + set->id + " is in force at " + std::to_string(points) +
                          (points == 1 ? " point" : " points"));
  return Applied{.changed = true, .id = set->id, .sequence = set->sequence, .points = points};
}

bool Runtime::Core::is_allowed(const PatchSet& set, const std::vector<Staged>& staged,
                               std::error_code& error) {
  const std::lock_guard lock(mutex_);
  for (const Staged& one : staged) {
    if (!set.may_patch_all &&
        !std::binary_search(set.points.begin(), set.points.end(), one.point)) {
      error = fail(errc::wrong_point, set.id,
                   names().full(one.point) + " is not among the points that the manifest names");
      return false;
    }
    const Binding* binding = one.point < bindings_.size() ? bindings_[one.point].get() : nullptr;
    if (one.function != LUA_REFNIL && binding && binding->set &&
        binding->set->source != set.source) {
      error = fail(errc::conflict, set.id,
                   names().full(one.point) + " is patched by " + binding->set->id);
      return false;
    }
  }
  return true;
}

std::size_t Runtime::Core::commit(const std::shared_ptr<const PatchSet>& set,
                                  const std::vector<Staged>& staged) {
  std::map<unsigned, int> last;  // of several patches of one point
  for (const Staged& one : staged) {
    const auto [at, is_first] = last.try_emplace(one.point, one.function);
    if (is_first) continue;
    machine_->forget({{one.point, at->second}});
    at->second = one.function;
  }
  if (const auto before = set_from(set->source)) withdraw(*before, staged);
  const std::lock_guard lock(mutex_);
  auto sets = std::make_shared<Sets>(*sets_);
  sets->push_back(set);
  sets_ = std::move(sets);
  version_.fetch_add(1, std::memory_order_release);
  std::size_t points = 0;
  for (const auto& [point, function] : last) {
    Binding& binding = binding_of(point);
    if (function == LUA_REFNIL) {
      unbind(binding);
      continue;
    }
    if (options_.threads == Threads::per_thread)
      machine_->forget({{point, function}});  // each thread loads its own
    else
      machine_->bind(point, function);
    binding.set = set;
    binding.calls = binding.failures = binding.elsewhere = 0;
    binding.disabled = false;
    binding.last_failure.clear();
    binding.point.binding.store(&binding, std::memory_order_release);
    ++points;
  }
  return points;
}

/// Takes a set out of force, but for points that get another patch at once.
void Runtime::Core::withdraw(const PatchSet& set, const std::vector<Staged>& but) {
  const std::lock_guard lock(mutex_);
  for (const auto& binding : bindings_) {
    if (!binding || binding->set.get() != &set) continue;
    const unsigned point = binding->point.index;
    if (std::none_of(but.begin(), but.end(), [&](const Staged& one) { return one.point == point; }))
      unbind(*binding);
  }
  auto sets = std::make_shared<Sets>(*sets_);
  std::erase_if(*sets, [&](const auto& one) { return one.get() == &set; });
  sets_ = std::move(sets);
  version_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const PatchSet> Runtime::Core::set_from(std::string_view source) const {
  const std::lock_guard lock(mutex_);
  for (const auto& set : *sets_)
    if (set->source == source) return set;
  return nullptr;
}

std::size_t Runtime::Core::points_of(const PatchSet& set) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(bindings_.begin(), bindings_.end(),
                    [&](const auto& one) { return one && one->set.get() == &set; }));
}

Result<void> Runtime::Core::rollback(std::string_view id) {
  const std::lock_guard lock(machine_mutex_);
  std::shared_ptr<const PatchSet> set;
  {
    const std::lock_guard guard(mutex_);
    for (const auto& one : *sets_)
      if (one->id == id) set = one;
  }
  if (!set) return std::error_code(errc::not_found);
  withdraw(*set, {});
  log(LogLevel::info, "hotfix: " + set->id + " was rolled back");
  if (set->may_patch_all) return {};
  state_.sources[set->source].held = true;
  if (!state_.save()) return fail(errc::bad_state, options_.state_file, "");
  return {};
}

Result<void> Runtime::Core::confirm_start() {
  const std::lock_guard lock(machine_mutex_);
  bool changed = false;
  for (auto& [path, source] : state_.sources)
    if (source.failed_starts > 0 && set_from(path)) {
      source.failed_starts = 0;
      changed = true;
    }
  if (changed && !state_.save()) return fail(errc::bad_state, options_.state_file, "");
  return {};
}

std::size_t Runtime::Core::memory_bytes() const noexcept {
  return machine_->memory_bytes();
}

}  // namespace larder::hotfix
