#include "lists/compare.h"

namespace larder::lists {
namespace {

bool says_the_same(const ListedFile& a, const ListedFile& b) noexcept {
  return a.tag == b.tag && (!a.size || !b.size || *a.size == *b.size);
}

}  // namespace

ListDifference compare(const FileList& older, const FileList& newer) {
  ListDifference difference;
  std::size_t from = 0;
  std::size_t to = 0;
  while (from < older.size() || to < newer.size()) {
    const int order = from == older.size() ? 1
                      : to == newer.size() ? -1
                                           : older[from].path.compare(newer[to].path);
    if (order < 0) {
      difference.removed.push_back(from++);
    } else if (order > 0) {
      difference.added.push_back(to++);
    } else {
      if (!says_the_same(older[from], newer[to])) difference.changed.push_back(to);
      ++from;
      ++to;
    }
  }
  return difference;
}

}  // namespace larder::lists
