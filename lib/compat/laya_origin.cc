#include "compat/laya_origin.h"

#include <utility>

#include "compat/pour_http.h"
#include "digest/verifier.h"
#include "net/url.h"

namespace larder::compat {

std::size_t LayaOrigin::mirrors(const Entry& entry) const noexcept {
  return is_foreign(entry) ? 1 : options_.base_urls.size();
}

std::string LayaOrigin::url_of(const Entry& entry, std::size_t mirror) const {
  return url_of(entry, mirror, net::Percent::keep, false);
}

std::string LayaOrigin::url_of(const Entry& entry, std::size_t mirror, net::Percent percent,
                               bool past_caches) const {
  std::string url = is_foreign(entry) ? std::string(entry.home)
                                      : options_.base_urls[mirror] +
                                            net::percent_encode_path(entry.home, percent);
  std::string query(entry.query);
  if (entry.route == Route::listed) query = digest::to_text(entry.checksum);
  url = with_query(std::move(url), query);
  if (past_caches) url = with_query(std::move(url), fresh_query());
  return options_.rewrite_url ? options_.rewrite_url(std::move(url)) : url;
}

void LayaOrigin::pour(PourRequest pour, std::shared_ptr<Sink> sink, Done done) {
  const Entry& entry = **pour.entry;
  std::string url = url_of(entry, pour.mirror, net::Percent::keep, pour.past_caches);

  // A `%` in a request is taken for URL encoding, as browsers do. Where the origin has no such
  // file, the name may contain the `%` itself; for listed content the checksum decides.
  const bool ambiguous = entry.route == Route::listed && entry.home.find('%') != std::string::npos;
  if (!ambiguous) {
    auto request = to_request(pour, std::move(url), options_.max_file_bytes);
    transport_.get(std::move(request), std::move(sink),
                   [done = std::move(done)](std::error_code error, net::Response response) {
                     done(error, to_reply(std::move(response)));
                   });
    return;
  }

  auto request = to_request(pour, std::move(url), options_.max_file_bytes);
  auto literal =
      to_request(pour, url_of(entry, pour.mirror, net::Percent::encode, pour.past_caches),
                 options_.max_file_bytes);
  transport_.get(std::move(request), sink,
                 [this, literal = std::move(literal), sink, done = std::move(done)](
                     std::error_code error, net::Response response) mutable {
                   if (error != errc::not_found) return done(error, to_reply(std::move(response)));
                   transport_.get(std::move(literal), std::move(sink),
                                  [done = std::move(done), first = response.requests](
                                      std::error_code second_error, net::Response second) {
                                    PourReply reply = to_reply(std::move(second));
                                    reply.requests += first;
                                    done(second_error, std::move(reply));
                                  });
                 });
}

}  // namespace larder::compat
