#include "net/response_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <larder/error.h>

#include "net/ascii.h"

namespace larder::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;

class ResponseParser::Impl final : public http::basic_parser<false> {
 public:
  Impl(std::uint32_t limit, Receive receiver) : receive_(std::move(receiver)) {
    header_limit(limit);
    body_limit(boost::none);  // whoever receives the body knows how much is welcome
  }

  Step feed(std::span<const char>& input);
  Step feed_end();

  [[nodiscard]] const ResponseHead& head() const noexcept { return head_; }
  [[nodiscard]] std::error_code error() const noexcept { return error_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  using error_code = beast::error_code;

  Step fail(const error_code& ec) {
    if (!error_) {
      error_ = errc::bad_response;
      problem_ = "the answer is not valid HTTP: " + ec.message();
    }
    return Step::failed;
  }
  std::size_t receive(beast::string_view body, error_code& ec) {
    error_ = receive_(std::as_bytes(std::span(body.data(), body.size())));
    if (error_) ec = http::error::end_of_stream;  // any error makes the parser stop
    return body.size();
  }

  void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                       error_code&) override {}
  void on_response_impl(int code, beast::string_view, int version, error_code&) override {
    head_.status = static_cast<unsigned>(code);
    head_.http_1_1 = version == 11;
  }
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     error_code&) override {
    if (is_header_done()) return;  // a trailer
    head_.fields.emplace_back(ascii_lower(name), std::string(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, error_code& ec) override {
    return receive(body, ec);
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code& ec) override {
    return receive(body, ec);
  }
  void on_finish_impl(error_code&) override {}

  Receive receive_;
  ResponseHead head_;
  bool head_reported_ = false;
  std::error_code error_;
  std::string problem_;
};

ResponseParser::Step ResponseParser::Impl::feed(std::span<const char>& input) {
  if (head_reported_ && is_done()) return Step::done;
  if (!input.empty()) {
    error_code ec;
    const std::size_t used = put(boost::asio::const_buffer(input.data(), input.size()), ec);
    input = input.subspan(used);
    if (ec && ec != http::error::need_more) return fail(ec);
  }
  if (!is_header_done()) return Step::more;
  if (!head_reported_) {
    head_reported_ = true;
    if (const auto length = content_length()) head_.content_length = *length;
    head_.chunked = chunked();
    head_.keep_alive = keep_alive();
    eager(true);
    return Step::head;
  }
  return is_done() ? Step::done : Step::more;
}

ResponseParser::Step ResponseParser::Impl::feed_end() {
  error_code ec;
  if (got_some()) put_eof(ec);
  if (is_header_done() && is_done() && !ec) return Step::done;
  error_ = errc::interrupted;
  problem_ = "the connection ended in the middle of the answer";
  return Step::failed;
}

ResponseParser::ResponseParser(std::uint32_t header_limit, Receive receive)
    : impl_(std::make_unique<Impl>(header_limit, std::move(receive))) {}

ResponseParser::~ResponseParser() = default;

ResponseParser::Step ResponseParser::feed(std::span<const char>& input) {
  return impl_->feed(input);
}

ResponseParser::Step ResponseParser::feed_end() {
  return impl_->feed_end();
}

const ResponseHead& ResponseParser::head() const noexcept {
  return impl_->head();
}

std::error_code ResponseParser::error() const noexcept {
  return impl_->error();
}

const std::string& ResponseParser::problem() const noexcept {
  return impl_->problem();
}

std::string_view ResponseHead::first(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return {};
}

std::string ResponseHead::joined(std::string_view name) const {
  std::string all;
  for (const auto& [key, value] : fields) {
    if (key != name) continue;
    if (!all.empty()) all += ", ";
    all += value;
  }
  return all;
}

}  // namespace larder::net
