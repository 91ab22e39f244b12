#include "compat/list_release.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <exception>
#include <utility>

#include "base/content_path.h"

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

/// A search path without what says nothing: "./hd/" is "hd".
std::string directory_of(std::string_view text) {
  while (text.starts_with("./")) text.remove_prefix(2);
  while (text.ends_with('/')) text.remove_suffix(1);
  return std::string(text == "." ? "" : text);
}

}  // namespace

ListRelease::ListRelease(ListTraits traits, Listing listing, std::unique_ptr<ListOrigin> origin)
    : traits_(std::move(traits)),
      listing_(std::move(listing)),
      archives_(listing_.files, *traits_.system, traits_.scope, traits_.ignore_case, traits_.log),
      origin_(std::move(origin)) {
  if (!archives_.empty()) lent_.push_back(&archives_);
  for (const auto& package : traits_.packages) lent_.push_back(package.get());
  if (traits_.search_paths)
    for (const std::string& text : listing_.search_paths) {
      const std::string directory = directory_of(text);
      if (directory.empty())
        search_directories_.emplace_back();
      else if (!content_path_problem(directory))
        search_directories_.push_back(directory + "/");
      else
        traits_.log.warning("the list's search path " + text + " is not used: it leads elsewhere");
    }
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

Result<Entry> ListRelease::search(std::string_view path, Entry* page) const {
  for (const std::string& directory : search_directories_) {
    auto found = find(directory + std::string(path), page);
    if (found || found.error() != errc::not_listed) return found;
  }
  return find(path, page);
}

template <class Ask>
auto ListRelease::ask_archives(Entry* page, const Ask& ask) const {
  std::size_t missing = 0;
  auto answer = ask(missing);
  if (answer.error() == errc::would_fetch && page) *page = entry_of(listing_.files[missing]);
  return answer;
}

Result<Entry> ListRelease::find(std::string_view path, Entry* page) const {
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
  auto member =
      ask_archives(page, [&](std::size_t& missing) { return archives_.resolve(path, missing); });
  if (member || member.error() != errc::not_listed) return member;
  if (traits_.package_shows_through)
    for (const auto& package : traits_.packages)
      if (const auto file = in(package->listing().files)) return entry_of(*file);
  return errc::not_listed;
}

Result<Entry> ListRelease::resolve(const PathRequest& request, Entry* page) const noexcept try {
  if (request.kind == PathRequest::Kind::content) return search(request.path, page);
  Entry entry;
  entry.home = request.path;
  entry.route = request.kind == PathRequest::Kind::file_url ? Route::file : Route::transient;
  if (entry.route == Route::transient && !origin_) return errc::not_listed;
  return entry;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<std::vector<Listed>> ListRelease::list(std::string_view directory, Entry* page) const {
  auto listed = listing_.files.list(directory);
  if (archives_.empty() || (!listed && listed.error() != errc::not_listed)) return listed;
  std::vector<Listed> names = listed ? std::move(*listed) : std::vector<Listed>();
  const auto added = ask_archives(
      page, [&](std::size_t& missing) { return archives_.list(directory, names, missing); });
  if (!added && (!listed || added.error() != errc::not_listed)) return added.error();
  return names;
}

Result<bool> ListRelease::is_directory(std::string_view path, Entry* page) const noexcept try {
  if (archives_.empty() || listing_.files.is_directory(path))
    return listing_.files.is_directory(path);
  return ask_archives(page,
                      [&](std::size_t& missing) { return archives_.is_directory(path, missing); });
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::vector<Entry> ListRelease::missing_pages(std::string_view prefix) const {
  std::vector<Entry> pages;
  for (const std::size_t file : archives_.missing(prefix))
    pages.push_back(entry_of(listing_.files[file]));
  return pages;
}

void ListRelease::keep(const Entry& page, const Blob& bytes) const noexcept {
  archives_.keep(listing_.files.index_of(page.home), bytes);
}

Result<std::vector<std::string>> ListRelease::names_like(std::string_view path,
                                                         Entry* /*page*/) const noexcept try {
  std::vector<std::string> names;
  for (const auto& name : lower_names_.like(path)) names.emplace_back(name.second);
  if (names.empty()) archives_.names_like(path, names);
  if (names.empty()) return errc::not_listed;
  return names;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::compat
