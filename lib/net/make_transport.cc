#include "net/make_transport.h"

#include <string_view>
#include <utility>

#include "net/ascii.h"
#include "net/file_transport.h"
#include "net/http_transport.h"

namespace larder::net {
namespace {

class SchemeTransport final : public Transport {
 public:
  SchemeTransport(boost::asio::io_context& io, std::unique_ptr<HttpTransport> http)
      : file_(io), http_(std::move(http)) {}
  ~SchemeTransport() override {
    file_.shutdown();  // both end their exchanges at the same time, then both wait
    http_->shutdown();
  }

  void get(Request request, std::shared_ptr<Sink> sink, Done done) override {
    constexpr std::string_view kFile = "file:";
    if (same_ascii(std::string_view(request.url).substr(0, kFile.size()), kFile))
      file_.get(std::move(request), std::move(sink), std::move(done));
    else
      http_->get(std::move(request), std::move(sink), std::move(done));
  }

 private:
  FileTransport file_;
  std::unique_ptr<HttpTransport> http_;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_transport(boost::asio::io_context& io, HttpOptions options,
                                                  std::string* why) {
  auto http = HttpTransport::make(io, std::move(options), why);
  if (!http) return http.error();
  return std::unique_ptr<Transport>(new SchemeTransport(io, *std::move(http)));
}

}  // namespace larder::net
