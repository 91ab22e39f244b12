// LuaLexer: the words of Lua that data is made of.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include <larder/error.h>

namespace larder::lists {

/// Thrown: what is wrong, and where.
struct LuaRefusal {
  errc code;
  std::size_t offset;
  std::string sentence;
};

class LuaLexer {
 public:
  /// Both must outlive this; `texts` gets what has escapes.
  LuaLexer(std::string_view text, std::size_t max_text_bytes, std::deque<std::string>& texts)
      : text_(text), max_text_bytes_(max_text_bytes), texts_(texts) {}

  /// Passes over white space and comments.
  void skip_space();
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] bool sees(std::string_view word) const noexcept {
    return text_.substr(at_).starts_with(word);
  }
  [[nodiscard]] bool sees_name() const noexcept;
  [[nodiscard]] bool sees_number() const noexcept;
  [[nodiscard]] bool sees_text() const noexcept { return sees("\"") || sees("'") || sees_long(); }

  /// Passes over `word`, and the space behind it, if it is next.
  bool take(std::string_view word);
  /// All these take what is next, with the space behind it, and throw LuaRefusal.
  std::string_view take_name();
  std::string_view take_number();
  std::string_view take_text();

  [[noreturn]] void refuse(std::string_view sentence) const { refuse_at(at_, sentence); }
  [[noreturn]] static void refuse_at(std::size_t offset, std::string_view sentence,
                                     errc code = errc::bad_table);

 private:
  [[nodiscard]] char at(std::size_t i) const noexcept { return i < text_.size() ? text_[i] : '\0'; }
  /// Whether a long text begins at `i`.
  [[nodiscard]] bool is_long(std::size_t i) const noexcept;
  [[nodiscard]] bool sees_long() const noexcept { return is_long(at_); }
  std::string_view take_long();
  std::string_view take_quoted();
  void take_escape(std::string& into);
  unsigned take_digits(unsigned base, std::size_t most_digits);
  std::string_view keep(std::string text);
  void check_length(std::size_t begins, std::size_t bytes) const;

  const std::string_view text_;
  const std::size_t max_text_bytes_;
  std::deque<std::string>& texts_;
  std::size_t at_ = 0;
};

}  // namespace larder::lists
