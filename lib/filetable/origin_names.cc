#include "filetable/origin_names.h"

#include "digest/hex.h"

namespace larder::filetable {
namespace {

/// "ab/cdef…": not all files in one folder.
std::string spread(const Digest& digest) {
  return digest::to_hex(digest.bytes).insert(2, 1, '/');
}

}  // namespace

std::string head_path(std::string_view channel) {
  return "heads/" + std::string(channel) + ".json";
}

std::string root_path(std::uint64_t version) {
  return "roots/" + std::to_string(version) + ".json";
}

std::string object_path(const Digest& digest, Encoding encoding) {
  return (encoding == Encoding::zstd ? "zstd/" : "objects/") + spread(digest);
}

std::string patch_path(const Digest& target, const Digest& base) {
  return "patches/" + spread(target) + "-" + digest::to_hex(base.bytes);
}

}  // namespace larder::filetable
