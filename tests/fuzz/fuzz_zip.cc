// Whatever the bytes: an archive whose members are what it says of them, or a refusal with a
// reason.
#include <cstdint>
#include <span>
#include <string>

#include "base/content_path.h"
#include "codec/zip.h"
#include "fuzz/require.h"

using namespace larder::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  ZipLimits limits;
  limits.max_member_bytes = 1 << 20;
  limits.max_total_bytes = 4 << 20;
  std::string why;
  const auto archive = ZipArchive::open(bytes, limits, &why);
  require(archive.has_value() == why.empty());
  if (!archive) return 0;
  std::uint64_t total = 0;
  std::uint64_t packed = 0;
  for (const ZipMember& member : archive->members()) {
    require(archive->find(member.name) == &member);
    require(larder::content_path_problem(member.name) == nullptr);
    const auto content = archive->read(member);
    require(!content || content->size() == member.size);
    total += member.size;
    packed += member.packed_size;
  }
  require(total <= limits.max_total_bytes && packed <= size);
  return 0;
}
