// Whatever the bytes: a delta table or an index pack that can be asked, or a refusal with a reason.
#include <cstdint>
#include <cstring>
#include <string>

#include "base/heap_blob.h"
#include "filetable/delta_table.h"
#include "filetable/index_pack.h"
#include "fuzz/require.h"

using larder::Digest;
using larder::filetable::DeltaTable;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  if (const auto pages = larder::filetable::read_pack(bytes)) {
    std::size_t sum = 0;
    for (const auto page : *pages) sum += page.size();
    require(sum < size);
  }
  std::string why;
  const auto table = DeltaTable::parse(
      larder::make_heap_blob({bytes.begin(), bytes.end()}, larder::Source::store), &why);
  require(table.has_value() == why.empty());
  if (!table) return 0;
  require(table->size() <= size / 3);
  if (const auto& joint = table->joint()) {
    require(joint->anchors.size() <= size);
    for (std::size_t i = 1; i < joint->anchors.size(); ++i)
      require(joint->anchors[i - 1].number < joint->anchors[i].number);
  }
  // Pieces of the input as digests: rows that are there are met now and then.
  Digest target;
  for (std::size_t at = 5; at + 32 <= size; ++at) {
    std::memcpy(target.bytes.data(), data + at, target.bytes.size());
    require(table->find(target, Digest{}) != 0u);
  }
  return 0;
}
