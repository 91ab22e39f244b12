// What a Vfs has its store keep and forget.
#include <string>
#include <utility>

#include "larder/vfs_impl.h"
#include "vfs/glob.h"

namespace larder {

Result<std::vector<ObjectKey>> Vfs::Impl::keys_of(std::string_view glob) {
  if (!store_) return errc::invalid_argument;
  const auto view = view_.share();
  const auto key_of = [&](std::string_view path) -> Result<ObjectKey> {
    vfs::PathBuffer buffer;
    const auto request = root_->rules().take_apart(path, buffer);
    if (!request) return request.error();
    const auto found = look_up(*view, *request, buffer);
    if (!found) return found.error();
    if (found->entry.key.kind == ObjectKey::Kind::none || found->entry.route == Route::member)
      return errc::not_listed;
    return found->entry.key;
  };
  if (!vfs::is_glob(glob)) {
    const auto key = key_of(glob);
    if (!key) return key.error();
    return std::vector{*key};
  }
  const auto paths = paths_of(glob);
  if (!paths) return paths.error();
  std::vector<ObjectKey> keys;
  for (const std::string& path : *paths)
    if (const auto key = key_of(path)) keys.push_back(*key);
  return keys;
}

Result<std::uint64_t> Vfs::Impl::set_pinned(std::string_view glob, bool pinned) {
  const auto keys = keys_of(glob);
  if (!keys) return keys.error();
  const auto done = pinned ? store_->pin(*keys) : store_->unpin(*keys);
  if (!done) return done.error();
  return std::uint64_t{keys->size()};
}

Result<std::uint64_t> Vfs::Impl::evict(std::string_view glob, bool pinned_too) {
  auto keys = keys_of(glob);
  if (!keys) return keys.error();
  const std::uint64_t count = keys->size();
  if (const auto done = store_->evict(std::move(*keys), pinned_too); !done) return done.error();
  return count;
}

Result<void> Vfs::Impl::clear(bool pinned_too) {
  return store_ ? store_->clear(pinned_too) : errc::invalid_argument;
}

}  // namespace larder
