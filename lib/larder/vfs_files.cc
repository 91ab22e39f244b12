// Opening files for reading in parts.
#include <utility>

#include "larder/vfs_impl.h"

namespace larder {

Result<std::shared_ptr<File::Impl>> Vfs::Impl::open_file(std::string_view path,
                                                         const FileOptions& options,
                                                         const ViewPtr& held) {
  if (!options_.read_filter) return open_plain_file(path, options, held);
  // Parts of what was published are no parts of what the filter makes of it.
  auto file = open_plain_file(path, {}, held);
  if (file)
    (*file)->set_filter([filter = options_.read_filter, path = std::string(path)](Blob whole) {
      return filter(path, std::move(whole));
    });
  return file;
}

Result<std::shared_ptr<File::Impl>> Vfs::Impl::open_plain_file(std::string_view path,
                                                               const FileOptions& options,
                                                               const ViewPtr& held) {
  counters_.add(fetch::Figure::reads);
  auto local = read_locally(path, held);
  if (local || local.error() != errc::would_fetch) {
    local = counted(std::move(local));
    if (!local) return local.error();
    return std::make_shared<File::Impl>(std::move(*local));
  }

  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(path, buffer);
  const auto view = held_or_now(held);
  const auto found = request ? look_up(*view, *request, buffer) : Result<Found>(request.error());
  if (!found) return counted(found.error()).error();
  const auto& release = found->layer->release;
  if (auto here =
          corridor_->lend(*release, found->entry)) {  // only pages of the table were missing
    here = counted(std::move(here));
    return std::make_shared<File::Impl>(std::move(*here));
  }
  const auto size = options_.read_filter ? std::nullopt : found->entry.size;
  auto file = std::make_shared<File::Impl>(options, size);
  auto ticket = corridor_->flights().board(
      release, found->entry, [weak = weak_from_this(), file](fetch::Landing landing) {
        if (const auto self = weak.lock())
          static_cast<void>(self->counted(landing.blob, landing.joined));
        file->land(std::move(landing.blob));
      });
  file->on_close = [weak = weak_from_this(), ticket] {
    if (const auto self = weak.lock()) self->corridor_->flights().leave(ticket, errc::cancelled);
  };
  file->board(std::move(ticket));
  return file;
}

}  // namespace larder
