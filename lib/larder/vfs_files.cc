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
  const auto file_of = [this](const Wrapping& wrapping,
                              Result<Blob> here) -> Result<std::shared_ptr<File::Impl>> {
    here = counted(std::move(here));
    if (!here) return here.error();
    if (!wrapping.is_encrypted) return std::make_shared<File::Impl>(std::move(*here));
    auto file = std::make_shared<File::Impl>(FileOptions{}, wrapping.plain_bytes);
    open_envelope(*file);
    file->land(std::move(here));
    return file;
  };
  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(path, buffer);
  if (!request) return counted(request.error()).error();
  const auto view = held_or_now(held);
  Wrapping wrapping;
  auto local = lend_locally(*view, *request, buffer, wrapping);
  if (local || local.error() != errc::would_fetch) return file_of(wrapping, std::move(local));
  const auto found = look_up(*view, *request, buffer);
  if (!found) return counted(found.error()).error();
  const auto& release = found->layer->release;
  if (auto here = corridor_->lend(*release, found->entry))  // only pages of the table were missing
    return file_of(wrapping_of(found->entry), std::move(here));
  const bool encrypted = found->entry.is_encrypted;
  auto size = encrypted ? std::optional(found->entry.plain_bytes) : found->entry.size;
  if (options_.read_filter) size.reset();
  // Of an envelope nothing can be read before it is here.
  auto file = std::make_shared<File::Impl>(encrypted ? FileOptions{} : options, size);
  if (encrypted) open_envelope(*file);
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
