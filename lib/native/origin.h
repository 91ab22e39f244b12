// NativeOrigin: pours objects of a native origin, by digest.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/origin.h"
#include "native/deltas.h"
#include "net/transport.h"

namespace larder::native {

/// Threads: any. Outlived by the transport; outlives every exchange that it started.
class NativeOrigin final : public Origin {
 public:
  /// Each of `base_urls` ends in `/`; at least one. `deltas` may be null.
  NativeOrigin(std::vector<std::string> base_urls, net::Transport& transport,
               std::shared_ptr<const Deltas> deltas, Log log);

  void pour(PourRequest request, std::shared_ptr<Sink> sink, Done done) override;
  [[nodiscard]] std::size_t mirrors(const Entry&) const noexcept override {
    return base_urls_.size();
  }
  using Origin::url_of;
  [[nodiscard]] std::string url_of(const Entry& entry, std::size_t mirror) const override;

 private:
  void pour_object(PourRequest request, std::shared_ptr<Sink> sink, PourReply spent, Done done);
  void pour_patch(Deltas::Patch patch, PourRequest request, std::shared_ptr<Sink> sink, Done done);
  [[nodiscard]] net::Request to_request(const PourRequest& request, std::string url,
                                        std::uint64_t bytes) const;

  const std::vector<std::string> base_urls_;
  net::Transport& transport_;
  const std::shared_ptr<const Deltas> deltas_;
  const Log log_;
};

}  // namespace larder::native
