#include "store/disk_usage.h"

#include "store/segment.h"

namespace larder::store {

std::string index_path(const std::string& directory) {
  return directory + "/index.sqlite";
}

std::uint64_t disk_usage(sys::FileSystem& fs, const std::string& directory) {
  std::uint64_t sum = 0;
  const auto count = [&](const std::string& path) {
    if (const auto status = fs.status(path)) sum += status->allocated_bytes;
  };
  for (const char* suffix : {"", "-wal", "-shm"}) count(index_path(directory) + suffix);
  const std::string folder = segments_directory(directory);
  if (const auto names = fs.list(folder))
    for (const std::string& name : *names) count(folder + "/" + name);
  return sum;
}

}  // namespace larder::store
