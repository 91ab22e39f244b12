// ScriptedTransport: answers GETs from a map, without a network. Query strings are ignored for the
// look-up but recorded.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/transport.h"

namespace larder::test {

class ScriptedTransport final : public net::Transport {
 public:
  struct Answer {
    std::error_code error;
    std::string body;
    std::string etag;
  };

  /// What a URL (without its query) is answered with from now on.
  void set(const std::string& url, std::string body, std::string etag = {}) {
    std::lock_guard lock(mutex_);
    answers_[url] = {{}, std::move(body), std::move(etag)};
  }
  void fail(const std::string& url, std::error_code error) {
    std::lock_guard lock(mutex_);
    answers_[url] = {error, {}, {}};
  }
  /// What a request with `Cache-Control: no-cache` gets instead.
  void set_past_caches(const std::string& url, std::string body) {
    std::lock_guard lock(mutex_);
    past_caches_[url] = {{}, std::move(body), {}};
  }
  /// Every URL gets this error.
  void go_down(std::error_code error) {
    std::lock_guard lock(mutex_);
    down_ = error;
  }

  /// Full URLs in the order of the requests.
  [[nodiscard]] std::vector<std::string> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }
  void forget_requests() {
    std::lock_guard lock(mutex_);
    requests_.clear();
  }

  void get(net::Request request, std::shared_ptr<Sink> sink, Done done) override {
    net::Response response;
    response.url = request.url;
    response.requests = 1;
    const Answer answer = look_up(request);
    response.etag = answer.etag;
    std::error_code error = answer.error;
    if (!error && !answer.etag.empty() && header(request, "If-None-Match") == answer.etag) {
      response.status = 304;
    } else if (!error) {
      response.status = 200;
      response.body_bytes = answer.body.size();
      error = answer.body.size() > request.max_bytes ? make_error_code(errc::too_large)
                                                     : sink->expect(answer.body.size());
      if (!error && !answer.body.empty())
        error = sink->write(std::as_bytes(std::span(answer.body)));
    }
    response.detail = "GET " + request.url + ": " + error.message();
    done(error, std::move(response));
  }

 private:
  static std::string header(const net::Request& request, const std::string& name) {
    for (const auto& [key, value] : request.headers)
      if (key == name) return value;
    return {};
  }
  Answer look_up(const net::Request& request) {
    std::lock_guard lock(mutex_);
    requests_.push_back(request.url);
    if (down_) return {down_, {}, {}};
    const std::string url = request.url.substr(0, request.url.find('?'));
    if (header(request, "Cache-Control") == "no-cache")
      if (const auto known = past_caches_.find(url); known != past_caches_.end())
        return known->second;
    const auto known = answers_.find(url);
    return known == answers_.end() ? Answer{errc::not_found, {}, {}} : known->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Answer> answers_;
  std::map<std::string, Answer> past_caches_;
  std::error_code down_;
  std::vector<std::string> requests_;
};

}  // namespace larder::test
