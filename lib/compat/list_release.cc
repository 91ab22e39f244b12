#include "compat/list_release.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <exception>
#include <utility>

namespace larder::compat {
namespace {

/// Names content that only its path, an opaque tag and a size tell from other content.
ObjectKey opaque_key(std::uint64_t scope, const lists::ListedFile& file) noexcept {
  const XXH128_hash_t path = XXH3_128bits_withSeed(file.path.data(), file.path.size(),
                                                   file.size.value_or(~std::uint64_t{0}));
  const XXH128_hash_t tag =
      XXH3_128bits_withSeed(file.tag.data(), file.tag.size(), path.low64 ^ path.high64);
  return ObjectKey::of_claim(scope, "OPAQ", path.low64 + tag.high64, path.high64 + tag.low64);
}

}  // namespace

ListRelease::ListRelease(ListTraits traits, Listing listing, std::unique_ptr<ListOrigin> origin)
    : traits_(std::move(traits)), listing_(std::move(listing)), origin_(std::move(origin)) {
  for (const auto& package : traits_.packages) lent_.push_back(package.get());
  if (!traits_.ignore_case) return;
  for (std::size_t i = 0; i < listing_.files.size(); ++i) lower_names_.add(listing_.files[i].path);
  lower_names_.sort();
}

Entry ListRelease::entry_of(const lists::ListedFile& file) const noexcept {
  Entry entry;
  entry.home = file.path;
  entry.query = file.tag;
  entry.size = file.size;
  entry.checksum = traits_.system->checksum_of(file.tag);
  if (entry.checksum.kind == Checksum::Kind::none) {
    entry.key = opaque_key(traits_.scope, file);
  } else {  // the same content under any name
    std::uint64_t word[2];
    std::memcpy(word, entry.checksum.bytes.data(), sizeof word);
    entry.key =
        ObjectKey::of_claim(traits_.scope, traits_.system->claim_format(), word[0], word[1]);
  }
  return entry;
}

Result<Entry> ListRelease::find(std::string_view path) const {
  const auto in = [&](const lists::FileList& files) -> std::optional<lists::ListedFile> {
    if (auto file = files.find(path)) return file;
    const std::string listed = traits_.system->listed_name(path);
    return listed.empty() ? std::nullopt : files.find(listed);
  };
  if (const auto file = in(listing_.files)) return entry_of(*file);
  if (traits_.ignore_case) {
    const auto like = lower_names_.like(path);
    if (like.size() > 1) return errc::ambiguous;
    if (!like.empty()) return entry_of(*listing_.files.find(like.front().second));
  }
  if (traits_.package_shows_through)
    for (const auto& package : traits_.packages)
      if (const auto file = in(package->listing().files)) return entry_of(*file);
  return errc::not_listed;
}

Result<Entry> ListRelease::resolve(const PathRequest& request, Entry* /*page*/) const noexcept try {
  if (request.kind == PathRequest::Kind::content) return find(request.path);
  Entry entry;
  entry.home = request.path;
  entry.route = request.kind == PathRequest::Kind::file_url ? Route::file : Route::transient;
  if (entry.route == Route::transient && !origin_) return errc::not_listed;
  return entry;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<std::vector<Listed>> ListRelease::list(std::string_view directory, Entry* /*page*/) const {
  return listing_.files.list(directory);
}

Result<bool> ListRelease::is_directory(std::string_view path, Entry* /*page*/) const noexcept {
  return listing_.files.is_directory(path);
}

Result<std::vector<std::string>> ListRelease::names_like(std::string_view path,
                                                         Entry* /*page*/) const noexcept try {
  std::vector<std::string> names;
  for (const auto& name : lower_names_.like(path)) names.emplace_back(name.second);
  if (names.empty()) return errc::not_listed;
  return names;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::compat
