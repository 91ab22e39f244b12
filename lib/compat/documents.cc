#include "compat/documents.h"

#include <cstring>
#include <span>

#include "digest/hash.h"
#include "net/random_text.h"
#include "net/retry_after.h"

namespace larder::compat {

void Documents::set_timeout(std::chrono::milliseconds timeout) {
  deadline_ = timeout.count() > 0 ? std::chrono::steady_clock::now() + timeout
                                  : std::chrono::steady_clock::time_point{};
}

std::vector<std::string> Documents::bases_to_ask() const {
  std::vector<std::string> sites;
  for (const std::string& base : bases_) sites.push_back(net::site_of(base));
  std::vector<std::string> bases;
  for (const std::size_t i : sites_->order(sites)) bases.push_back(bases_[i]);
  const auto first = std::find(bases.begin(), bases.end(), first_base_);
  if (first != bases.end()) std::rotate(bases.begin(), first, first + 1);
  return bases;
}

FetchedDocument Documents::fetch(const WantedDocument& wanted) {
  if (wanted.path.find("://") != std::string::npos) return fetch_from({}, 1, wanted);
  return ask_bases([&](const std::string& base, std::size_t bases_left) {
    return fetch_from(base, bases_left, wanted);
  });
}

FetchedDocument Documents::fetch_from(const std::string& base, std::size_t bases_left,
                                      const WantedDocument& wanted) {
  net::Request request;
  request.url = base + wanted.path;
  request.max_bytes = wanted.max_bytes;
  request.stop = stop_.get_token();
  if (wanted.past_caches) {
    const bool has_query = request.url.find('?') != std::string::npos;
    request.url += (has_query ? "&larder=" : "?larder=") + net::random_hex();
    request.headers.emplace_back("Cache-Control", "no-cache");
  }
  if (!wanted.etag.empty()) request.headers.emplace_back("If-None-Match", wanted.etag);
  if (deadline_ != std::chrono::steady_clock::time_point{}) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    const auto share = left / static_cast<std::chrono::milliseconds::rep>(bases_left);
    request.timeout = std::max(share, std::chrono::milliseconds(1));
  }
  const std::string site = net::site_of(request.url);
  auto [error, document] = net::get_document(transport_, std::move(request));
  const net::Response& response = document.response;
  bytes_ += response.body_bytes;
  requests_ += response.requests;
  sites_->report(site, {error, net::retry_after_of(response, std::chrono::system_clock::now()),
                        response.body_bytes, response.requests, response.latency});
  return {error, std::move(document.body), std::move(document.response)};
}

std::vector<std::string> bases_of(const std::string& base_url,
                                  const std::vector<std::string>& mirrors) {
  std::vector<std::string> bases = {base_url};
  bases.insert(bases.end(), mirrors.begin(), mirrors.end());
  return bases;
}

std::uint64_t scope_of(std::string_view base_url) {
  const Digest digest = digest::sha256(std::as_bytes(std::span(base_url)));
  std::uint64_t scope = 0;
  std::memcpy(&scope, digest.bytes.data(), sizeof scope);
  return scope;
}

}  // namespace larder::compat
