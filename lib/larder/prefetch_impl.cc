#include "larder/prefetch_impl.h"

#include <algorithm>
#include <utility>

#include "larder/local_pages.h"

namespace larder {
namespace {

/// Downloads that a job has boarded: enough for the line never to be empty, however many the policy
/// lets into the air.
constexpr std::size_t kMostInAir = 256;
/// Files that are looked at before others get their turn on the worker's thread.
constexpr std::size_t kFilesInAStep = 32;
/// Files that are looked at at once, which costs microseconds each.
constexpr std::size_t kFilesToSurvey = 512;
/// Files that are looked at before any is downloaded, where that may be one download for many.
constexpr std::size_t kFilesToPlan = 16384;
constexpr std::chrono::milliseconds kTick{100};

}  // namespace

Prefetch::Impl::Impl(PrefetchPlace place, std::shared_ptr<const View> view,
                     std::vector<std::string> paths, PrefetchOptions options)
    : place_(std::move(place)),
      view_(std::move(view)),
      paths_(std::move(paths)),
      options_(std::move(options)),
      priority_(options_.priority) {
  progress_.files = paths_.size();
}

void Prefetch::Impl::start() {
  bool over = false;
  {
    std::lock_guard lock(mutex_);
    pace_.start(place_.clock->now());
    over = is_over();
  }
  if (over) return finish();
  wake();
  tick();
}

void Prefetch::Impl::wake() {
  {
    std::lock_guard lock(mutex_);
    if (awake_) return;
    awake_ = true;
  }
  place_.work([self = shared_from_this()] { self->step(); });
}

void Prefetch::Impl::step() {
  const bool surveying = survey_some();
  fetch_joints();
  for (std::size_t i = 0; i < kFilesInAStep; ++i)
    if (!start_next()) break;
  {
    std::lock_guard lock(mutex_);
    awake_ = can_start() || (surveying && !cancelled_);
    if (!awake_) return;
  }
  place_.work([self = shared_from_this()] { self->step(); });
}

bool Prefetch::Impl::survey_some() {
  const auto [begin, planning] = [this] {
    std::lock_guard lock(mutex_);
    return std::pair(surveyed_, planning_);
  }();
  if (begin == paths_.size()) return false;
  const std::size_t end = std::min(begin + kFilesToSurvey, paths_.size());
  for (std::size_t i = begin; i < end; ++i) {
    vfs::PathBuffer buffer;
    const auto request = place_.rules->take_apart(paths_[i], buffer);
    if (!request) continue;  // nothing will be fetched
    const Layer* layer = nullptr;
    Entry page;
    const auto entry =
        resolve_with_local_pages(*view_, *place_.corridor, *request, buffer, layer, page);
    if (entry.error() == errc::would_fetch) survey_.add_unknown();
    if (entry && place_.corridor->locate(*layer->release, *entry).error() == errc::would_fetch) {
      survey_.add(*entry);
      if (planning) joint_plan_.add(layer->release, *entry);
    }
  }
  const bool done = end == paths_.size();
  const auto total = done ? survey_.finish() : std::nullopt;
  const bool plan_more = planning && !done && end < kFilesToPlan && joint_plan_.is_open();
  if (planning && !plan_more) joints_ = joint_plan_.choose();
  std::lock_guard lock(mutex_);
  surveyed_ = end;
  planning_ = plan_more;
  if (done) progress_.total_bytes = total;
  return !done;
}

void Prefetch::Impl::fetch_joints() {
  std::vector<JointPlan::Download> joints;
  Priority priority{};
  {
    std::lock_guard lock(mutex_);
    if (planning_ || cancelled_ || progress_.paused) return;
    joints.swap(joints_);
    joints_in_air_ += joints.size();
    priority = priority_;
  }
  std::size_t index = paths_.size();
  for (const auto& [release, joint] : joints) {
    board(index, release, joint, priority,
          [self = shared_from_this(), index, release = release](const fetch::Landing& landing) {
            self->joint_landed(index, release, landing);
          });
    ++index;
  }
}

void Prefetch::Impl::joint_landed(std::size_t index, const std::shared_ptr<const Release>& release,
                                  const fetch::Landing& landing) {
  {
    std::lock_guard lock(mutex_);
    in_air_.erase(index);
    progress_.bytes += landing.cost.wire_bytes;
    if (cancelled_) return;
  }
  place_.work([self = shared_from_this(), release, blob = landing.blob] {
    if (blob) release->unpack(*blob);
    {
      std::lock_guard lock(self->mutex_);
      --self->joints_in_air_;
    }
    self->wake();
  });
}

bool Prefetch::Impl::can_start() const {
  return !planning_ && joints_in_air_ == 0 && !cancelled_ && !progress_.paused &&
         (next_ < surveyed_ || !again_.empty()) && in_air_.size() < kMostInAir;
}

bool Prefetch::Impl::start_next() {
  std::unique_lock lock(mutex_);
  if (!can_start()) return false;
  std::size_t index = next_;
  if (again_.empty()) {
    ++next_;
  } else {
    index = again_.front();
    again_.pop_front();
  }
  const Priority priority = priority_;
  lock.unlock();
  look_at(index, priority);
  return true;
}

void Prefetch::Impl::look_at(std::size_t index, Priority priority) {
  const std::string& path = paths_[index];
  vfs::PathBuffer buffer;
  const auto request = place_.rules->take_apart(path, buffer);
  const Layer* layer = nullptr;
  Entry page;
  const auto entry =
      request ? resolve_with_local_pages(*view_, *place_.corridor, *request, buffer, layer, page)
              : Result<Entry>(request.error());
  if (!entry && entry.error() != errc::would_fetch)
    return ended(&PrefetchProgress::failed, path, entry.error());
  const auto& release = layer->release;
  if (!entry && !release->origin()) return ended(&PrefetchProgress::failed, path, errc::offline);
  if (!entry)
    return board(index, release, page, Priority::high,
                 [self = shared_from_this(), index, release, page](const fetch::Landing& landing) {
                   self->page_landed(index, *release, page, landing);
                 });
  if (!entry->is_file() && entry->route != Route::versioned)
    return ended(&PrefetchProgress::failed, path, errc::not_listed);  // it would not be kept
  const auto located = place_.corridor->locate(*release, *entry);
  if (located)
    return ended(
        joint_plan_.made(*release, *entry) ? &PrefetchProgress::fetched : &PrefetchProgress::local,
        path, {});
  if (located.error() != errc::would_fetch)
    return ended(&PrefetchProgress::failed, path, located.error());
  board(index, release, *entry, priority,
        [self = shared_from_this(), index](const fetch::Landing& landing) {
          self->landed(index, landing);
        });
}

void Prefetch::Impl::board(std::size_t index, const std::shared_ptr<const Release>& release,
                           const Entry& entry, Priority priority, fetch::LandingCallback callback) {
  std::lock_guard boarding(boarding_);
  std::unique_lock lock(mutex_);
  if (cancelled_) return;
  in_air_[index] = {};
  lock.unlock();
  auto ticket = place_.corridor->flights().board(release, entry, std::move(callback), priority);
  lock.lock();
  if (const auto flying = in_air_.find(index); flying != in_air_.end()) flying->second = ticket;
  const bool cancelled = cancelled_;
  lock.unlock();
  if (cancelled) place_.corridor->flights().leave(ticket, errc::cancelled);
}

void Prefetch::Impl::page_landed(std::size_t index, const Release& release, const Entry& page,
                                 const fetch::Landing& landing) {
  if (landing.blob) release.keep(page, *landing.blob);
  {
    std::lock_guard lock(mutex_);
    in_air_.erase(index);
    if (landing.blob) again_.push_back(index);
  }
  if (!landing.blob) ended(&PrefetchProgress::failed, paths_[index], landing.blob.error());
  wake();
}

void Prefetch::Impl::landed(std::size_t index, const fetch::Landing& landing) {
  {
    std::lock_guard lock(mutex_);
    in_air_.erase(index);
    progress_.bytes += landing.cost.wire_bytes;
  }
  if (landing.blob)
    ended(&PrefetchProgress::fetched, paths_[index], {});
  else
    ended(&PrefetchProgress::failed, paths_[index], landing.blob.error());
  wake();
}

void Prefetch::Impl::ended(Ending ending, const std::string& path, std::error_code error) {
  std::unique_lock lock(mutex_);
  if (cancelled_) return;
  progress_.*ending += 1;
  const bool over = is_over();
  lock.unlock();
  if (error && options_.on_failure)
    place_.call(
        [self = shared_from_this(), &path, error] { self->options_.on_failure(path, error); });
  if (over) finish();
}

void Prefetch::Impl::finish() {
  over_.notify_all();
  if (options_.on_progress)
    place_.call([self = shared_from_this()] { self->options_.on_progress(self->progress()); });
}

void Prefetch::Impl::tick() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(ticking_, true)) return;
  }
  // A weak pointer: timers that never fire go with their clock, which the job would keep.
  place_.clock->after(kTick, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    {
      std::lock_guard lock(self->mutex_);
      self->ticking_ = false;
      if (self->is_over() || self->progress_.paused) return;
      self->pace_.sample(self->place_.clock->now(), self->progress_now().bytes);
    }
    self->tell();
    self->tick();
  });
}

