#include "net/transport.h"

#include <algorithm>
#include <future>
#include <memory>

namespace larder::net {
namespace {

class StringSink final : public Sink {
 public:
  explicit StringSink(std::string& text) : text_(text) {}

  std::error_code expect(std::optional<std::uint64_t> size) noexcept override {
    // What a server announces is not worth memory yet; a document is small.
    constexpr std::uint64_t kReserve = 1u << 20;
    try {
      text_.reserve(std::min(size.value_or(0), kReserve));
    } catch (const std::bad_alloc&) {
      return make_error_code(std::errc::not_enough_memory);
    }
    return {};
  }
  std::error_code write(std::span<const std::byte> bytes) noexcept override {
    try {
      text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } catch (const std::bad_alloc&) {
      return make_error_code(std::errc::not_enough_memory);
    }
    return {};
  }

 private:
  std::string& text_;
};

}  // namespace

std::pair<std::error_code, Document> get_document(Transport& transport, Request request) {
  std::pair<std::error_code, Document> result;
  // Shared: this thread may go on before set_value() has returned on the other.
  const auto ended = std::make_shared<std::promise<void>>();
  auto waiting = ended->get_future();
  transport.get(std::move(request), std::make_shared<StringSink>(result.second.body),
                [&result, ended](std::error_code error, Response response) {
                  result.first = error;
                  result.second.response = std::move(response);
                  if (error) result.second.body.clear();
                  ended->set_value();
                });
  waiting.wait();
  return result;
}

}  // namespace larder::net
