#include "net/sites.h"

#include <larder/error.h>

namespace larder::net {

std::string site_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, url.find_first_of("/?#", scheme + 3)));
}

std::optional<Circuit::Refusal> Sites::admit(const std::string& site) {
  std::lock_guard lock(mutex_);
  return circuits_[site].admit(clock_.now());
}

void Sites::report(const std::string& site, const Report& report) {
  std::lock_guard lock(mutex_);
  Circuit& circuit = circuits_[site];
  if (report.error == condition::cancelled)
    circuit.learned_nothing();
  else if (report.error == condition::retryable && report.bytes == 0)
    circuit.failed(clock_.now(), report.error, report.retry_after);
  else
    circuit.worked();
}

}  // namespace larder::net
