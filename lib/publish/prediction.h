// What a client downloads that goes from one release to another.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/digest.h"
#include "filetable/delta_table.h"
#include "filetable/page_tree.h"
#include "filetable/tree_compare.h"

namespace larder::publish {

/// In bytes. For a client that has all of the older release, and nothing else, and comes to have
/// all of the newer one by a prefetch.
struct Prediction {
  std::uint64_t table_bytes = 0;    ///< the delta table
  std::uint64_t joint_bytes = 0;    ///< the joint patch, if it is what costs least
  std::uint64_t index_bytes = 0;    ///< pages, or patches for them; without what that makes
  std::uint64_t content_bytes = 0;  ///< objects as encoded, or patches for them
  std::uint64_t patches = 0;        ///< without the joint one
  std::uint64_t objects = 0;        ///< fetched whole, pages among them

  [[nodiscard]] std::uint64_t total_bytes() const noexcept {
    return table_bytes + joint_bytes + index_bytes + content_bytes;
  }
};

/// `deltas` lead from `before`; null: there are none. `is_held` says whether the older release has
/// a content; those in the difference need not be known to it. Throws std::bad_alloc.
[[nodiscard]] Prediction predict(const filetable::TreeDifference& difference,
                                 const filetable::PageTree& before,
                                 const filetable::DeltaTable* deltas,
                                 const std::function<bool(const Digest&)>& is_held);

}  // namespace larder::publish
