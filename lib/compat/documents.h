// Documents: the small files of a foreign origin (ids, tables, lists), from whichever base has
// them.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <larder/error.h>
#include <larder/result.h>

#include "net/sites.h"
#include "net/transport.h"

namespace larder::compat {

/// What asking for one document gave.
struct FetchedDocument {
  std::error_code error;
  std::string body;
  net::Response response;
};

/// One document that is wanted.
struct WantedDocument {
  std::string path;  ///< below the base, with its query if it has one; or a URL of its own
  std::uint64_t max_bytes = 0;
  bool past_caches = false;  ///< ask intermediaries not to answer from their caches
  std::string etag;          ///< of what is held; empty: nothing is
};

/// Threads: one asks at a time; stop() and the figures any.
class Documents {
 public:
  /// `bases` each end in `/`; at least one to ask anything. The others outlive this.
  Documents(std::vector<std::string> bases, net::Transport& transport, net::Sites* sites)
      : bases_(std::move(bases)), transport_(transport), sites_(sites) {}

  /// Whatever is asked from now on shares so much time. Zero: the transport's own limits only.
  void set_timeout(std::chrono::milliseconds timeout);
  /// When that is over; the far future without a limit.
  [[nodiscard]] std::chrono::steady_clock::time_point deadline() const noexcept {
    constexpr std::chrono::steady_clock::time_point kNone{};
    return deadline_ == kNone ? std::chrono::steady_clock::time_point::max() : deadline_;
  }
  /// From the first base that has it; the error that says most if none has.
  FetchedDocument fetch(const WantedDocument& wanted);
  /// The first good answer of `ask(base, how many bases share the time that is left)`, else the one
  /// whose error says most. An answer has an error_of() and can be made of an error code.
  template <class Ask>
  auto ask_bases(const Ask& ask);
  /// `bases_left`: how many share the time that is left.
  FetchedDocument fetch_from(const std::string& base, std::size_t bases_left,
                             const WantedDocument& wanted);

  /// Ends what waits, now and later, with errc::cancelled.
  void stop() noexcept { stop_.request_stop(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; }

 private:
  /// In the order in which they are to be asked: the one that answered last, then the best.
  [[nodiscard]] std::vector<std::string> bases_to_ask() const;
  static std::error_code error_of(const FetchedDocument& answer) noexcept { return answer.error; }
  template <class T>
  static std::error_code error_of(const Result<T>& answer) noexcept {
    return answer.error();
  }

  const std::vector<std::string> bases_;
  net::Transport& transport_;
  net::Sites* const sites_;
  std::string first_base_;                            ///< that answered last
  std::chrono::steady_clock::time_point deadline_{};  ///< zero: none
  std::stop_source stop_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> requests_{0};
};

template <class Ask>
auto Documents::ask_bases(const Ask& ask) {
  auto bases = bases_to_ask();
  decltype(ask(bases.front(), 1)) worst{make_error_code(errc::not_found)};
  for (std::size_t i = 0; i < bases.size(); ++i) {
    auto answer = ask(bases[i], bases.size() - i);
    const std::error_code error = error_of(answer);
    if (!error) first_base_ = std::move(bases[i]);
    if (!error || error == errc::cancelled) return answer;
    // That one has nothing says less than that another one cannot be asked.
    if (error_of(worst) == errc::not_found) worst = std::move(answer);
  }
  return worst;
}

/// The base, then the mirrors.
[[nodiscard]] std::vector<std::string> bases_of(const std::string& base_url,
                                                const std::vector<std::string>& mirrors);

/// Separates the claims of origins in a shared store.
[[nodiscard]] std::uint64_t scope_of(std::string_view base_url);

}  // namespace larder::compat
