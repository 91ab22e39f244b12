// make_transport: one Transport for every kind of origin.
#pragma once

#include <memory>
#include <string>

#include <larder/result.h>

#include "net/http_options.h"
#include "net/transport.h"

namespace boost::asio {
class io_context;
}

namespace larder::net {

/// A transport for http, https and file URLs. A redirect never leads from http(s) to a file.
/// Ownership, errors and end of life: as HttpTransport.
Result<std::unique_ptr<Transport>> make_transport(boost::asio::io_context& io, HttpOptions options,
                                                  std::string* why = nullptr);

}  // namespace larder::net
