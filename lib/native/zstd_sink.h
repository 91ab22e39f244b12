// ZstdSink: decodes one zstd frame on its way to the real sink.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/sink.h"
#include "codec/zstd.h"

namespace larder::native {

/// Threads: as Sink. What does not decode to exactly `size` bytes is errc::damaged.
class ZstdSink final : public Sink {
 public:
  /// `size` of the content, `encoded_bytes` of the frame. Throws std::bad_alloc.
  ZstdSink(std::shared_ptr<Sink> below, std::uint64_t size, std::uint64_t encoded_bytes);

  std::error_code expect(std::optional<std::uint64_t> size) noexcept override;
  std::error_code write(std::span<const std::byte> bytes) noexcept override;
  [[nodiscard]] std::chrono::milliseconds pause() noexcept override { return below_->pause(); }

  /// Whether all of the content has come. After the last write.
  [[nodiscard]] bool complete() const noexcept { return decoder_.complete(); }

 private:
  const std::shared_ptr<Sink> below_;
  const std::uint64_t size_;
  const std::uint64_t encoded_bytes_;
  bool expected_ = false;
  codec::ZstdDecoder decoder_;
  std::vector<std::byte> buffer_;
};

}  // namespace larder::native
