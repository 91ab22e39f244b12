// Which of this process' mappings of a file lie in large pages.
#pragma once

#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "sys/file_system.h"

namespace larder::test {

/// Bytes of mappings of files whose path ends like this that were touched and lie in large pages.
inline std::uint64_t bytes_in_large_pages(const std::string& path_end) {
  std::ifstream maps("/proc/self/smaps");
  std::uint64_t bytes = 0;
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    const bool heads = line.find('-') < line.find(' ');  // `from-to mode offset device inode path`
    if (heads) inside = line.ends_with(path_end);
    if (inside && line.starts_with("FilePmdMapped:"))
      bytes += std::stoull(line.substr(line.find(':') + 1)) * 1024;
  }
  return bytes;
}

/// Touches all of it.
inline std::uint64_t touch_all(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 4096) sum += std::to_integer<unsigned>(bytes[i]);
  return sum;
}

/// Whether a large write comes to lie in one here.
inline bool has_large_pages(const std::string& directory) {
  const std::string name = "/large_page_probe";
  const std::vector<std::byte> bytes(sys::File::kLargePageBytes, std::byte{1});
  auto file = sys::FileSystem::real().open(directory + name, sys::Open::create_new);
  if (!file || !(*file)->write_at(0, bytes)) return false;
  const auto mapping = (*file)->map(bytes.size());
  if (!mapping || touch_all((*mapping)->bytes()) == 0) return false;
  const bool large = bytes_in_large_pages(name) != 0;
  return sys::FileSystem::real().remove(directory + name) && large;
}

}  // namespace larder::test
