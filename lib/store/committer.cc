#include "store/committer.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <iterator>
#include <utility>

#include "store/directory_lock.h"

namespace larder::store {
namespace {

constexpr std::chrono::milliseconds kShortestRetry{100};
// Figures alone are written no more often than this.
constexpr std::chrono::minutes kFiguresInterval{1};
// How often an idle process looks what others did to the store.
constexpr std::chrono::milliseconds kBetweenLooks{1000};
// How often a process that has something for others looks whether they wait for it.
constexpr std::chrono::milliseconds kBetweenGlances{20};
// Each takes as long as there are turns.
constexpr std::size_t kMostTurns = 256;

/// The digest whose rows `change` takes away; null for other changes.
const Digest* removed_by(const Change& change) noexcept {
  if (const auto* dropped = std::get_if<ObjectDropped>(&change)) return &dropped->digest;
  if (const auto* forgotten = std::get_if<PlaceForgotten>(&change)) return &forgotten->digest;
  return nullptr;
}

}  // namespace

std::size_t Committer::DigestHash::operator()(const Digest& digest) const noexcept {
  std::size_t hash = 0;
  std::memcpy(&hash, digest.bytes.data(), sizeof hash);
  return hash;
}

Committer::Committer(Rooms rooms, std::chrono::milliseconds interval, std::function<void()> tend)
    : rooms_(rooms), interval_(interval), tend_(std::move(tend)) {}

Committer::~Committer() {
  stop();
}

void Committer::start() {
  thread_ = std::thread([this] { run(); });
}

void Committer::run() noexcept {
  auto pause = interval_;
  auto figures_due = std::chrono::steady_clock::now() + kFiguresInterval;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool idle = pending_.changes.empty() && pending_.evictions.empty() &&
                      current_.changes.empty() && turns_.empty();
    if (idle)
      wake_.wait_for(lock, std::max(interval_, kBetweenLooks));
    else
      rest(lock, pause);
    if (stopping_) return;
    lock.unlock();
    if (!idle) pause = flush() ? interval_ : std::max(interval_, kShortestRetry);
    const auto now = std::chrono::steady_clock::now();
    if (idle && now >= figures_due) (void)flush();  // only figures, if any
    if (!idle || now >= figures_due) figures_due = now + kFiguresInterval;
    tend_();
    lock.lock();
  }
}

void Committer::rest(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds pause) {
  const auto end = std::chrono::steady_clock::now() + pause;
  while (!stopping_ && std::chrono::steady_clock::now() < end) {
    if (turns_.empty()) {
      wake_.wait_until(lock, end, [this] { return stopping_ || !turns_.empty(); });
      continue;
    }
    if (rooms_.turns.somebody_waits()) return;
    const auto glance = std::chrono::steady_clock::now() + kBetweenGlances;
    wake_.wait_until(lock, std::min(end, glance), [this] { return stopping_; });
  }
}

void Committer::give_back(FetchTurns::Lock turn) noexcept try {
  std::lock_guard lock(mutex_);
  const bool applied = pending_.changes.empty() && current_.changes.empty();
  if (applied || stopping_ || turns_.size() == kMostTurns) return;
  turns_.push_back(std::move(turn));
  if (turns_.size() == 1) wake_.notify_one();
} catch (const std::exception&) {  // at once, then
}

void Committer::stop() noexcept {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (!thread_.joinable()) return;
  wake_.notify_all();
  thread_.join();
  try {
    rooms_.appender.close();
    std::lock_guard turn(turn_);
    (void)flush_in_turn(/*last=*/true);
  } catch (const std::exception&) {  // the next open() recovers what the segments hold
  }
}

void Committer::add(std::vector<Change> changes, std::shared_ptr<SegmentWriter> writer,
                    ObjectRef object) {
  std::lock_guard lock(mutex_);
  const bool first = pending_.changes.empty();
  for (Change& change : changes) {
    if (const Digest* digest = removed_by(change)) {
      forgotten_.insert(*digest);
      dropped_.add(*digest);
    } else if (const auto* added = std::get_if<ObjectAdded>(&change)) {
      added_.emplace(id_of(added->digest), added->digest);
      if (dropped_.contains(added->digest))
        rooms_.counters.stored_again.fetch_add(1, std::memory_order_relaxed);
    }
    pending_.changes.push_back(std::move(change));
  }
  if (object) pending_.objects.push_back(std::move(object));
  if (writer) pending_.writers.insert(std::move(writer));
  if (first) wake_.notify_one();
}

