#include "native/deltas.h"

#include <utility>

#include "codec/zstd.h"
#include "filetable/joint_maker.h"

namespace larder::native {

Deltas::Deltas(filetable::DeltaTable table, const Digest& new_root,
               std::shared_ptr<const filetable::PageTree> old_tree,
               std::shared_ptr<LocalObjects> objects)
    : table_(std::move(table)), old_tree_(std::move(old_tree)), objects_(std::move(objects)) {
  page_bases_.emplace(new_root, filetable::PageBases{old_tree_->root(), std::nullopt});
}

void Deltas::note_page(const Digest& page, std::string_view first_key, unsigned level) const {
  const auto bases = filetable::bases_of_page(*old_tree_, first_key, level);
  if (!bases) return;
  std::lock_guard lock(mutex_);
  page_bases_.emplace(page, *bases);
}

std::optional<filetable::PageBases> Deltas::bases_of(const Digest& page) const {
  std::lock_guard lock(mutex_);
  const auto known = page_bases_.find(page);
  return known == page_bases_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<Deltas::Patch> Deltas::patch_for(const Entry& entry) const {
  if (!entry.size || *entry.size > codec::kMaxPatchedBytes) return std::nullopt;
  const Digest target{entry.checksum.bytes};
  if (entry.is_index) {
    const auto bases = bases_of(target);
    if (!bases) return std::nullopt;
    auto patch = filetable::find_page_patch(table_, target, *bases, *objects_);
    if (!patch || patch->bytes > codec::kMaxPatchedBytes) return std::nullopt;
    return patch;
  }
  for (const auto& old : filetable::bases_of_file(*old_tree_, entry.home)) {
    const auto bytes = table_.find(target, old.digest);
    if (!bytes || *bytes > codec::kMaxPatchedBytes || old.size_bytes > codec::kMaxPatchedBytes)
      continue;
    if (Blob base_bytes = objects_->lend(old.digest, old.size_bytes))
      return Patch{old.digest, *bytes, std::move(base_bytes)};
  }
  return std::nullopt;
}

std::optional<Entry> Deltas::usable_joint() const {
  if (!joint() || !objects_->has_store()) return std::nullopt;
  const auto bases = filetable::bases_of_joint(*old_tree_, *joint());
  if (!bases) return std::nullopt;
  for (const auto& content : bases->contents)
    if (!objects_->holds(content.digest, content.size_bytes)) return std::nullopt;
  Entry entry = entry_of(joint()->digest, joint()->bytes);
  entry.home = "(update)";
  entry.is_index = joint()->makes_pages;
  return entry;
}

std::uint64_t Deltas::bytes_apart(const Entry& entry) const {
  if (!joint() || !entry.size || entry.is_index) return 0;
  const auto patch =
      filetable::find_file_patch(table_, Digest{entry.checksum.bytes}, *old_tree_, entry.home);
  return patch && joint()->makes(*entry.size, patch->base.size_bytes) ? patch->bytes : 0;
}

Result<void> Deltas::unpack(const Blob& bytes) const {
  const auto bases = filetable::bases_of_joint(*old_tree_, *joint());
  if (!bases) return bases.error();
  const filetable::JointSources sources{
      [this](const filetable::FileEntry& content) -> Result<Blob> {
        Blob blob = objects_->lend(content.digest, content.size_bytes);
        if (!blob) return errc::would_fetch;
        return blob;
      },
      objects_.get()};
  const auto done = filetable::apply_joint(
      bytes.bytes(), *bases, sources,
      [this](const Digest& digest, std::span<const std::byte> object, bool is_page) {
        objects_->store(digest, object, is_page ? Priority::high : Priority::normal);
      });
  objects_->drop(joint()->digest);
  return done;
}

}  // namespace larder::native
