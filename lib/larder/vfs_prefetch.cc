// Fetching content ahead, and what the network policy says of it.
#include <algorithm>
#include <string>
#include <utility>

#include "larder/vfs_impl.h"
#include "vfs/glob.h"

namespace larder {
namespace {

/// What connections take of the background before they are answered.
constexpr unsigned kInARow = 16;

}  // namespace

Result<std::shared_ptr<Prefetch::Impl>> Vfs::Impl::prefetch(const std::vector<std::string>& globs,
                                                            PrefetchOptions options) {
  if (!store_) {
    log_.error("prefetch: there is no store to fetch into");
    return errc::invalid_argument;
  }
  std::vector<std::string> paths;
  for (const std::string& glob : globs) {
    if (options.literal || !vfs::is_glob(glob)) {
      paths.push_back(glob);
      continue;
    }
    auto found = paths_of(glob);
    if (found && found->empty()) {
      log_.warning("prefetch: nothing is called " + glob);
      return errc::not_listed;
    }
    if (!found) return found.error();
    std::move(found->begin(), found->end(), std::back_inserter(paths));
  }
  PrefetchPlace place;
  place.owner = shared_from_this();
  place.corridor = corridor_.get();
  place.clock = io_.get();
  place.rules = &root_->rules();
  place.work = [this](std::function<void()> task) { worker_->post(std::move(task)); };
  place.call = [this](std::function<void()> task) { call(std::move(task)); };
  auto job = std::make_shared<Prefetch::Impl>(std::move(place), view_.share(), std::move(paths),
                                              std::move(options));
  {
    std::lock_guard lock(prefetches_mutex_);
    std::erase_if(prefetches_, [](const auto& old) { return old.expired(); });
    prefetches_.push_back(job);
  }
  job->start();
  return job;
}

void Vfs::Impl::cancel_prefetches() noexcept {
  std::vector<std::weak_ptr<Prefetch::Impl>> jobs;
  {
    std::lock_guard lock(prefetches_mutex_);
    jobs.swap(prefetches_);
  }
  for (const auto& weak : jobs)
    if (const auto job = weak.lock()) job->cancel();
}

void Vfs::Impl::set_network_policy(NetworkPolicy policy) {
  if (policy.low_flights == 0)
    policy.low_flights = kInARow * std::max(1u, options_.connections_per_host * 3 / 4);
  corridor_->flights().set_policy(policy);
}

}  // namespace larder
