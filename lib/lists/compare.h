// ListDifference: what an update from one list to another has to do.
#pragma once

#include <cstddef>
#include <vector>

#include "lists/file_list.h"

namespace larder::lists {

/// Indexes of files, ascending.
struct ListDifference {
  std::vector<std::size_t> added;    ///< of the newer list: what the older one does not name
  std::vector<std::size_t> changed;  ///< of the newer list: with another tag or size
  std::vector<std::size_t> removed;  ///< of the older list
};

/// Tags are compared as texts. A size that one of the lists does not say is no difference. Linear;
/// throws std::bad_alloc.
[[nodiscard]] ListDifference compare(const FileList& older, const FileList& newer);

}  // namespace larder::lists
