// Whatever the bytes: a table that answers consistently, or a refusal with a reason.
#include <cstdint>
#include <string>

#include "filetable/laya_table.h"
#include "fuzz/require.h"

using larder::filetable::LayaTable;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string why;
  const auto table = LayaTable::parse(std::as_bytes(std::span(data, size)), {}, &why);
  require(table.has_value() == why.empty());
  if (!table) return 0;
  require(table->id().empty() || table->id().size() == 32);
  require(table->size() <= size / 4 + 1);
  std::uint32_t before = 0;
  for (const std::uint32_t id : table->ambiguous_ids()) {
    require(!table->find(id));
    require(id >= before);
    before = id;
  }
  for (std::uint32_t id = 0; id < 64; ++id) (void)table->find(id << 26 | id);
  return 0;
}