void Prefetch::Impl::tell() {
  if (!options_.on_progress) return;
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(telling_, true)) return;
  }
  place_.call([self = shared_from_this()] {
    const PrefetchProgress progress = self->progress();
    {
      std::lock_guard lock(self->mutex_);
      self->telling_ = false;
    }
    if (!progress.over) self->options_.on_progress(progress);  // finish() tells the end
  });
}

bool Prefetch::Impl::is_over() const {
  return cancelled_ || progress_.done() == progress_.files;
}

void Prefetch::Impl::pause() {
  std::lock_guard lock(mutex_);
  progress_.paused = true;
  pace_.stop(place_.clock->now());
}

void Prefetch::Impl::resume() {
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(progress_.paused, false)) return;
    pace_.start(place_.clock->now());
  }
  wake();
  tick();
}

void Prefetch::Impl::cancel() {
  {
    std::lock_guard lock(mutex_);
    if (is_over()) return;
    progress_ = progress_now();
    cancelled_ = true;
  }
  std::map<std::size_t, fetch::Ticket> in_air;
  {
    std::scoped_lock lock(boarding_, mutex_);  // who boards just now has a ticket after that
    in_air.swap(in_air_);
  }
  // The last ones first: they wait in line, and would go when the first ones give up their places.
  for (auto one = in_air.rbegin(); one != in_air.rend(); ++one)
    place_.corridor->flights().leave(one->second, errc::cancelled);
  finish();
}

