// Errors: one model for the whole library, std::error_code with larder::errc.
//
// Branch on conditions (`ec == larder::condition::absent`), not on single codes: codes may be
// added in a minor release, conditions may not change their meaning.
#pragma once

#include <system_error>

namespace larder {

/// What went wrong. Details (URL, HTTP status, database text) go to the log callback and to
/// Vfs::explain(), never into the code.
enum class errc : int {
  // The path leads to nothing here and now (condition::absent).
  bad_path = 1,  ///< the path cannot name content: empty, `..` above the root, NUL, too long
  not_listed,    ///< the filetable does not list the path
  not_found,     ///< the origin answered that it has no such content
  would_fetch,   ///< try_read only: the content is not local
  offline,       ///< the content is not local and the network is switched off
  over_budget,   ///< the content is not local and NetworkPolicy lets nothing more through

  // Bytes that are not what they should be (condition::damaged). Never handed out as data.
  damaged,     ///< content failed its checksum from every source that was tried
  bad_table,   ///< a filetable is malformed
  bad_bundle,  ///< a bundle cannot be used
  bad_store,   ///< the store's index or a segment is malformed
  bad_head,    ///< an origin's head or root document is malformed, or of another channel

  // Worth another try later (condition::retryable).
  unreachable,        ///< no connection to the origin (name resolution, refused, reset)
  interrupted,        ///< the connection ended in the middle of an answer
  timed_out,          ///< a time limit or deadline passed
  overloaded,         ///< the origin asked to come back later (408, 425, 429, 5xx)
  proxy_unreachable,  ///< no connection to the proxy, or it was lost before the proxy led on
  table_mismatch,  ///< the origin's id and filetable disagree: an edge refreshed only one of them

  cancelled,  ///< the caller withdrew the request, or the Vfs is closing

  // Whom we talked to is not whom we wanted (condition::untrusted).
  bad_certificate,   ///< TLS: certificate chain or host name does not verify
  not_pinned,        ///< TLS: none of the server's public keys is one of TlsOptions::pins
  refused_redirect,  ///< a redirect that the redirect policy forbids
  bad_signature,     ///< too few of the trusted keys have signed
  rolled_back,       ///< an older release than one seen before, or another one of the same version
  expired,           ///< the origin's head is out of date: nobody vouches for it any more

  // The rest: no condition of their own.
  bad_response,      ///< an answer that is not valid HTTP, or has an unwanted encoding
  http_status,       ///< a final HTTP status that is neither success nor "not found"
  proxy_refused,     ///< the proxy wants (other) credentials, or forbids to go there
  too_large,         ///< content exceeds the size that the table or a limit allows
  io,                ///< a local file operation failed
  no_space,          ///< the local disk is full or the quota is used up
  busy,              ///< a local resource is held by another process
  invalid_argument,  ///< an option or argument makes no sense
  unsupported,       ///< a known format or feature that this build does not handle
  ambiguous,         ///< Options::ignore_case: several listed paths differ from this one in case
  no_key,            ///< encrypted content, and Options::content_keys has no key for it
};

/// Groups of codes that callers branch on.
enum class condition : int {
  absent = 1,  ///< no such content here and now
  damaged,     ///< bytes exist but are wrong; they were not handed out
  retryable,   ///< the same call may succeed later
  cancelled,   ///< somebody asked for it to stop
  untrusted,   ///< the other side could not prove who it is
};

/// The category of larder::errc. Its address is unique in the process.
const std::error_category& error_category() noexcept;
/// The category of larder::condition.
const std::error_category& condition_category() noexcept;

/// Stable, machine-readable name of a code, for example "not_listed". Static storage.
const char* name_of(errc code) noexcept;
/// As above; for a code of another category the text "system".
const char* name_of(const std::error_code& code) noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}
inline std::error_condition make_error_condition(condition c) noexcept {
  return {static_cast<int>(c), condition_category()};
}

}  // namespace larder

template <>
struct std::is_error_code_enum<larder::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<larder::condition> : std::true_type {};
