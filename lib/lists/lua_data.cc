#include "lists/lua_data.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <exception>
#include <map>
#include <utility>

#include "lists/complaint.h"
#include "lists/lua_lexer.h"

namespace larder::lists {
namespace {

// The parser calls itself that deep, whatever the limits say.
constexpr std::size_t kMaxDepth = 200;
// Of a list with as many files as the limits allow; and of one with hardly any.
constexpr std::size_t kValuesPerFile = 8;
constexpr std::size_t kFurtherValues = 1024;
constexpr std::size_t kManyFiles = std::size_t{1} << 31;

constexpr std::string_view kOnlyData = "; only data is read, nothing is executed";

}  // namespace

std::optional<std::int64_t> LuaValue::integer() const noexcept {
  if (kind != Kind::number) return std::nullopt;
  std::string_view digits = text;
  const bool is_negative = digits.starts_with('-');
  if (is_negative) digits.remove_prefix(1);
  const bool is_hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (is_hex) digits.remove_prefix(2);
  const char* const end = digits.data() + digits.size();
  std::int64_t whole = 0;
  const auto as_whole = std::from_chars(digits.data(), end, whole, is_hex ? 16 : 10);
  if (as_whole.ec == std::errc() && as_whole.ptr == end) return is_negative ? -whole : whole;
  constexpr double kLargestExact = 9007199254740992;
  double real = 0;
  std::from_chars(digits.data(), end, real,
                  is_hex ? std::chars_format::hex : std::chars_format::general);
  if (real > kLargestExact || std::floor(real) != real) return std::nullopt;
  return static_cast<std::int64_t>(is_negative ? -real : real);
}

const LuaValue* LuaData::find(const LuaValue& table, std::string_view key) const noexcept {
  const auto all = members(table);
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const LuaValue& value) {
    return !value.is_item && value.key == key;
  });
  return found == all.rend() || found->kind == LuaValue::Kind::nil ? nullptr : &*found;
}

/// Reads `{ local NAME = VALUE } return VALUE-or-NAME`.
class LuaParser {
 public:
  LuaParser(std::string_view text, const ListLimits& limits)
      : lexer_(text, limits.max_text_bytes, data_.texts_),
        max_depth_(std::min(limits.max_depth, kMaxDepth)),
        max_values_(kFurtherValues + kValuesPerFile * std::min(limits.max_files, kManyFiles)) {}

  LuaData parse() {
    std::map<std::string_view, LuaValue> locals;
    lexer_.skip_space();
    while (lexer_.take("local")) {
      if (!lexer_.sees_name()) lexer_.refuse("a name was expected" + std::string(kOnlyData));
      const std::string_view name = lexer_.take_name();
      expect("=");
      locals[name] = value();
      lexer_.take(";");
    }
    if (!lexer_.take("return"))
      lexer_.refuse("`local` or `return` was expected" + std::string(kOnlyData));
    data_.root_ = lexer_.sees_name() ? named(locals) : value();
    lexer_.take(";");
    if (!lexer_.at_end())
      lexer_.refuse("the end of the list was expected" + std::string(kOnlyData));
    return std::move(data_);
  }

 private:
  LuaValue named(const std::map<std::string_view, LuaValue>& locals) {
    const std::size_t begins = lexer_.offset();
    const std::string_view name = lexer_.take_name();
    const auto local = locals.find(name);
    return local != locals.end() ? local->second : constant(begins, name);
  }

  void expect(std::string_view word) {
    if (!lexer_.take(word)) lexer_.refuse(quoted(word) + " was expected" + std::string(kOnlyData));
  }

  LuaValue begin_value(std::size_t offset, LuaValue::Kind kind) {
    if (++values_ > max_values_)
      LuaLexer::refuse_at(offset, "it has too many values", errc::too_large);
    LuaValue value;
    value.kind = kind;
    value.offset = static_cast<std::uint32_t>(offset);
    return value;
  }

