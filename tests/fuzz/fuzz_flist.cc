// Whatever the bytes: a list that can be searched, or a refusal with a reason.
#include <cstdint>
#include <string>

#include "fuzz/require_list.h"
#include "lists/flist.h"
#include "lists/list_writer.h"
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

/// What is written must be read again.
void check_writer(const Flist& flist) {
  for (std::size_t i = 0; i < flist.files.size(); ++i)
    if (!flist.files[i].size) return;
  const auto again = parse_flist(write_flist(flist), {.max_text_bytes = 1 << 20});
  require(again && again->directories == flist.directories);
  require(again->files.size() == flist.files.size());
  const auto difference = compare(flist.files, again->files);
  require(difference.added.empty() && difference.changed.empty());
  if (flist.app_version && flist.version) require(again->version == flist.version);
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
  if (flist) {
    require_list(flist->files);
    check_writer(*flist);
  }
  why.clear();
  const auto version = parse_flist_version(text, {}, &why);
  require(version.has_value() == why.empty() && (lua || !version));
  return 0;
}
