// ListOrigin: pours the files of an origin that publishes a list.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/origin.h"
#include "compat/list_system.h"
#include "net/transport.h"

namespace larder::compat {

/// Threads: any. Outlived by the transport, and by every exchange that it started.
class ListOrigin final : public Origin {
 public:
  struct Options {
    std::vector<std::string> base_urls;  ///< each ends in `/`; at least one
    std::uint64_t max_file_bytes = 0;
  };
  ListOrigin(Options options, std::shared_ptr<const ListSystem> system, net::Transport& transport)
      : options_(std::move(options)), system_(std::move(system)), transport_(transport) {}

  void pour(PourRequest request, std::shared_ptr<Sink> sink, Done done) override;
  [[nodiscard]] std::size_t mirrors(const Entry& entry) const noexcept override;
  using Origin::url_of;
  [[nodiscard]] std::string url_of(const Entry& entry, std::size_t mirror) const override;

 private:
  const Options options_;
  const std::shared_ptr<const ListSystem> system_;
  net::Transport& transport_;
};

}  // namespace larder::compat
