// What holds true of every list that was read.
#pragma once

#include "fuzz/require.h"
#include "lists/compare.h"

inline void require_list(const larder::lists::FileList& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    require(i == 0 || list[i - 1].path < list[i].path);
    const auto found = list.find(list[i].path);
    require(found && found->tag == list[i].tag && found->size == list[i].size);
  }
  const auto difference = larder::lists::compare(list, list);
  require(difference.added.empty() && difference.changed.empty() && difference.removed.empty());
}