void Committer::evict(std::vector<ObjectKey> keys, bool pinned_too) {
  std::lock_guard lock(mutex_);
  pending_.evictions.push_back({std::move(keys), pinned_too});
  wake_.notify_one();
}

void Committer::touch(std::shared_ptr<SegmentWriter> writer) {
  std::lock_guard lock(mutex_);
  pending_.writers.insert(std::move(writer));
}

bool Committer::forgotten(const Digest& digest) const {
  std::lock_guard lock(mutex_);
  return forgotten_.contains(digest);
}

std::vector<Digest> Committer::pending_named_like(std::uint64_t id) const {
  std::vector<Digest> digests;
  std::lock_guard lock(mutex_);
  const auto [first, last] = added_.equal_range(id);
  for (auto at = first; at != last; ++at) digests.push_back(at->second);
  return digests;
}

std::pair<std::uint64_t, std::uint64_t> Committer::pending() const {
  std::lock_guard lock(mutex_);
  std::pair<std::uint64_t, std::uint64_t> sum{0, 0};
  for (const Work* work : {&pending_, &current_})
    for (const Change& change : work->changes)
      if (const auto* added = std::get_if<ObjectAdded>(&change)) {
        ++sum.first;
        sum.second += added->place.length;
      }
  return sum;
}

