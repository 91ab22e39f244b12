// The form of files that runs leave for the next run on the same machine: a first line, values as
// they are in memory, and a sum of it all, so that half a file counts for nothing.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace larder::publish {

template <class T>
void append_value(std::string& text, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// Takes a value from the front. False, and nothing is taken, if there is less left.
template <class T>
bool take_value(std::string_view& text, T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (text.size() < sizeof value) return false;
  std::memcpy(&value, text.data(), sizeof value);
  text.remove_prefix(sizeof value);
  return true;
}

/// Appends the sum of `text`.
void seal(std::string& text);
/// What is between the first line and the sum; nothing if either is wrong.
[[nodiscard]] std::optional<std::string_view> open_sealed(std::string_view text,
                                                          std::string_view first_line);

/// 16 hexadecimal digits that name a file after what it is about.
[[nodiscard]] std::string name_after(std::string_view subject);

}  // namespace larder::publish
