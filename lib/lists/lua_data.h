// LuaData: what a Lua chunk says that is nothing but data. Nothing is executed. See FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "lists/file_list.h"

namespace larder::lists {

/// A value, and where in a table it stands. Views the text that was parsed, or its LuaData.
struct LuaValue {
  enum class Kind : std::uint8_t { nil, boolean, number, text, table };

  Kind kind = Kind::nil;
  bool is_item = false;      ///< of a table's list, in its order; otherwise it has a key
  std::uint32_t offset = 0;  ///< in the text that was parsed
  std::string_view key;      ///< of a table's field
  std::string_view text;     ///< of texts; of numbers and booleans: as it is written
  std::uint32_t members_begin = 0;
  std::uint32_t member_count = 0;

  /// A whole number that is written as one. Empty for what is none, or does not fit.
  [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
};

/// Movable; immutable once parsed. Threads: any.
class LuaData {
 public:
  /// `text` must outlive the data. errc::bad_table: it is no Lua or more than data;
  /// errc::too_large. `why` gets a sentence with line and column.
  [[nodiscard]] static Result<LuaData> parse(std::string_view text, const ListLimits& limits,
                                             std::string& why) noexcept;

  /// What the chunk returns.
  [[nodiscard]] const LuaValue& root() const noexcept { return root_; }
  /// In the order of the text; empty unless `value` is a table.
  [[nodiscard]] std::span<const LuaValue> members(const LuaValue& value) const noexcept {
    return std::span(values_).subspan(value.members_begin, value.member_count);
  }
  /// The last field of that name; null: there is none, or it is nil. Linear.
  [[nodiscard]] const LuaValue* find(const LuaValue& table, std::string_view key) const noexcept;

 private:
  friend class LuaParser;

  std::vector<LuaValue> values_;   ///< the members of each table are together
  std::deque<std::string> texts_;  ///< those that are not in the parsed text as they are
  LuaValue root_;
};

}  // namespace larder::lists
