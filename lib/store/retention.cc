#include "store/retention.h"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "sys/files.h"

namespace larder::store {
namespace {

constexpr std::uint64_t kMostStateBytes = 256u << 20;
// The policy's idea of what is there may differ from the index's by this share of the quota.
constexpr std::uint64_t kToleratedShare = 64;
// Of the room for content, what is left to dead bytes; see docs/eviction.md.
constexpr std::uint64_t kLeastSlack = 200;
constexpr std::uint64_t kMostSlack = 700;
constexpr std::uint64_t kTighten = 10;
constexpr std::uint64_t kLoosen = 2;
// While a store shrinks, others that want to store something wait no longer than for so much, or an
// eighth of what is left.
constexpr std::uint64_t kSegmentsAtOnce = 8;
constexpr std::uint64_t kLeastAtOnceBytes = 4u << 20;

std::string state_path(const std::string& directory) {
  return directory + "/retention";
}

}  // namespace

Retention::Retention(Rooms rooms, std::uint64_t segment_bytes)
    : rooms_(rooms), segment_bytes_(segment_bytes), slack_permille_(kLeastSlack) {}

bool Retention::admit(const Newcomer& newcomer, std::span<const ObjectKey> names) {
  if (!rooms_.quota.limited()) return true;
  std::lock_guard lock(mutex_);
  worth_saving_ = true;
  if (has_room(newcomer.size_bytes)) {
    arriving_.insert(newcomer.id);
    return true;
  }
  if (!policy_) load();
  hand_over_uses();
  std::vector<EvictionPolicy::Id> victims;
  const bool admitted = policy_->admit(
      {newcomer.id, newcomer.size_bytes, newcomer.priority, is_pinned(names)}, victims);
  if (!admitted) return false;
  arriving_.insert(newcomer.id);
  drop(victims);
  return true;
}

bool Retention::enlarge(const Newcomer& newcomer, std::uint64_t size_bytes) {
  if (!rooms_.quota.limited()) return true;
  std::lock_guard lock(mutex_);
  if (!policy_) {
    if (has_room(size_bytes - std::min(size_bytes, newcomer.size_bytes))) return true;
    load();
  }
  hand_over_uses();
  policy_->erase(newcomer.id);
  std::vector<EvictionPolicy::Id> victims;
  if (!policy_->admit({newcomer.id, size_bytes, newcomer.priority, false}, victims)) return false;
  drop(victims);
  return true;
}

void Retention::stored(const Newcomer& newcomer, const Digest& digest,
                       std::span<const ObjectKey> names) {
  if (!rooms_.quota.limited()) return;
  std::lock_guard lock(mutex_);
  if (const auto found = arriving_.find(newcomer.id); found != arriving_.end())
    arriving_.erase(found);
  if (!policy_) return;
  const EvictionPolicy::Id id = id_of(digest);
  policy_->rename(newcomer.id, id);
  policy_->adopt({id, newcomer.size_bytes, newcomer.priority, false});
  policy_->resize(id, newcomer.size_bytes);
  if (is_pinned(names)) policy_->set_pinned(id, true);
}

void Retention::withdraw(const Newcomer& newcomer) noexcept {
  if (!rooms_.quota.limited()) return;
  std::lock_guard lock(mutex_);
  if (const auto found = arriving_.find(newcomer.id); found != arriving_.end())
    arriving_.erase(found);
  if (policy_) policy_->erase(newcomer.id);
}

void Retention::forget(const Digest& digest) noexcept {
  if (!rooms_.quota.limited()) return;
  std::lock_guard lock(mutex_);
  if (policy_) policy_->erase(id_of(digest));
}

void Retention::set_pinned(std::span<const ObjectKey> keys, bool pinned) {
  std::lock_guard lock(mutex_);
  if (!policy_) return;
  for (const ObjectKey& key : keys) {
    if (pinned)
      pins_.insert(key);
    else
      pins_.erase(key);
    const auto found = rooms_.index.find(key);
    if (!found || !*found) continue;
    // Another key may still pin it.
    const Digest& digest = (*found)->digest;
    policy_->set_pinned(id_of(digest), rooms_.index.is_pinned(digest).value_or(pinned));
  }
}

void Retention::named(const Digest& digest, std::span<const ObjectKey> names) {
  if (!rooms_.quota.limited()) return;
  std::lock_guard lock(mutex_);
  if (policy_ && is_pinned(names)) policy_->set_pinned(id_of(digest), true);
}

bool Retention::tighten() {
  std::lock_guard lock(mutex_);
  if (!policy_) load();
  if (slack_permille_ == kMostSlack) return false;
  slack_permille_ = std::min(kMostSlack, slack_permille_ + kTighten);
  if (!measure()) return false;
  const std::uint64_t used = policy_->used_bytes();
  if (used > content_quota_) (void)give_up_in_turn(used - content_quota_);
  return true;
}

void Retention::loosen() noexcept {
  std::lock_guard lock(mutex_);
  slack_permille_ = std::max(kLeastSlack, slack_permille_ - kLoosen);
}

bool Retention::give_up_in_turn(std::uint64_t bytes) {
  hand_over_uses();
  const std::uint64_t used = policy_->used_bytes();
  policy_->set_quota(used - std::min(used, bytes));
  std::vector<EvictionPolicy::Id> victims;
  (void)policy_->make_room(0, victims);
  policy_->set_quota(content_quota_);
  drop(victims);
  return !victims.empty();
}

void Retention::reconcile() {
  std::lock_guard lock(mutex_);
  if (policy_) (void)measure();
}

bool Retention::shrink() {
  std::lock_guard lock(mutex_);
  // With fewer objects the index is smaller, and there is room for more content.
  if (!measure() || (!policy_ && *room_ != 0)) return false;
  if (!policy_) load();
  const std::uint64_t used = policy_->used_bytes();
  if (used <= content_quota_) return false;
  const std::uint64_t most = std::max(kSegmentsAtOnce * segment_bytes_, kLeastAtOnceBytes);
  const std::uint64_t step = std::min((used + segment_bytes_) / 8, most);
  return give_up_in_turn(std::min(used - content_quota_, step));
}

std::uint64_t Retention::content_quota() {
  if (!rooms_.quota.limited()) return 0;
  std::lock_guard lock(mutex_);
  if (!policy_) (void)measure();
  return content_quota_;
}

// Before there is a policy: whether the content certainly stays below the quota.
bool Retention::has_room(std::uint64_t bytes) {
  unmeasured_bytes_ += bytes;
  if (policy_) {
    if (unmeasured_bytes_ > segment_bytes_) (void)measure();
    return false;
  }
  if ((!room_ || *room_ < bytes || unmeasured_bytes_ > segment_bytes_) && !measure()) return true;
  if (*room_ < bytes) return false;
  *room_ -= bytes;
  return true;
}

Result<void> Retention::measure() {
  const auto figures = rooms_.index.figures();
  if (!figures) return figures.error();
  unmeasured_bytes_ = 0;
  content_quota_ = rooms_.quota.for_content(*figures, segment_bytes_, slack_permille_);
  const std::uint64_t content = figures->object_bytes + rooms_.committer.pending().second;
  if (!policy_) {
    room_ = content_quota_ - std::min(content_quota_, content);
    return {};
  }
  policy_->set_quota(content_quota_);
  if (!knows(content)) {
    // Maybe only because of victims whose rows are still there.
    if (const auto done = rooms_.committer.flush(); !done) return done;
    const auto settled = rooms_.index.figures();
    if (!settled) return settled.error();
    if (!knows(settled->object_bytes)) follow_index();
  }
  return {};
}

bool Retention::knows(std::uint64_t content) const {
  const std::uint64_t known = policy_->used_bytes();
  const std::uint64_t drift = std::max(known, content) - std::min(known, content);
  return drift <= content_quota_ / kToleratedShare;
}

void Retention::load() {
  policy_.emplace(content_quota_);
  if (const auto state = sys::read_file(state_path(rooms_.directory), kMostStateBytes, rooms_.fs))
    (void)policy_->load(std::as_bytes(std::span(*state)));
  (void)rooms_.committer.flush();
  follow_index();
  (void)measure();
}

// Has the policy know what the index lists, and nothing else; after a flush.
void Retention::follow_index() {
  std::vector<EvictionPolicy::Object> listed;
  const auto read = rooms_.index.visit_classes(
      [&](const Digest& digest, std::uint64_t size_bytes, Priority priority) {
        listed.push_back({id_of(digest), size_bytes, priority, false});
      });
  const auto pinned = rooms_.index.pinned_objects();
  const auto pins = rooms_.index.pins();
  if (!read || !pinned || !pins) return;
  pins_ = {pins->begin(), pins->end()};
  const auto by_id = [](const EvictionPolicy::Object& a, EvictionPolicy::Id id) {
    return a.id < id;
  };
  policy_->retain([&](EvictionPolicy::Id id) {
    const auto at = std::lower_bound(listed.begin(), listed.end(), id, by_id);
    return (at != listed.end() && at->id == id) || arriving_.contains(id);
  });
  for (const Digest& digest : *pinned) {
    const auto at = std::lower_bound(listed.begin(), listed.end(), id_of(digest), by_id);
    if (at != listed.end() && at->id == id_of(digest)) at->pinned = true;
  }
  for (const EvictionPolicy::Object& object : listed) {
    policy_->adopt(object);
    policy_->set_pinned(object.id, object.pinned);
  }
}

void Retention::hand_over_uses() {
  for (const auto& [id, uses] : rooms_.objects.gather_uses()) policy_->touch(id, uses);
}

void Retention::drop(const std::vector<EvictionPolicy::Id>& victims) {
  std::vector<Digest> digests;
  for (const EvictionPolicy::Id id : victims) {
    const auto in_index = rooms_.index.objects_named_like(id);
    if (in_index) digests.insert(digests.end(), in_index->begin(), in_index->end());
    const auto pending = rooms_.committer.pending_named_like(id);
    digests.insert(digests.end(), pending.begin(), pending.end());
  }
  if (digests.empty()) return;
  std::vector<Change> changes;
  // Another process may have pinned one: the index has the last word.
  for (const Digest& digest : digests) changes.emplace_back(ObjectDropped{digest, false});
  // In this order, so that no look-up can find the row and publish the object again.
  rooms_.committer.add(std::move(changes), nullptr, nullptr);
  for (const Digest& digest : digests) rooms_.objects.drop(digest);
  rooms_.counters.evictions.fetch_add(victims.size(), std::memory_order_relaxed);
}

bool Retention::is_pinned(std::span<const ObjectKey> names) const {
  return std::any_of(names.begin(), names.end(),
                     [this](const ObjectKey& name) { return pins_.contains(name); });
}

void Retention::save() noexcept try {
  if (!rooms_.quota.limited()) return;
  std::lock_guard lock(mutex_);
  if (!policy_) {
    if (!worth_saving_) return;
    load();
  }
  hand_over_uses();
  const auto state = policy_->save();
  const std::string_view text(reinterpret_cast<const char*>(state.data()), state.size());
  if (const auto done = sys::replace_file(state_path(rooms_.directory), text, rooms_.fs); !done)
    rooms_.log.info("store: what is known of the use of objects is not saved: " +
                    done.error().message());
} catch (const std::exception&) {  // costs hit rate only
}

}  // namespace larder::store
