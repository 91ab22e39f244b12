#include "lists/flist.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "base/content_path.h"
#include "lists/complaint.h"
#include "lists/lua_data.h"

namespace larder::lists {
namespace {

using Kind = LuaValue::Kind;

/// What is wrong, and where.
struct Refusal {
  std::size_t offset;
  std::string sentence;
  errc code = errc::bad_table;
};

/// Empty where there is no such field.
std::optional<std::string> text_of(const LuaData& data, const LuaValue& table,
                                   std::string_view name) {
  const LuaValue* value = data.find(table, name);
  if (!value) return std::nullopt;
  if (value->kind != Kind::text && value->kind != Kind::number)
    throw Refusal{value->offset, quoted(name) + " is no text"};
  return std::string(value->text);
}

/// Also written as a text, as some packing scripts do.
std::optional<std::int64_t> integer_of(const LuaValue& value) {
  if (value.kind != Kind::text) return value.integer();
  std::int64_t number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<std::int64_t> integer_of(const LuaData& data, const LuaValue& table,
                                       std::string_view name) {
  const LuaValue* value = data.find(table, name);
  if (!value) return std::nullopt;
  const auto number = integer_of(*value);
  if (!number) throw Refusal{value->offset, quoted(name) + " is no whole number"};
  return number;
}

/// The items of a table of tables; empty where there is none.
std::vector<LuaValue> tables_of(const LuaData& data, std::string_view name) {
  const LuaValue* list = data.find(data.root(), name);
  if (!list) return {};
  if (list->kind != Kind::table) throw Refusal{list->offset, quoted(name) + " is no table"};
  std::vector<LuaValue> tables;
  for (const LuaValue& item : data.members(*list)) {
    if (!item.is_item) continue;
    if (item.kind != Kind::table)
      throw Refusal{item.offset, "what stands in " + quoted(name) + " is no table"};
    tables.push_back(item);
  }
  return tables;
}

std::string_view path_in(const LuaData& data, const LuaValue& table) {
  const LuaValue* name = data.find(table, "name");
  if (!name || name->kind != Kind::text) throw Refusal{table.offset, "it has no `name`"};
  return name->text;
}

std::vector<std::string> read_directories(const LuaData& data) {
  std::vector<std::string> directories;
  for (const LuaValue& table : tables_of(data, "dirPaths")) {
    const std::string_view path = path_in(data, table);
    if (const char* wrong = content_path_problem(path))
      throw Refusal{table.offset, "the directory " + quoted(path) + " " + wrong};
    directories.emplace_back(path);
  }
  return directories;
}

FileList read_files(const LuaData& data, std::size_t max_files) {
  const LuaValue* list = data.find(data.root(), "fileInfoList");
  if (!list) throw Refusal{data.root().offset, "it has no `fileInfoList`"};
  FileList::Builder files;
  for (const LuaValue& table : tables_of(data, "fileInfoList")) {
    if (files.size() == max_files)
      throw Refusal{table.offset, "it has too many files", errc::too_large};
    ListedFile file;
    file.path = path_in(data, table);
    const LuaValue* code = data.find(table, "code");
    if (code && (code->kind == Kind::text || code->kind == Kind::number)) file.tag = code->text;
    const LuaValue* size = data.find(table, "size");
    const auto bytes = size ? integer_of(*size) : std::nullopt;
    if (bytes && *bytes >= 0) file.size = static_cast<std::uint64_t>(*bytes);
    if (const char* wrong = files.add(file))
      throw Refusal{table.offset, "the file " + quoted(file.path) + " " + wrong};
  }
  return files.build();
}

/// Parses `lua`; what it is to be read as, `read` says, or throws Refusal.
template <class Read>
auto read_data(std::string_view lua, const ListLimits& limits, std::string* why, Read read) noexcept
    -> Result<decltype(read(std::declval<const LuaData&>()))> try {
  std::string sentence;
  const auto data = LuaData::parse(lua, limits, sentence);
  if (!data) {
    if (why) *why = std::move(sentence);
    return data.error();
  }
  try {
    if (data->root().kind != Kind::table) throw Refusal{data->root().offset, "it is no table"};
    return read(*data);
  } catch (const Refusal& refusal) {
    if (why) *why = place_of(lua, refusal.offset) + ": " + refusal.sentence;
    return refusal.code;
  }
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace

Result<Flist> parse_flist(std::string_view lua, const ListLimits& limits,
                          std::string* why) noexcept {
  return read_data(lua, limits, why, [&](const LuaData& data) {
    Flist flist;
    flist.app_version = integer_of(data, data.root(), "appVersion");
    flist.version = text_of(data, data.root(), "version");
    flist.directories = read_directories(data);
    flist.files = read_files(data, limits.max_files);
    return flist;
  });
}

Result<FlistVersion> parse_flist_version(std::string_view lua, const ListLimits& limits,
                                         std::string* why) noexcept {
  return read_data(lua, limits, why, [](const LuaData& data) {
    const LuaValue& root = data.root();
    const auto android = text_of(data, root, "androidVersion");
    const auto ios = text_of(data, root, "iosVersion");
    if (!android && !ios) throw Refusal{root.offset, "it has neither version"};
    FlistVersion version;
    version.android_app_version = integer_of(data, root, "androidAppVersion").value_or(0);
    version.ios_app_version = integer_of(data, root, "iosAppVersion").value_or(0);
    version.android_version = android.value_or("");
    version.ios_version = ios.value_or("");
    return version;
  });
}

}  // namespace larder::lists
