#include "net/response_rules.h"

#include <larder/error.h>

#include "net/ascii.h"
#include "net/content_range.h"

namespace larder::net {
namespace {

Verdict refuse(errc error, std::string what) {
  return {Verdict::Kind::refuse, make_error_code(error), std::move(what)};
}

Verdict judge_ok(const ResponseHead& head) {
  const std::string content = head.joined("content-encoding");
  if (!content.empty() && !same_ascii(content, "identity"))
    return refuse(errc::bad_response, "the server compressed the content (" + content +
                                          ") although it was asked not to");
  const std::string transfer = head.joined("transfer-encoding");
  if (!transfer.empty() && !same_ascii(transfer, "chunked") && !same_ascii(transfer, "identity"))
    return refuse(errc::bad_response, "the transfer encoding " + transfer + " is not supported");
  return {Verdict::Kind::accept, {}, {}};
}

/// 206 to a request for what is behind `from`.
Verdict judge_part(const ResponseHead& head, std::uint64_t from, std::string_view etag) {
  Verdict verdict = judge_ok(head);
  if (verdict.kind != Verdict::Kind::accept) return verdict;
  const auto range = parse_content_range(head.first("content-range"));
  const std::uint64_t length = range ? range->last - range->first + 1 : 0;
  const bool is_rest = range && range->first == from &&
                       range->last + 1 == range->total.value_or(range->last + 1) &&
                       head.content_length.value_or(length) == length;
  if (!is_rest)
    return refuse(errc::interrupted, "asked for bytes from " + std::to_string(from) +
                                         " on, the server sent others (" +
                                         std::string(head.first("content-range")) + ")");
  // Not all servers look at If-Range.
  const std::string_view now = head.first("etag");
  if (!now.empty() && now != etag)
    return refuse(errc::interrupted, "the content changed between two parts of it");
  verdict.kind = Verdict::Kind::resume;
  return verdict;
}

errc error_of(unsigned status) noexcept {
  switch (status) {
    case 404:
    case 410: return errc::not_found;
    case 407: return errc::proxy_refused;
    case 408:
    case 425:
    case 429: return errc::overloaded;
    case 206: return errc::bad_response;  // no range was asked for
    default: return status >= 500 && status < 600 ? errc::overloaded : errc::http_status;
  }
}

bool is_redirect(unsigned status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_allowed(const Url& from, const Url& to, Redirects policy) noexcept {
  switch (policy) {
    case Redirects::refuse: return false;
    case Redirects::same_origin: return to.same_origin(from);
    case Redirects::same_scheme: return true;
  }
  return false;
}

}  // namespace

Verdict judge(const ResponseHead& head, bool conditional, std::uint64_t resume_from,
              std::string_view resume_etag) {
  if (head.status == 206 && resume_from > 0) return judge_part(head, resume_from, resume_etag);
  if (head.status == 416 && resume_from > 0)
    return refuse(errc::interrupted, "there is nothing behind the " + std::to_string(resume_from) +
                                         " bytes that came before (HTTP status 416)");
  if (head.status == 200) return judge_ok(head);
  if (head.status == 304) {
    if (conditional) return {Verdict::Kind::not_modified, {}, {}};
    return refuse(errc::bad_response, "304 Not Modified to a request without a condition");
  }
  if (is_redirect(head.status)) return {Verdict::Kind::redirect, {}, {}};
  return refuse(error_of(head.status), "HTTP status " + std::to_string(head.status));
}

Result<Url> redirect_target(const Url& asked, const ResponseHead& head, Redirects policy,
                            std::string* why) {
  const std::string location(head.first("location"));
  if (location.empty()) {
    *why = "a redirect without a Location";
    return errc::bad_response;
  }
  Result<Url> target = resolve_url(asked, location, why);
  if (!target) {
    *why = "a redirect that cannot be followed: " + *why;
    return errc::bad_response;
  }
  const bool is_http = target->scheme == "https" || target->scheme == "http";
  const bool loses_tls = asked.scheme == "https" && target->scheme != "https";
  if (!is_http || loses_tls || !is_allowed(asked, *target, policy)) {
    *why = "the redirect to " + target->text() + " is refused";
    if (loses_tls) *why += " because it leaves https";
    return errc::refused_redirect;
  }
  return target;
}

void describe(const ResponseHead& head, Response& response) {
  response.status = head.status;
  response.etag = head.first("etag");
  response.last_modified = head.first("last-modified");
  response.cache_control = head.joined("cache-control");
  response.expires = head.first("expires");
  response.date = head.first("date");
  response.age = head.first("age");
  response.vary = head.joined("vary");
  response.retry_after = head.first("retry-after");
  response.content_type = head.first("content-type");
  response.content_length = head.content_length;
}

}  // namespace larder::net
