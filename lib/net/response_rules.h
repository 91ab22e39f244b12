// What an answer's status and headers mean for an exchange. No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <larder/options.h>

#include "net/request_text.h"
#include "net/response_parser.h"
#include "net/transport.h"
#include "net/url.h"

namespace larder::net {

struct Verdict {
  enum class Kind {
    accept,        ///< 200: the body goes to the sink
    resume,        ///< 206 with the rest that was asked for: as accept
    not_modified,  ///< 304 to a request with validators
    redirect,      ///< look at redirect_target()
    refuse,        ///< `error` and `what` say why
  };
  Kind kind;
  std::error_code error;
  std::string what;
};

/// `conditional`: the request had validators. `resume_from`, if not 0, and `resume_etag`: the rest
/// that was asked for.
Verdict judge(const ResponseHead& head, bool conditional, std::uint64_t resume_from = 0,
              std::string_view resume_etag = {});

/// Where the redirect `head`, an answer to `asked`, leads. errc::refused_redirect if `policy`, or
/// safety, forbids to go there; errc::bad_response if it leads nowhere. `why` is never null.
Result<Url> redirect_target(const Url& asked, const ResponseHead& head, Redirects policy,
                            std::string* why);

/// Copies what callers want to know from the head.
void describe(const ResponseHead& head, Response& response);

}  // namespace larder::net
