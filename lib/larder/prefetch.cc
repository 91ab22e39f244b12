#include <larder/prefetch.h>

#include <exception>
#include <utility>

#include "larder/prefetch_impl.h"

namespace larder {

Prefetch::Prefetch(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Prefetch::Prefetch(Prefetch&&) noexcept = default;

Prefetch& Prefetch::operator=(Prefetch&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

Prefetch::~Prefetch() {
  if (impl_) impl_->let_go();
}

void Prefetch::pause() noexcept {
  impl_->pause();
}
void Prefetch::resume() noexcept {
  impl_->resume();
}
void Prefetch::cancel() noexcept {
  impl_->cancel();
}
void Prefetch::set_priority(Priority priority) noexcept {
  impl_->set_priority(priority);
}
void Prefetch::detach() noexcept {
  impl_->detach();
}

PrefetchProgress Prefetch::progress() const noexcept {
  return impl_->progress();
}

Result<PrefetchProgress> Prefetch::wait(std::chrono::milliseconds timeout) noexcept {
  return impl_->wait(timeout);
}

}  // namespace larder