void Prefetch::Impl::let_go() {
  {
    std::lock_guard lock(mutex_);
    if (detached_) return;
  }
  cancel();
}

void Prefetch::Impl::detach() {
  std::lock_guard lock(mutex_);
  detached_ = true;
}

void Prefetch::Impl::set_priority(Priority priority) {
  std::vector<fetch::Ticket> in_air;
  {
    std::lock_guard lock(mutex_);
    priority_ = priority;
    for (const auto& [index, ticket] : in_air_) in_air.push_back(ticket);
  }
  for (const auto& ticket : in_air) place_.corridor->flights().raise(ticket, priority);
}

PrefetchProgress Prefetch::Impl::progress_now() {
  PrefetchProgress progress = progress_;
  for (const auto& [index, ticket] : in_air_)
    if (ticket.arrival) progress.bytes += ticket.arrival->bytes_so_far();
  progress.over = is_over();
  return progress;
}

PrefetchProgress Prefetch::Impl::progress() {
  std::lock_guard lock(mutex_);
  const auto now = place_.clock->now();
  PrefetchProgress progress = progress_now();
  progress.bytes_per_second = pace_.bytes_per_second(now, progress.bytes);
  if (!progress.over)
    progress.left =
        pace_.left(now, progress.fetched + progress.failed, progress.files - progress.done());
  return progress;
}

Result<PrefetchProgress> Prefetch::Impl::wait(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const auto over = [this] { return is_over(); };
  if (timeout.count() <= 0)
    over_.wait(lock, over);
  else if (!over_.wait_for(lock, timeout, over))
    return errc::timed_out;
  if (cancelled_) return errc::cancelled;
  lock.unlock();
  return progress();
}

}  // namespace larder
