#include "filetable/page_bases.h"

#include <utility>
#include <vector>

#include "base/heap_blob.h"
#include "digest/hash.h"

namespace larder::filetable {

std::optional<PageBases> bases_of_page(const PageTree& old, std::string_view first_key,
                                       unsigned level) noexcept {
  if (first_key.empty()) return PageBases{old.root(), std::nullopt};
  PageBases bases;
  const auto page = old.page_around(first_key, level, &bases.next);
  if (!page) return std::nullopt;
  bases.page = *page;
  return bases;
}

std::vector<FileEntry> bases_of_file(const PageTree& old, std::string_view path) {
  const auto same = old.find(path);
  if (!same)
    return same.error() == errc::not_listed ? old.files_beside(path) : std::vector<FileEntry>();
  return same->tombstone ? std::vector<FileEntry>() : std::vector{*same};
}

std::optional<FilePatch> find_file_patch(const DeltaTable& deltas, const Digest& target,
                                         const PageTree& old, std::string_view path) {
  for (FileEntry& base : bases_of_file(old, path))
    if (const auto bytes = deltas.find(target, base.digest)) return FilePatch{base, *bytes};
  return std::nullopt;
}

Blob join_bases(const PageBases& bases, PageSource& source) {
  if (!bases.next) return {};
  const auto first = source.page(bases.page);
  const auto second = source.page(*bases.next);
  if (!first || !second) return {};
  std::vector<std::byte> both;
  both.reserve(first->size() + second->size());
  both.insert(both.end(), first->bytes().begin(), first->bytes().end());
  both.insert(both.end(), second->bytes().begin(), second->bytes().end());
  return make_heap_blob(std::move(both), Source::store);
}

std::optional<PagePatch> find_page_patch(const DeltaTable& deltas, const Digest& target,
                                         const PageBases& bases, PageSource& source) {
  if (const auto bytes = deltas.find(target, bases.page.digest)) {
    auto page = source.page(bases.page);
    if (!page) return std::nullopt;
    return PagePatch{bases.page.digest, *bytes, std::move(*page)};
  }
  Blob both = join_bases(bases, source);
  if (!both) return std::nullopt;
  const Digest base = digest::sha256(both.bytes());
  const auto bytes = deltas.find(target, base);
  if (!bytes) return std::nullopt;
  return PagePatch{base, *bytes, std::move(both)};
}

}  // namespace larder::filetable
