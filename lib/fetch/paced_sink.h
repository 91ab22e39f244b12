// PacedSink: counts one attempt's bytes against the allowance on their way to the real sink.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "base/sink.h"
#include "base/urgency.h"
#include "fetch/allowance.h"

namespace larder::fetch {

/// Threads: as Sink.
class PacedSink final : public Sink {
 public:
  /// `allowance` outlives it. `wrote` is called after each write that went well.
  PacedSink(std::shared_ptr<Sink> below, Allowance& allowance,
            std::shared_ptr<const Urgency> urgency, std::function<void()> wrote)
      : below_(std::move(below)),
        allowance_(allowance),
        urgency_(std::move(urgency)),
        wrote_(std::move(wrote)) {}

  void identify(std::string_view validator) noexcept override { below_->identify(validator); }
  std::error_code expect(std::optional<std::uint64_t> size) noexcept override {
    return below_->expect(size);
  }
  std::error_code resume(std::uint64_t from, std::optional<std::uint64_t> size) noexcept override {
    return below_->resume(from, size);
  }
  std::error_code write(std::span<const std::byte> bytes) noexcept override {
    allowance_.spend(urgency_->now(), bytes.size());
    if (const auto error = below_->write(bytes)) return error;
    wrote_();
    return {};
  }
  [[nodiscard]] std::chrono::milliseconds pause() noexcept override {
    return allowance_.pause(urgency_->now());
  }

 private:
  const std::shared_ptr<Sink> below_;
  Allowance& allowance_;
  const std::shared_ptr<const Urgency> urgency_;
  const std::function<void()> wrote_;
};

}  // namespace larder::fetch
