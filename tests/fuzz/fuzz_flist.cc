// Whatever the bytes: a list that can be searched, or a refusal with a reason.
#include <cstdint>
#include <string>

#include "fuzz/require_list.h"
#include "lists/flist.h"
#include "lists/lua_data.h"

using namespace larder::lists;

namespace {

/// Counts the values below `table`: each belongs to one table only.
std::size_t count(const LuaData& data, const LuaValue& table, std::size_t depth) {
  require(depth <= ListLimits().max_depth);
  std::size_t values = 0;
  for (const LuaValue& member : data.members(table)) {
    require(member.is_item || data.find(table, member.key) != &table);
    values += 1 + count(data, member, depth + 1);
  }
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string why;
  const auto lua = LuaData::parse(text, {}, why);
  require(lua.has_value() == why.empty());
  if (lua) require(count(*lua, lua->root(), 0) <= size);
  why.clear();
  const auto flist = parse_flist(text, {}, &why);
  require(flist.has_value() == why.empty() && (lua || !flist));
  if (flist) require_list(flist->files);
  why.clear();
  const auto version = parse_flist_version(text, {}, &why);
  require(version.has_value() == why.empty() && (lua || !version));
  return 0;
}
