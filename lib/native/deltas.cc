#include "native/deltas.h"

#include <utility>

#include "codec/zstd.h"

namespace larder::native {

Deltas::Deltas(filetable::DeltaTable table, const Digest& new_root,
               std::shared_ptr<const filetable::PageTree> old_tree,
               std::shared_ptr<LocalObjects> objects)
    : table_(std::move(table)), old_tree_(std::move(old_tree)), objects_(std::move(objects)) {
  page_bases_.emplace(new_root, old_tree_->root());
}

void Deltas::note_page(const Digest& page, std::string_view first_key, unsigned level) const {
  const auto base = old_tree_->page_around(first_key, level);
  if (!base) return;
  std::lock_guard lock(mutex_);
  page_bases_.emplace(page, *base);
}

std::optional<filetable::PageReference> Deltas::base_of_page(const Digest& page) const {
  std::lock_guard lock(mutex_);
  const auto known = page_bases_.find(page);
  return known == page_bases_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<Deltas::Patch> Deltas::patch_for(const Entry& entry) const {
  if (!entry.size || *entry.size > codec::kMaxPatchedBytes) return std::nullopt;
  const Digest target{entry.checksum.bytes};
  Digest base;
  std::uint64_t base_size = 0;
  if (entry.is_index) {
    const auto page = base_of_page(target);
    if (!page) return std::nullopt;
    base = page->digest;
    base_size = page->bytes;
  } else {
    const auto old = old_tree_->find(entry.home);
    if (!old || old->tombstone) return std::nullopt;
    base = old->digest;
    base_size = old->size_bytes;
  }
  if (base_size > codec::kMaxPatchedBytes) return std::nullopt;
  const auto bytes = table_.find(target, base);
  if (!bytes || *bytes > codec::kMaxPatchedBytes) return std::nullopt;
  Blob base_bytes = objects_->lend(base, base_size);
  if (!base_bytes) return std::nullopt;
  return Patch{base, *bytes, std::move(base_bytes)};
}

}  // namespace larder::native
