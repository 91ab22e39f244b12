#include "lists/compare.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace larder::lists {
namespace {

FileList list_of(std::initializer_list<ListedFile> files) {
  FileList::Builder builder;
  for (const ListedFile& file : files) EXPECT_EQ(builder.add(file), nullptr) << file.path;
  return builder.build();
}

using Paths = std::vector<std::string>;

Paths paths_of(const FileList& list, const std::vector<std::size_t>& indexes) {
  Paths paths;
  for (const std::size_t i : indexes) paths.emplace_back(list[i].path);
  return paths;
}

TEST(ListDifference, IsWhatAnUpdateHasToDo) {
  const FileList older = list_of({{"b", "1", 1, false},
                                  {"c", "1", 1, false},
                                  {"d", "1", 1, false},
                                  {"e", "", 1, false},
                                  {"f", "1", {}, false},
                                  {"z", "1", 1, false}});
  const FileList newer = list_of({{"a", "1", 1, false},
                                  {"b", "1", 1, false},
                                  {"d", "2", 1, false},
                                  {"e", "", 2, false},
                                  {"f", "1", 9, true},
                                  {"g", "1", 1, false}});
  const ListDifference difference = compare(older, newer);
  EXPECT_EQ(paths_of(newer, difference.added), (Paths{"a", "g"}));
  EXPECT_EQ(paths_of(newer, difference.changed), (Paths{"d", "e"}));
  EXPECT_EQ(paths_of(older, difference.removed), (Paths{"c", "z"}));
}

TEST(ListDifference, OfAListAndNothingIsTheList) {
  const FileList list = list_of({{"a", "1", 1, false}, {"b", "2", 2, false}});
  EXPECT_EQ(paths_of(list, compare({}, list).added), (Paths{"a", "b"}));
  EXPECT_EQ(paths_of(list, compare(list, {}).removed), (Paths{"a", "b"}));
  const ListDifference same = compare(list, list);
  EXPECT_TRUE(same.added.empty() && same.changed.empty() && same.removed.empty());
}

}  // namespace
}  // namespace larder::lists
