// Deltas: patches that make objects of a release from those of an older one.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/entry.h"
#include "filetable/delta_table.h"
#include "filetable/page_bases.h"
#include "filetable/page_tree.h"
#include "native/local_objects.h"

namespace larder::native {

/// Threads: any.
class Deltas {
 public:
  /// `new_root`: of the release that the table leads to.
  Deltas(filetable::DeltaTable table, const Digest& new_root,
         std::shared_ptr<const filetable::PageTree> old_tree,
         std::shared_ptr<LocalObjects> objects);

  using Patch = filetable::PagePatch;
  /// The patch for an entry of the new release, if there is one and its base is here.
  [[nodiscard]] std::optional<Patch> patch_for(const Entry& entry) const;

  /// The joint patch that the table names.
  [[nodiscard]] const std::optional<filetable::JointPatch>& joint() const noexcept {
    return table_.joint();
  }
  /// Its entry, if all that it begins from is here and what it makes can be stored.
  [[nodiscard]] std::optional<Entry> usable_joint() const;
  /// The length of the patch for content that the joint patch makes as well; 0 if it does not.
  [[nodiscard]] std::uint64_t bytes_apart(const Entry& entry) const;
  /// Makes and stores all that the joint patch makes, and drops that. Errors as
  /// filetable::apply_joint(); what was made by then is kept. Throws std::bad_alloc.
  [[nodiscard]] Result<void> unpack(const Blob& joint) const;

  /// A page of the new release begins with `first_key`: remembers what it can be made from.
  void note_page(const Digest& page, std::string_view first_key, unsigned level) const;

 private:
  [[nodiscard]] std::optional<filetable::PageBases> bases_of(const Digest& page) const;

  const filetable::DeltaTable table_;
  const std::shared_ptr<const filetable::PageTree> old_tree_;
  const std::shared_ptr<LocalObjects> objects_;
  mutable std::mutex mutex_;
  mutable std::map<Digest, filetable::PageBases> page_bases_;  ///< guarded by mutex_
};

}  // namespace larder::native
