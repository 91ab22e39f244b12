#include <larder/error.h>

#include <string>

namespace larder {
namespace {

struct Row {
  errc code;
  const char* name;
  const char* message;
  condition group;  // 0: none
};

constexpr condition kNone{};
constexpr Row kRows[] = {
    {errc::bad_path, "bad_path", "the path cannot name content", condition::absent},
    {errc::not_listed, "not_listed", "the filetable does not list this path", condition::absent},
    {errc::not_found, "not_found", "the origin has no such content", condition::absent},
    {errc::would_fetch, "would_fetch", "the content is not local yet", condition::absent},
    {errc::offline, "offline", "the content is not local and the network is switched off",
     condition::absent},
    {errc::over_budget, "over_budget",
     "the content is not local and the network policy lets nothing more through",
     condition::absent},
    {errc::damaged, "damaged", "the content does not match its checksum", condition::damaged},
    {errc::bad_table, "bad_table", "the filetable is malformed", condition::damaged},
    {errc::bad_bundle, "bad_bundle", "the bundle cannot be used", condition::damaged},
    {errc::bad_store, "bad_store", "the store is malformed", condition::damaged},
    {errc::bad_head, "bad_head", "the origin's head is malformed", condition::damaged},
    {errc::unreachable, "unreachable", "the origin cannot be reached", condition::retryable},
    {errc::interrupted, "interrupted", "the connection ended in the middle of an answer",
     condition::retryable},
    {errc::timed_out, "timed_out", "the time limit passed", condition::retryable},
    {errc::overloaded, "overloaded", "the origin asked to come back later", condition::retryable},
    {errc::proxy_unreachable, "proxy_unreachable", "the proxy cannot be reached",
     condition::retryable},
    {errc::table_mismatch, "table_mismatch", "the origin's id and filetable do not belong together",
     condition::retryable},
    {errc::cancelled, "cancelled", "the request was cancelled", condition::cancelled},
    {errc::bad_certificate, "bad_certificate", "the origin's certificate does not verify",
     condition::untrusted},
    {errc::not_pinned, "not_pinned", "none of the origin's public keys is pinned",
     condition::untrusted},
    {errc::refused_redirect, "refused_redirect", "the origin redirects to where policy forbids",
     condition::untrusted},
    {errc::bad_signature, "bad_signature", "too few trusted keys have signed the release",
     condition::untrusted},
    {errc::rolled_back, "rolled_back", "the origin offers an older release than it did before",
     condition::untrusted},
    {errc::expired, "expired", "the origin's head has expired", condition::untrusted},
    {errc::bad_response, "bad_response", "the origin's answer cannot be used", kNone},
    {errc::http_status, "http_status", "the origin answered with an unexpected status", kNone},
    {errc::proxy_refused, "proxy_refused", "the proxy refuses to lead to the origin", kNone},
    {errc::too_large, "too_large", "the content is larger than allowed", kNone},
    {errc::io, "io", "a local file operation failed", kNone},
    {errc::no_space, "no_space", "no space is left", kNone},
    {errc::busy, "busy", "another process holds the resource", kNone},
    {errc::invalid_argument, "invalid_argument", "an argument makes no sense", kNone},
    {errc::unsupported, "unsupported", "not supported by this build", kNone},
    {errc::ambiguous, "ambiguous", "several listed paths differ from this one in letter case only",
     kNone},
    {errc::no_key, "no_key", "the content is encrypted, and no key of that id is known", kNone},
};

const Row* row_of(int code) noexcept {
  for (const Row& row : kRows)
    if (static_cast<int>(row.code) == code) return &row;
  return nullptr;
}

class ErrorCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "larder"; }
  std::string message(int code) const override {
    const Row* row = row_of(code);
    return row ? row->message : "unknown error";
  }
  std::error_condition default_error_condition(int code) const noexcept override {
    const Row* row = row_of(code);
    if (row && row->group != kNone) return make_error_condition(row->group);
    return {code, *this};
  }
};

class ConditionCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "larder.condition"; }
  std::string message(int code) const override {
    switch (static_cast<condition>(code)) {
      case condition::absent: return "absent";
      case condition::damaged: return "damaged";
      case condition::retryable: return "retryable";
      case condition::cancelled: return "cancelled";
      case condition::untrusted: return "untrusted";
    }
    return "unknown condition";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const ErrorCategory category;
  return category;
}

const std::error_category& condition_category() noexcept {
  static const ConditionCategory category;
  return category;
}

const char* name_of(errc code) noexcept {
  const Row* row = row_of(static_cast<int>(code));
  return row ? row->name : "unknown";
}

const char* name_of(const std::error_code& code) noexcept {
  return code.category() == error_category() ? name_of(static_cast<errc>(code.value())) : "system";
}

}  // namespace larder
