#include <larder/vfs.h>

#include <exception>
#include <utility>

#include <larder/snapshot.h>

#include "larder/vfs_impl.h"

namespace larder {

Vfs::Vfs(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Vfs::Vfs(Vfs&&) noexcept = default;

Vfs& Vfs::operator=(Vfs&& other) noexcept {
  if (this != &other) {
    if (impl_) impl_->close();
    impl_ = std::move(other.impl_);
  }
  return *this;
}

Vfs::~Vfs() {
  if (impl_) impl_->close();
}

Result<Vfs> Vfs::open(Options options) noexcept try {
  auto impl = std::make_shared<Impl>(std::move(options));
  if (const auto opened = impl->open(); !opened) return opened.error();
  return Vfs(std::move(impl));
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<Blob> Vfs::read(std::string_view path, const ReadOptions& options) noexcept try {
  return impl_->read(path, options);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<Blob> Vfs::try_read(std::string_view path, const TryReadOptions& options) noexcept try {
  return impl_->try_read(path, options);
} catch (const std::exception&) {
  return error_of_current_exception();
}

void Vfs::read_async(std::string_view path, ReadOptions options, Callback callback) noexcept {
  static_cast<void>(start_read(path, options, std::move(callback)));
}

void Vfs::read_async(std::string_view path, Callback callback) noexcept {
  static_cast<void>(start_read(path, {}, std::move(callback)));
}

Vfs::Cancellation Vfs::start_read(std::string_view path, ReadOptions options,
                                  Callback callback) noexcept {
  Cancellation cancellation;
  cancellation.state_ = impl_->start_read(path, options, std::move(callback));
  return cancellation;
}

void Vfs::Cancellation::cancel() const noexcept {
  if (!state_) return;
  if (const auto vfs = state_->vfs.lock())
    vfs->withdraw(*state_, errc::cancelled, fetch::Flights::Emptied::stop);
}

Result<File> Vfs::open_file(std::string_view path, const FileOptions& options) noexcept try {
  auto impl = impl_->open_file(path, options);
  if (!impl) return impl.error();
  return File(std::move(*impl));
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<Prefetch> Vfs::prefetch(const std::vector<std::string>& globs,
                               PrefetchOptions options) noexcept try {
  auto job = impl_->prefetch(globs, std::move(options));
  if (!job) return job.error();
  return Prefetch(std::move(*job));
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<TakenOver> Vfs::take_over(const std::vector<LocalCopy>& copies,
                                 const TakeOverOptions& options) noexcept try {
  return impl_->take_over(copies, options);
} catch (const std::exception&) {
  return error_of_current_exception();
}

void Vfs::set_network_policy(const NetworkPolicy& policy) noexcept {
  impl_->set_network_policy(policy);
}

bool Vfs::exists(std::string_view path) const noexcept try {
  return impl_->exists(path);
} catch (const std::exception&) {
  return false;
}

Result<Stat> Vfs::stat(std::string_view path) const noexcept try {
  return impl_->stat(path);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<std::vector<DirectoryEntry>> Vfs::list(std::string_view directory) noexcept try {
  return impl_->list(directory);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<Explanation> Vfs::explain(std::string_view path) const noexcept try {
  return impl_->explain(path);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<Refreshed> Vfs::refresh() noexcept try {
  return impl_->refresh();
} catch (const std::exception&) {
  return error_of_current_exception();
}

Snapshot Vfs::snapshot() const noexcept {
  return {impl_, impl_->view()};
}

Result<void> Vfs::mount(std::string_view prefix, MountOptions options) noexcept try {
  return impl_->mount(prefix, std::move(options));
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<void> Vfs::unmount(std::string_view prefix) noexcept try {
  return impl_->unmount(prefix);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<std::vector<MountInfo>> Vfs::mounts() const noexcept try {
  return impl_->mounts();
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<std::uint64_t> Vfs::pin(std::string_view glob) noexcept try {
  return impl_->set_pinned(glob, true);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<std::uint64_t> Vfs::unpin(std::string_view glob) noexcept try {
  return impl_->set_pinned(glob, false);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<std::uint64_t> Vfs::evict(std::string_view glob, bool pinned_too) noexcept try {
  return impl_->evict(glob, pinned_too);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<void> Vfs::clear(bool pinned_too) noexcept try {
  return impl_->clear(pinned_too);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Stats Vfs::stats() const noexcept {
  return impl_->stats();
}
std::vector<HostActivity> Vfs::hosts() const {
  return impl_->hosts();
}
std::string Vfs::release_id() const {
  return impl_->release_id();
}
Result<ReleaseInfo> Vfs::release_info() const noexcept try {
  return impl_->release_info();
} catch (const std::exception&) {
  return error_of_current_exception();
}
std::uint64_t Vfs::file_count() const noexcept {
  return impl_->file_count();
}

}  // namespace larder
