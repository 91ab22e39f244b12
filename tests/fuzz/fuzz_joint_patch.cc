// Whatever the bytes: a joint patch that makes what its stages say, or a refusal.
#include <cstdint>
#include <string>

#include "base/heap_blob.h"
#include "filetable/joint_maker.h"
#include "fuzz/require.h"

namespace {

using namespace larder;

constexpr std::string_view kBase = "the quick brown fox jumps over the lazy dog, again and again";

Blob base() {
  const auto bytes = std::as_bytes(std::span(kBase));
  return make_heap_blob({bytes.begin(), bytes.end()}, Source::store);
}

class Pages final : public filetable::PageSource {
 public:
  Result<Blob> page(const filetable::PageReference&) noexcept override { return base(); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto stages = filetable::read_joint(bytes);
  std::uint64_t all = 0;
  std::size_t objects = 0;
  for (std::size_t i = 0; stages && i < stages->size(); ++i) {
    objects += (*stages)[i].sizes.size();
    for (const std::uint64_t object : (*stages)[i].sizes) all += object;
  }
  require(all <= filetable::kMaxJointMemory && objects <= size);
  if (all > 1 << 20) return 0;  // it would only take time

  filetable::JointBases bases;
  bases.contents.push_back({.size_bytes = kBase.size(), .encoded_bytes = kBase.size()});
  bases.pages.push_back({{Digest{}, static_cast<std::uint32_t>(kBase.size()), 1}});
  Pages pages;
  std::uint64_t made = 0;
  const auto done = filetable::apply_joint(
      bytes, bases, {[](const filetable::FileEntry&) -> Result<Blob> { return base(); }, &pages},
      [&](const Digest&, std::span<const std::byte> object, bool) { made += object.size(); });
  require(made <= all && (!done || made == all));
  require(!done || stages);
  return 0;
}
