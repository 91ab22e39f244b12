#include "lists/lua_lexer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/utf8.h"

namespace larder::lists {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}
bool is_line_end(char c) noexcept {
  return c == '\n' || c == '\r';
}
bool is_space(char c) noexcept {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_number(std::string_view word) noexcept {
  auto format = std::chars_format::general;
  if (word.starts_with("0x") || word.starts_with("0X")) {
    word.remove_prefix(2);
    format = std::chars_format::hex;
  }
  double number = 0;
  const auto [stop, error] =
      std::from_chars(word.data(), word.data() + word.size(), number, format);
  return error == std::errc() && stop == word.data() + word.size();
}

}  // namespace

void LuaLexer::refuse_at(std::size_t offset, std::string_view sentence, errc code) {
  throw LuaRefusal{code, offset, std::string(sentence)};
}

void LuaLexer::skip_space() {
  while (true) {
    while (!at_end() && is_space(text_[at_])) ++at_;
    if (!sees("--")) return;
    at_ += 2;
    if (sees_long()) {
      const std::size_t begins = at_;
      const std::size_t level = text_.find('[', at_ + 1) - at_ - 1;
      at_ = text_.find("]" + std::string(level, '=') + "]", at_);
      if (at_ == text_.npos) refuse_at(begins, "this comment has no end");
      at_ += level + 2;
    } else {
      while (!at_end() && !is_line_end(text_[at_])) ++at_;
    }
  }
}

bool LuaLexer::sees_name() const noexcept {
  return is_name_character(at(at_)) && !is_digit(at(at_));
}

bool LuaLexer::sees_number() const noexcept {
  const std::size_t i = at_ + (at(at_) == '-' ? 1 : 0);
  return is_digit(at(i)) || (at(i) == '.' && is_digit(at(i + 1)));
}

bool LuaLexer::is_long(std::size_t i) const noexcept {
  if (at(i) != '[') return false;
  do {
    ++i;
  } while (at(i) == '=');
  return at(i) == '[';
}

bool LuaLexer::take(std::string_view word) {
  if (!sees(word)) return false;
  if (is_name_character(word.back()) && is_name_character(at(at_ + word.size()))) return false;
  at_ += word.size();
  skip_space();
  return true;
}

std::string_view LuaLexer::take_name() {
  const std::size_t begins = at_;
  while (is_name_character(at(at_))) ++at_;
  const std::string_view name = text_.substr(begins, at_ - begins);
  skip_space();
  return name;
}

std::string_view LuaLexer::take_number() {
  const std::size_t begins = at_;
  if (at(at_) == '-') ++at_;
  const std::size_t digits = at_;
  const bool is_hex = at(at_) == '0' && (at(at_ + 1) | 0x20) == 'x';
  for (; is_name_character(at(at_)) || at(at_) == '.'; ++at_) {
    const bool is_exponent = (at(at_) | 0x20) == (is_hex ? 'p' : 'e');
    if (is_exponent && (at(at_ + 1) == '-' || at(at_ + 1) == '+')) ++at_;
  }
  if (!is_number(text_.substr(digits, at_ - digits))) refuse_at(begins, "this is no number");
  const std::string_view number = text_.substr(begins, at_ - begins);
  skip_space();
  return number;
}

std::string_view LuaLexer::take_text() {
  const std::string_view text = sees_long() ? take_long() : take_quoted();
  skip_space();
  return text;
}

std::string_view LuaLexer::take_long() {
  const std::size_t begins = at_;
  const std::size_t level = text_.find('[', at_ + 1) - at_ - 1;
  std::size_t from = at_ + level + 2;
  const std::size_t end = text_.find("]" + std::string(level, '=') + "]", from);
  if (end == text_.npos) refuse_at(begins, "this text has no end");
  at_ = end + level + 2;
  // A line end right at the beginning is not part of it.
  if (is_line_end(at(from))) {
    const char first = text_[from++];
    if (is_line_end(at(from)) && at(from) != first) ++from;
  }
  const std::string_view raw = text_.substr(from, end - from);
  check_length(begins, raw.size());
  if (raw.find('\r') == raw.npos) return raw;
  std::string text;  // each line end becomes a line feed
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (i > 0 && is_line_end(raw[i]) && is_line_end(raw[i - 1]) && raw[i] != raw[i - 1]) {
      if (++i == raw.size()) break;
    }
    text += is_line_end(raw[i]) ? '\n' : raw[i];
  }
  return keep(std::move(text));
}

std::string_view LuaLexer::take_quoted() {
  const std::size_t begins = at_;
  const char quote = text_[at_++];
  const std::size_t from = at_;
  std::string text;
  bool has_escapes = false;
  while (at(at_) != quote || at_end()) {
    if (at_end() || is_line_end(text_[at_])) refuse_at(begins, "this text has no end");
    check_length(begins, at_ - from);
    if (text_[at_] != '\\') {
      if (has_escapes) text += text_[at_];
      ++at_;
      continue;
    }
    if (!has_escapes) text = text_.substr(from, at_ - from);
    has_escapes = true;
    take_escape(text);
  }
  const std::string_view raw = text_.substr(from, at_ - from);
  check_length(begins, raw.size());
  ++at_;
  return has_escapes ? keep(std::move(text)) : raw;
}

void LuaLexer::take_escape(std::string& into) {
  constexpr std::string_view kNames = "abfnrtv\\\"'";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"'";
  const std::size_t begins = at_++;
  const char c = at(at_);
  if (is_digit(c)) {
    const unsigned code = take_digits(10, 3);
    if (code > 0xff) refuse_at(begins, "this is no byte");
    into += static_cast<char>(code);
    return;
  }
  ++at_;
  if (const std::size_t i = kNames.find(c); i != kNames.npos) {
    into += kMeanings[i];
  } else if (is_line_end(c)) {
    if (is_line_end(at(at_)) && at(at_) != c) ++at_;
    into += '\n';
  } else if (c == 'x' && at_ + 2 <= text_.size()) {
    const std::size_t digits = at_;
    into += static_cast<char>(take_digits(16, 2));
    if (at_ != digits + 2) refuse_at(begins, "this escape needs two digits");
  } else if (c == 'z') {
    while (!at_end() && is_space(text_[at_])) ++at_;
  } else if (c == 'u' && at(at_) == '{') {
    ++at_;
    const unsigned code = take_digits(16, 8);
    if (code > 0x10ffff || at(at_) != '}') refuse_at(begins, "this is no character");
    ++at_;
    char bytes[4];
    into.append(bytes, encode_utf8(code, bytes));
  } else {
    refuse_at(begins, "Lua knows no such escape");
  }
}

unsigned LuaLexer::take_digits(unsigned base, std::size_t most_digits) {
  unsigned number = 0;
  const char* const from = text_.data() + at_;
  const auto [stop, error] = std::from_chars(from, from + std::min(most_digits, text_.size() - at_),
                                             number, static_cast<int>(base));
  if (error != std::errc()) refuse("digits are missing here");
  at_ += static_cast<std::size_t>(stop - from);
  return number;
}

std::string_view LuaLexer::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

void LuaLexer::check_length(std::size_t begins, std::size_t bytes) const {
  if (bytes > max_text_bytes_) refuse_at(begins, "this text is too long", errc::too_large);
}

}  // namespace larder::lists
