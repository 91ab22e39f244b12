// ResponseParser: bytes of an HTTP/1.1 answer → head and body pieces. Does no I/O.
//
// Beast's parser is behind it; this header keeps Beast out of everybody else's compilation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace larder::net {

/// Status line and header fields of an answer.
struct ResponseHead {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool http_1_1 = false;
  bool keep_alive = false;  ///< the connection can be used again after the body

  /// The first field of that name (in lower case); empty if there is none.
  [[nodiscard]] std::string_view first(std::string_view name) const noexcept;
  /// All fields of that name, joined by ", ".
  [[nodiscard]] std::string joined(std::string_view name) const;
};

class ResponseParser {
 public:
  /// Receives body bytes; views the input. An error ends the parsing with that error.
  using Receive = std::function<std::error_code(std::span<const std::byte>)>;

  enum class Step {
    more,    ///< needs more input, beginning with what was not consumed
    head,    ///< the head is complete: look at it, then go on; reported once
    done,    ///< the answer is complete
    failed,  ///< see error()
  };

  /// A head of more than `header_limit` bytes fails. Throws std::bad_alloc, as feed() does.
  ResponseParser(std::uint32_t header_limit, Receive receive);
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;
  ~ResponseParser();

  /// Parses from the front of `input` and removes from it what was consumed. What remains must be
  /// passed again, with more behind it.
  Step feed(std::span<const char>& input);
  /// The connection ended: an answer without a length is complete, any other has failed.
  Step feed_end();

  /// Valid from Step::head on.
  [[nodiscard]] const ResponseHead& head() const noexcept;
  /// errc::bad_response, errc::interrupted, or what Receive returned.
  [[nodiscard]] std::error_code error() const noexcept;
  /// What is wrong with the answer, for logs.
  [[nodiscard]] const std::string& problem() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace larder::net