  LuaValue value() {
    const std::size_t begins = lexer_.offset();
    if (lexer_.sees_name()) return constant(begins, lexer_.take_name());
    if (lexer_.sees("{")) return table();
    if (lexer_.sees_text()) {
      LuaValue text = begin_value(begins, LuaValue::Kind::text);
      text.text = lexer_.take_text();
      return text;
    }
    if (!lexer_.sees_number()) lexer_.refuse("a value was expected" + std::string(kOnlyData));
    LuaValue number = begin_value(begins, LuaValue::Kind::number);
    number.text = lexer_.take_number();
    return number;
  }

  LuaValue constant(std::size_t begins, std::string_view name) {
    const bool is_boolean = name == "true" || name == "false";
    if (!is_boolean && name != "nil")
      LuaLexer::refuse_at(begins, quoted(name) + " is no data" + std::string(kOnlyData));
    LuaValue value =
        begin_value(begins, is_boolean ? LuaValue::Kind::boolean : LuaValue::Kind::nil);
    value.text = name;
    return value;
  }

  LuaValue table() {
    LuaValue table = begin_value(lexer_.offset(), LuaValue::Kind::table);
    if (++depth_ > max_depth_)
      LuaLexer::refuse_at(table.offset, "its tables are nested too deeply", errc::too_large);
    lexer_.take("{");
    const std::size_t first = open_.size();
    Items items;
    while (!lexer_.take("}")) {
      open_.push_back(member(items));
      if (!lexer_.take(",") && !lexer_.take(";") && !lexer_.sees("}"))
        lexer_.refuse("`,` or `}` was expected" + std::string(kOnlyData));
    }
    // Only now all its members are known, and come to lie together.
    const auto begin = open_.begin() + static_cast<std::ptrdiff_t>(first);
    table.members_begin = static_cast<std::uint32_t>(data_.values_.size());
    table.member_count = static_cast<std::uint32_t>(open_.size() - first);
    data_.values_.insert(data_.values_.end(), begin, open_.end());
    open_.erase(begin, open_.end());
    --depth_;
    return table;
  }

  /// How the items of a table are written.
  struct Items {
    std::int64_t numbered = 0;  ///< so many with a number
    bool plain = false;         ///< some without
  };

  /// A field or an item, without what follows it.
  LuaValue member(Items& items) {
    const std::size_t begins = lexer_.offset();
    if (lexer_.sees("[") && !lexer_.sees_text()) return member_in_brackets(items);
    LuaValue member;
    if (!lexer_.sees_name()) {
      member = value();
    } else {
      const std::string_view name = lexer_.take_name();
      if (lexer_.sees("=") && !lexer_.sees("==")) {
        lexer_.take("=");
        member = value();
        member.key = name;
        return member;
      }
      member = constant(begins, name);
    }
    if (items.numbered != 0)
      LuaLexer::refuse_at(begins, "items with and without a number cannot be mixed");
    items.plain = true;
    member.is_item = true;
    return member;
  }

  LuaValue member_in_brackets(Items& items) {
    const std::size_t begins = lexer_.offset();
    lexer_.take("[");
    const LuaValue key = value();
    expect("]");
    expect("=");
    LuaValue member = value();
    if (key.kind == LuaValue::Kind::text) {
      member.key = key.text;
    } else {
      if (items.plain || key.integer() != ++items.numbered)
        LuaLexer::refuse_at(begins, "only texts, and numbers that count from 1, can be keys");
      member.is_item = true;
    }
    return member;
  }

  LuaData data_;
  LuaLexer lexer_;
  const std::size_t max_depth_;
  const std::size_t max_values_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
  std::vector<LuaValue> open_;  ///< members of the tables that are open, the outermost's first
};

Result<LuaData> LuaData::parse(std::string_view text, const ListLimits& limits,
                               std::string& why) noexcept try {
  constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 31;
  if (text.size() > std::min(limits.max_bytes, kMaxBytes)) {
    why = "the list has " + std::to_string(text.size()) + " bytes";
    return errc::too_large;
  }
  try {
    return LuaParser(text, limits).parse();
  } catch (const LuaRefusal& refusal) {
    why = place_of(text, refusal.offset) + ": " + refusal.sentence;
    return refusal.code;
  }
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::lists
