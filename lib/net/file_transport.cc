#include "net/file_transport.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/error.h>

#include "net/ascii.h"
#include "net/exchange.h"
#include "net/failure.h"
#include "net/url.h"

namespace larder::net {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 256u << 10;

class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  void reset(int value) noexcept { value_ = value; }
  [[nodiscard]] int get() const noexcept { return value_; }

 private:
  int value_ = -1;
};

bool has_parent_segment(std::string_view path) noexcept {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
  }
  return false;
}

std::string local_path(const Request& request) {
  std::string why;
  const Result<Url> url = parse_url(request.url, &why);
  if (!url) throw Failure(url.error(), why);
  if (url->scheme != "file") throw Failure(errc::invalid_argument, "this is not a file URL");
  Result<std::string> path = percent_decode(url->path());
  if (!path || has_parent_segment(*path))
    throw Failure(errc::invalid_argument, "the path has a '..' segment or a NUL character");
  return *std::move(path);
}

void append_hex(std::string& out, std::uint64_t value) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  out.append(digits.data(), end);
}

std::string etag_of(const struct stat& status) {
  std::string tag = "\"";
  append_hex(tag, static_cast<std::uint64_t>(status.st_size));
  tag += '-';
  append_hex(tag, static_cast<std::uint64_t>(status.st_mtim.tv_sec));
  tag += '.';
  append_hex(tag, static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
  return tag + '"';
}

std::string_view validator_of(const Request& request) noexcept {
  for (const auto& [name, value] : request.headers)
    if (same_ascii(name, "if-none-match")) return value;
  return {};
}

Failure system_failure(const char* what, int error) {
  return {errc::io, std::string(what) + ": " + std::generic_category().message(error)};
}

class FileExchange final : public Exchange, public std::enable_shared_from_this<FileExchange> {
 public:
  FileExchange(asio::io_context& io, std::shared_ptr<ExchangeRegistry> registry, Request request,
               std::shared_ptr<Sink> sink, Transport::Done done)
      : Exchange(std::move(registry), std::move(request), std::move(sink), std::move(done)),
        io_(io),
        ends_(request_.timeout.count() > 0 ? steady_clock::now() + request_.timeout
                                           : steady_clock::time_point::max()) {}

  void cancel() noexcept override { cancelled_ = true; }
  void go_on() {
    asio::post(io_, [self = shared_from_this()] { self->step(); });
  }

 private:
  void step() noexcept {
    try {
      if (cancelled_ || request_.stop.stop_requested()) throw Failure(errc::cancelled, "cancelled");
      if (steady_clock::now() >= ends_) throw Failure(errc::timed_out, "timed out");
      if (file_.get() < 0 ? open() : pour()) return go_on();
      finish({}, {});
    } catch (const Failure& failure) {
      finish(failure.error(), failure.what());
    } catch (const std::bad_alloc&) {
      finish(make_error_code(std::errc::not_enough_memory), "out of memory");
    }
  }

  /// True if there is something to pour.
  bool open() {
    if (!sink_) throw Failure(errc::invalid_argument, "there is no sink");
    const std::string path = local_path(request_);
    ++response_.requests;
    // Without O_NONBLOCK a named pipe would stop the thread.
    file_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const int error = errno;
    if (file_.get() < 0 && error != ENOENT && error != ENOTDIR && error != ENAMETOOLONG)
      throw system_failure("the file cannot be opened", error);
    struct stat status {};
    if (file_.get() >= 0 && ::fstat(file_.get(), &status) != 0)
      throw system_failure("the file cannot be examined", errno);
    if (file_.get() < 0 || !S_ISREG(status.st_mode)) {
      response_.status = 404;
      throw Failure(errc::not_found, "there is no such file");
    }

    response_.etag = etag_of(status);
    response_.status = validator_of(request_) == response_.etag ? 304 : 200;
    if (response_.status == 304) return false;
    left_ = static_cast<std::uint64_t>(status.st_size);
    response_.content_length = left_;
    if (left_ > request_.max_bytes)
      throw Failure(errc::too_large,
                    "the file is longer than " + std::to_string(request_.max_bytes) + " bytes");
    check(sink_->expect(left_));
    piece_.resize(std::min<std::uint64_t>(left_, kPieceBytes));
    return left_ > 0;
  }

  /// True if there is more to pour.
  bool pour() {
    const std::size_t wanted = std::min<std::uint64_t>(left_, piece_.size());
    const ssize_t count = ::read(file_.get(), piece_.data(), wanted);
    if (count < 0 && errno == EINTR) return true;
    if (count < 0) throw system_failure("the file cannot be read", errno);
    if (count == 0) throw Failure(errc::interrupted, "the file became shorter while it was read");
    const auto bytes = static_cast<std::size_t>(count);
    left_ -= bytes;
    response_.body_bytes += bytes;
    check(sink_->write(std::span(piece_).first(bytes)));
    return left_ > 0;
  }

  static void check(std::error_code error) {
    if (error) throw Failure(error, "the receiver refused the bytes: " + error.message());
  }

  asio::io_context& io_;
  const steady_clock::time_point ends_;
  std::atomic<bool> cancelled_{false};
  Descriptor file_;
  std::uint64_t left_ = 0;
  std::vector<std::byte> piece_;
};

}  // namespace

FileTransport::FileTransport(asio::io_context& io)
    : io_(io), registry_(std::make_shared<ExchangeRegistry>()) {}

FileTransport::~FileTransport() {
  shutdown();
  registry_->wait_until_empty(io_);
}

void FileTransport::get(Request request, std::shared_ptr<Sink> sink, Done done) {
  auto exchange = std::make_shared<FileExchange>(io_, registry_, std::move(request),
                                                 std::move(sink), std::move(done));
  if (!registry_->enter(exchange)) exchange->cancel();
  exchange->go_on();
}

void FileTransport::shutdown() noexcept {
  registry_->close();
}

}  // namespace larder::net
