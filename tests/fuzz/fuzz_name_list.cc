// Whatever the bytes: a list whose answers agree with each other, or a refusal with a reason.
#include <cstdint>
#include <string>

#include "filetable/name_list.h"
#include "fuzz/require.h"

using larder::filetable::NameList;

namespace {

/// Files below `directory`, counted by listing.
std::uint64_t count_files(const NameList& list, const std::string& directory) {
  const auto children = list.list(directory);
  require(children.has_value());
  std::uint64_t files = 0;
  for (const larder::Listed& child : *children) {
    const std::string path = directory.empty() ? child.name : directory + "/" + child.name;
    require(child.is_directory ? list.is_directory(path) : list.contains(path));
    files += child.is_directory ? count_files(list, path) : 1;
  }
  return files;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string why;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = NameList::parse(text, {.max_path_bytes = 256}, &why);
  require(list.has_value() == why.empty());
  if (list) require(count_files(*list, "") == list->size());
  return 0;
}
