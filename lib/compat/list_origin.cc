#include "compat/list_origin.h"

#include <utility>

#include "compat/pour_http.h"

namespace larder::compat {

std::size_t ListOrigin::mirrors(const Entry& entry) const noexcept {
  return is_foreign(entry) ? 1 : options_.base_urls.size();
}

std::string ListOrigin::url_of(const Entry& entry, std::size_t mirror) const {
  if (is_foreign(entry)) return std::string(entry.home);
  return options_.base_urls[mirror] + system_->target_of(entry.home, entry.query);
}

void ListOrigin::pour(PourRequest pour, std::shared_ptr<Sink> sink, Done done) {
  const Entry& entry = **pour.entry;
  std::string url = url_of(entry, pour.mirror);
  if (pour.past_caches) url = with_query(std::move(url), fresh_query());
  transport_.get(to_request(pour, std::move(url), entry.size.value_or(options_.max_file_bytes)),
                 std::move(sink),
                 [done = std::move(done), sized = entry.size.has_value()](std::error_code error,
                                                                          net::Response response) {
                   // Longer than the list says: other content under this name.
                   if (sized && error == errc::too_large) error = errc::damaged;
                   done(error, to_reply(std::move(response)));
                 });
}

}  // namespace larder::compat