Result<void> Committer::flush() noexcept try {
  std::lock_guard turn(turn_);
  return flush_in_turn(/*last=*/false);
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<void> Committer::flush_in_turn(bool last) {
  // Given back however this ends: nobody is to wait for a disk that fails.
  std::vector<FetchTurns::Lock> turns;
  auto rows = collect(last, turns);
  resolve_evictions();
  if (current_.changes.empty() && rows.empty()) return {};
  sync_segments(rows);
  const std::uint64_t generation = rooms_.index.generation();
  auto applied = rooms_.index.apply(current_.changes, rows);
  if (applied.error() == errc::bad_store) {
    applied = repair_in_turn(generation);
    // The segments of before are recovered, or will be when the last extent in them is closed.
    if (applied) applied = rooms_.index.apply(current_.changes, {});
  }
  if (!applied) {
    rooms_.health.index.failed(applied.error().message() + " (" + rooms_.index.message() + ")");
    return applied;
  }
  rooms_.health.index.succeeded();
  done(last);
  return {};
}

std::vector<SegmentRow> Committer::collect(bool last, std::vector<FetchTurns::Lock>& turns) {
  auto entry = rooms_.ledger.make_entry();
  std::lock_guard lock(mutex_);
  if (entry) current_.changes.emplace_back(Counted{std::move(entry)});
  current_.writers.merge(pending_.writers);
  // Rows before changes: whatever was closed when the row was made has its changes in here.
  std::vector<SegmentRow> rows;
  rows.reserve(current_.writers.size());
  for (const auto& writer : current_.writers) rows.push_back(writer->row(last));
  std::move(pending_.changes.begin(), pending_.changes.end(), std::back_inserter(current_.changes));
  std::move(pending_.evictions.begin(), pending_.evictions.end(),
            std::back_inserter(current_.evictions));
  std::move(pending_.objects.begin(), pending_.objects.end(), std::back_inserter(current_.objects));
  pending_ = {};
  turns = std::exchange(turns_, {});
  return rows;
}

void Committer::resolve_evictions() {
  std::vector<Change> changes;
  for (const Eviction& eviction : current_.evictions)
    for (const ObjectKey& key : eviction.keys) {
      Digest digest{key.bytes};
      if (key.kind == ObjectKey::Kind::claim) {
        if (const ObjectRef object = rooms_.objects.peek(key))
          digest = object->digest();
        else if (const auto found = rooms_.index.find(key); found && *found)
          digest = (*found)->digest;
        else
          continue;
      }
      if (!eviction.pinned_too && rooms_.index.is_pinned(digest).value_or(true)) continue;
      changes.emplace_back(ObjectDropped{digest, eviction.pinned_too});
    }
  current_.evictions.clear();
  std::lock_guard lock(mutex_);
  for (const Change& change : changes) {
    evicted_.push_back(*removed_by(change));
    forgotten_.insert(*removed_by(change));
  }
  // Behind what was added before.
  std::move(changes.begin(), changes.end(), std::back_inserter(current_.changes));
}

void Committer::sync_segments(std::vector<SegmentRow>& rows) {
  std::vector<std::shared_ptr<SegmentWriter>> failed;
  for (const auto& writer : current_.writers)
    if (const auto synced = writer->sync(); !synced) {
      rooms_.health.segments.failed("sync: " + synced.error().message());
      failed.push_back(writer);
    }
  for (const auto& writer : failed) {
    give_up(writer);
    for (SegmentRow& row : rows)
      if (row.id == writer->id()) row = writer->row(/*last=*/false);
  }
}

void Committer::give_up(const std::shared_ptr<SegmentWriter>& writer) {
  // After a failed sync nobody knows which pages reached the disk, and the next sync may not tell.
  writer->distrust();
  rooms_.appender.retire(*writer);
  std::lock_guard lock(mutex_);
  std::unordered_set<Digest, DigestHash> lost;
  std::erase_if(current_.changes, [&](const Change& change) {
    const auto* added = std::get_if<ObjectAdded>(&change);
    if (!added || added->place.segment != writer->id()) return false;
    forget_added(added->digest);
    rooms_.objects.drop(added->digest);
    lost.insert(added->digest);
    rooms_.counters.write_failures.fetch_add(1, std::memory_order_relaxed);
    return true;
  });
  std::erase_if(current_.changes, [&](const Change& change) {
    const auto* claim = std::get_if<ClaimAdded>(&change);
    return claim && lost.contains(claim->digest);
  });
}

void Committer::forget_added(const Digest& digest) {
  const auto [first, last] = added_.equal_range(id_of(digest));
  const auto found =
      std::find_if(first, last, [&](const auto& added) { return added.second == digest; });
  if (found != last) added_.erase(found);
}

void Committer::done(bool last) {
  for (const ObjectRef& object : current_.objects) object->set_durable();
  rooms_.ledger.entry_is_written();
  for (const Digest& digest : evicted_) rooms_.objects.drop(digest);
  evicted_.clear();
  std::lock_guard lock(mutex_);
  for (const Change& change : current_.changes) {
    if (const auto* added = std::get_if<ObjectAdded>(&change)) forget_added(added->digest);
    if (const Digest* digest = removed_by(change))
      if (const auto found = forgotten_.find(*digest); found != forgotten_.end())
        forgotten_.erase(found);
  }
  current_.changes.clear();
  current_.objects.clear();
  // A sealed segment whose last extent is still open has not had its final row.
  std::erase_if(current_.writers, [last](const std::shared_ptr<SegmentWriter>& writer) {
    return last || !writer->closing();
  });
}

Result<void> Committer::repair(std::uint64_t generation) noexcept try {
  std::lock_guard turn(turn_);
  return repair_in_turn(generation);
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<void> Committer::repair_in_turn(std::uint64_t generation) {
  if (rooms_.index.generation() != generation) return {};
  rooms_.log.warning("store: the index is damaged; it is made anew from the segments");
  // Rows of our own segments are gone too. Letting go of the segments has them recovered below.
  rooms_.appender.retire();
  {
    std::lock_guard lock(mutex_);
    for (Work* work : {&pending_, &current_}) {
      for (const auto& writer : work->writers) writer->distrust();
      work->writers.clear();
    }
  }
  const auto lock = lock_directory(rooms_.fs, rooms_.directory);
  if (!lock) return lock.error();
  const auto highest = Appender::highest_segment(rooms_.fs, rooms_.directory);
  if (auto done = rooms_.index.repair(generation, highest); !done) return done;
  return rooms_.recovery.run();
}

}  // namespace larder::store
