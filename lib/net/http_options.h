// HttpOptions: limits and policies of HTTP requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <larder/options.h>
#include <larder/version.h>

#include "net/proxy.h"

namespace larder::net {

struct HttpOptions {
  /// For name resolution, TCP and TLS handshake together.
  std::chrono::milliseconds connect_timeout{10000};
  /// Longest silence while something is being sent or awaited.
  std::chrono::milliseconds idle_timeout{20000};
  /// An answer that brings less than `stall_bytes` in so long a time has stalled, too.
  std::chrono::milliseconds stall_window{10000};
  std::uint64_t stall_bytes = 10240;
  /// At most so many connections to one (scheme, host, port); at least 1. Further requests wait in
  /// line, limited by their own timeout only.
  unsigned connections_per_host = 16;
  /// At most so many requests under way on one connection; at least 1. How many it is depends on
  /// how the server behaves.
  unsigned pipeline_depth = 16;
  /// How long an unused connection is kept.
  std::chrono::milliseconds keep_idle{30000};
  std::uint32_t max_header_bytes = 64u << 10;
  Redirects redirects = Redirects::same_origin;
  unsigned max_redirects = 5;
  ProxyRules proxies;
  std::vector<std::string> pins;  ///< as TlsOptions::pins
  std::string ca_file;            ///< PEM file to trust instead of the system's certificates
  std::string user_agent = "larder/" LARDER_VERSION_STRING;
};

}  // namespace larder::net
