#include <larder/snapshot.h>

#include <exception>
#include <utility>

#include "larder/vfs_impl.h"

namespace larder {

Snapshot::Snapshot(std::shared_ptr<Vfs::Impl> vfs, std::shared_ptr<const View> view) noexcept
    : vfs_(std::move(vfs)), view_(std::move(view)) {}

Result<Blob> Snapshot::read(std::string_view path, const ReadOptions& options) const noexcept try {
  if (vfs_->closed()) return errc::cancelled;
  return vfs_->read(path, options, view_);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<Blob> Snapshot::try_read(std::string_view path, const TryReadOptions& options) const noexcept
    try {
  if (vfs_->closed()) return errc::cancelled;
  return vfs_->try_read(path, options, view_);
} catch (const std::exception&) {
  return error_of_current_exception();
}

void Snapshot::read_async(std::string_view path, ReadOptions options,
                          Vfs::Callback callback) const noexcept {
  static_cast<void>(start_read(path, options, std::move(callback)));
}

void Snapshot::read_async(std::string_view path, Vfs::Callback callback) const noexcept {
  static_cast<void>(start_read(path, {}, std::move(callback)));
}

Vfs::Cancellation Snapshot::start_read(std::string_view path, ReadOptions options,
                                       Vfs::Callback callback) const noexcept {
  Vfs::Cancellation cancellation;
  if (vfs_->closed())
    callback(errc::cancelled);
  else
    cancellation.state_ = vfs_->start_read(path, options, std::move(callback), view_);
  return cancellation;
}

Result<File> Snapshot::open_file(std::string_view path, const FileOptions& options) const noexcept
    try {
  if (vfs_->closed()) return errc::cancelled;
  auto impl = vfs_->open_file(path, options, view_);
  if (!impl) return impl.error();
  return File(std::move(*impl));
} catch (const std::exception&) {
  return error_of_current_exception();
}

bool Snapshot::exists(std::string_view path) const noexcept try {
  return !vfs_->closed() && vfs_->exists(path, view_);
} catch (const std::exception&) {
  return false;
}

Result<Stat> Snapshot::stat(std::string_view path) const noexcept try {
  if (vfs_->closed()) return errc::cancelled;
  return vfs_->stat(path, view_);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<std::vector<DirectoryEntry>> Snapshot::list(std::string_view directory) const noexcept try {
  if (vfs_->closed()) return errc::cancelled;
  return vfs_->list(directory, view_);
} catch (const std::exception&) {
  return error_of_current_exception();
}

Result<Explanation> Snapshot::explain(std::string_view path) const noexcept try {
  if (vfs_->closed()) return errc::cancelled;
  return vfs_->explain(path, view_);
} catch (const std::exception&) {
  return error_of_current_exception();
}

std::string Snapshot::release_id() const {
  return view_->root().release->id();
}

std::uint64_t Snapshot::file_count() const noexcept {
  return view_->root().release->file_count();
}

}  // namespace larder
