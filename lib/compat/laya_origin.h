// LayaOrigin: pours content of a LayaDCC origin: GET <base>/<path>?<checksum>.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/origin.h"
#include "net/transport.h"
#include "net/url.h"

namespace larder::compat {

/// Threads: any. Outlived by the transport, and by every exchange that it started.
class LayaOrigin final : public Origin {
 public:
  struct Options {
    std::vector<std::string> base_urls;  ///< each ends in `/`; at least one
    std::uint64_t max_file_bytes = 0;
    std::function<std::string(std::string)> rewrite_url;  ///< LayaOptions::rewrite_url
  };
  LayaOrigin(Options options, net::Transport& transport)
      : options_(std::move(options)), transport_(transport) {}

  void pour(PourRequest request, std::shared_ptr<Sink> sink, Done done) override;
  [[nodiscard]] std::size_t mirrors(const Entry& entry) const noexcept override;
  using Origin::url_of;
  [[nodiscard]] std::string url_of(const Entry& entry, std::size_t mirror) const override;

 private:
  [[nodiscard]] std::string url_of(const Entry& entry, std::size_t mirror, net::Percent percent,
                                   bool past_caches) const;

  Options options_;
  net::Transport& transport_;
};

}  // namespace larder::compat
