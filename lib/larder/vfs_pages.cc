// Looking things up in a table of which pages may have to be fetched first.
#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "larder/vfs_impl.h"

namespace larder {
namespace {

/// Pages that are asked for at the same time.
constexpr std::size_t kPagesAtATime = 64;

/// A place on a flight, and its end.
class PageWait {
 public:
  PageWait(fetch::Flights& flights, const std::shared_ptr<const Release>& release,
           const Entry& entry)
      : flights_(flights) {
    // Shared with the callback, which may still be inside set_value() when this thread goes on.
    auto promise = std::make_shared<std::promise<Result<Blob>>>();
    landing_ = promise->get_future();
    ticket_ = flights.board(
        release, entry,
        [promise](fetch::Landing landing) { promise->set_value(std::move(landing.blob)); },
        Priority::high);
  }

  /// Once. errc::timed_out.
  Result<Blob> get(std::chrono::steady_clock::time_point deadline) {
    if (deadline != std::chrono::steady_clock::time_point::max() &&
        landing_.wait_until(deadline) == std::future_status::timeout)
      flights_.leave(ticket_, errc::timed_out);
    return landing_.get();
  }

 private:
  fetch::Flights& flights_;
  std::future<Result<Blob>> landing_;
  fetch::Ticket ticket_;
};

}  // namespace

Result<Blob> Vfs::Impl::fetch(const std::shared_ptr<const Release>& release, const Entry& entry,
                              Clock::time_point deadline) const {
  if (!release->origin()) return errc::offline;
  PageWait wait(corridor_->flights(), release, entry);
  return wait.get(deadline);
}

Result<void> Vfs::Impl::fetch_page(const std::shared_ptr<const Release>& release, const Entry& page,
                                   Clock::time_point deadline) const {
  const auto bytes = fetch(release, page, deadline);
  if (!bytes) return bytes.error();
  release->keep(page, *bytes);
  return {};
}

Result<Entry> Vfs::Impl::look_up(const std::shared_ptr<const Release>& release,
                                 const PathRequest& request, Clock::time_point deadline) const {
  return with_pages(release, deadline,
                    [&](Entry* page) { return release->resolve(request, page); });
}

Result<void> Vfs::Impl::fetch_pages_below(const std::shared_ptr<const Release>& release,
                                          std::string_view directory) const {
  for (;;) {
    auto pages = release->missing_pages(directory);
    if (pages.empty()) return {};
    if (const auto fetched = fetch_pages(release, pages, kForever); !fetched) return fetched;
  }
}

Result<void> Vfs::Impl::fetch_pages(const std::shared_ptr<const Release>& release,
                                    std::span<const Entry> pages,
                                    Clock::time_point deadline) const {
  if (!release->origin()) return errc::offline;
  while (!pages.empty()) {
    const auto some = pages.first(std::min(pages.size(), kPagesAtATime));
    pages = pages.subspan(some.size());
    std::vector<PageWait> waits;
    waits.reserve(some.size());
    for (const Entry& page : some) waits.emplace_back(corridor_->flights(), release, page);
    std::error_code failed;
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto bytes = waits[i].get(deadline);
      if (bytes)
        release->keep(some[i], *bytes);
      else
        failed = bytes.error();
    }
    if (failed) return failed;
  }
  return {};
}

}  // namespace larder
