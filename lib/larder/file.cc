#include <larder/file.h>

#include <exception>
#include <system_error>
#include <utility>

#include "larder/file_impl.h"

namespace larder {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point deadline_after(std::chrono::milliseconds timeout) noexcept {
  constexpr std::chrono::hours kForever(24 * 365);
  return Clock::now() + (timeout.count() > 0 && timeout < kForever ? timeout : kForever);
}

std::error_code no_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace

File::File(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
File::File(File&&) noexcept = default;

File& File::operator=(File&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

File::~File() {
  if (impl_ && impl_->on_close) impl_->on_close();
}

std::optional<std::uint64_t> File::size_bytes() const noexcept try {
  return impl_->size_bytes();
} catch (const std::exception&) {
  return std::nullopt;
}

bool File::complete() const noexcept try {
  return impl_->complete();
} catch (const std::exception&) {
  return false;
}

Result<std::size_t> File::read(std::uint64_t offset, std::span<std::byte> into,
                               Milliseconds timeout) noexcept try {
  return impl_->read(offset, into, deadline_after(timeout));
} catch (const std::exception&) {
  return no_memory();
}

Result<Blob> File::whole(Milliseconds timeout) noexcept try {
  return impl_->whole(deadline_after(timeout));
} catch (const std::exception&) {
  return no_memory();
}

}  // namespace larder
