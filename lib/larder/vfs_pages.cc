// Looking things up in a table of which pages may have to be fetched first.
#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "larder/vfs_impl.h"

namespace larder {
namespace {

/// Entries that are asked for at the same time.
constexpr std::size_t kEntriesAtATime = 64;

/// A place on a flight, and its end.
class EntryWait {
 public:
  EntryWait(fetch::Flights& flights, const std::shared_ptr<const Release>& release,
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
  EntryWait wait(corridor_->flights(), release, entry);
  return wait.get(deadline);
}

Result<void> Vfs::Impl::fetch_page(const std::shared_ptr<const Release>& release, const Entry& page,
                                   Clock::time_point deadline) const {
  if (keep_if_local(*corridor_, *release, page)) return {};
  const auto bytes = fetch(release, page, deadline);
  if (!bytes) return bytes.error();
  release->keep(page, *bytes);
  return {};
}

Result<Vfs::Impl::Found> Vfs::Impl::look_up(const View& view, const PathRequest& request,
                                            vfs::PathBuffer& buffer,
                                            Clock::time_point deadline) const {
  for (int round = 0; round < kMostPages; ++round) {
    Found found;
    Entry page;
    const auto entry = view.resolve(request, buffer, found.layer, &page);
    if (entry) {
      found.entry = *entry;
      return found;
    }
    if (entry.error() != errc::would_fetch) return entry.error();
    if (const auto fetched = fetch_page(found.layer->release, page, deadline); !fetched)
      return fetched.error();
  }
  return errc::bad_table;  // it asks for pages that are here
}

Result<void> Vfs::Impl::fetch_pages_below(const std::shared_ptr<const Release>& release,
                                          std::string_view directory) const {
  for (;;) {
    auto pages = release->missing_pages(directory);
    if (pages.empty()) return {};
    if (const auto fetched = fetch_pages(release, pages, kForever); !fetched) return fetched;
  }
}

Result<void> Vfs::Impl::fetch_pages_below(const View& view, std::string_view directory) const {
  std::string_view below = directory;
  const View::Place* place = &view.place_below(below);
  const std::string start = directory.empty() ? std::string() : std::string(directory) + "/";
  for (const View::Place& other : view.places()) {
    if (&other != place && !other.prefix.starts_with(start)) continue;
    const std::string_view names = &other == place ? below : std::string_view();
    for (const Layer& layer : other.layers) {
      if (names.empty())  // cheaper than page by page
        static_cast<void>(layer.mount->client().load_names(true));
      if (const auto fetched = fetch_pages_below(layer.release, names); !fetched) return fetched;
    }
  }
  return {};
}

Result<void> Vfs::Impl::fetch_pages(const std::shared_ptr<const Release>& release,
                                    std::span<const Entry> pages,
                                    Clock::time_point deadline) const {
  std::vector<Entry> distant;
  for (const Entry& page : pages)
    if (!keep_if_local(*corridor_, *release, page)) distant.push_back(page);
  return fetch_all(release, distant, deadline,
                   [&](const Entry& page, const Blob& bytes) { release->keep(page, bytes); });
}

Result<void> Vfs::Impl::fetch_all(
    const std::shared_ptr<const Release>& release, std::span<const Entry> entries,
    Clock::time_point deadline, const std::function<void(const Entry&, const Blob&)>& each) const {
  if (entries.empty()) return {};
  if (!release->origin()) return errc::offline;
  while (!entries.empty()) {
    const auto some = entries.first(std::min(entries.size(), kEntriesAtATime));
    entries = entries.subspan(some.size());
    std::vector<EntryWait> waits;
    waits.reserve(some.size());
    for (const Entry& entry : some) waits.emplace_back(corridor_->flights(), release, entry);
    std::error_code failed;
    for (std::size_t i = 0; i < some.size(); ++i) {
      const auto bytes = waits[i].get(deadline);
      if (bytes)
        each(some[i], *bytes);
      else
        failed = bytes.error();
    }
    if (failed) return failed;
  }
  return {};
}

}  // namespace larder
