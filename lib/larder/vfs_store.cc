// What a Vfs has its store keep and forget.
#include <string>
#include <utility>

#include "larder/vfs_impl.h"
#include "vfs/glob.h"

namespace larder {
namespace {

/// Has `each` called with the path of every file at or below `directory`.
template <class Each>
Result<void> walk(const Release& release, const std::string& directory, const Each& each) {
  const auto listed = release.list(directory);
  if (!listed) return listed.error();
  for (const Listed& one : *listed) {
    const std::string path = directory.empty() ? one.name : directory + "/" + one.name;
    if (!one.is_directory)
      each(path);
    else if (auto done = walk(release, path, each); !done)
      return done;
  }
  return {};
}

}  // namespace

Result<std::vector<ObjectKey>> Vfs::Impl::keys_of(std::string_view glob) {
  if (!store_) return errc::invalid_argument;
  std::vector<ObjectKey> keys;
  std::error_code last;
  const auto add = [&](std::string_view path) {
    vfs::PathBuffer buffer;
    const auto request = rules_.parse(path, buffer);
    const auto release = release_.share();
    const auto entry = request ? release->resolve(*request) : Result<Entry>(request.error());
    const bool kept = entry && entry->key.kind != ObjectKey::Kind::none;
    last = entry ? (kept ? std::error_code() : make_error_code(errc::not_listed)) : entry.error();
    if (kept) keys.push_back(entry->key);
  };
  if (!vfs::is_glob(glob)) {
    add(glob);
    if (last) return last;
    return keys;
  }
  const std::string directory(vfs::directory_of_glob(glob));
  const auto match = [&](const std::string& path) {
    if (vfs::glob_matches(glob, path)) add(path);
  };
  auto walked = walk(*release_.share(), directory, match);
  if (walked.error() == errc::unsupported) {
    if (const auto loaded = client_->load_names(true); !loaded) return loaded.error();
    walked = walk(*release_.share(), directory, match);
  }
  // A directory that is not there has nothing in it.
  if (!walked && walked.error() != errc::not_listed) return walked.error();
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
