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
