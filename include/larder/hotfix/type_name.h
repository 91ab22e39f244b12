// Names of types, as scripts, point tables and reports spell them. The same with every compiler.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace larder::hotfix::detail {

template <class T>
[[nodiscard]] constexpr std::string_view arithmetic_name() noexcept {
  if constexpr (std::same_as<T, bool>) return "bool";
  if constexpr (std::same_as<T, char>) return "char";
  if constexpr (std::same_as<T, signed char>) return "signed char";
  if constexpr (std::same_as<T, unsigned char>) return "unsigned char";
  if constexpr (std::same_as<T, wchar_t>) return "wchar_t";
  if constexpr (std::same_as<T, char8_t>) return "char8_t";
  if constexpr (std::same_as<T, char16_t>) return "char16_t";
  if constexpr (std::same_as<T, char32_t>) return "char32_t";
  if constexpr (std::same_as<T, short>) return "short";
  if constexpr (std::same_as<T, unsigned short>) return "unsigned short";
  if constexpr (std::same_as<T, int>) return "int";
  if constexpr (std::same_as<T, unsigned>) return "unsigned";
  if constexpr (std::same_as<T, long>) return "long";
  if constexpr (std::same_as<T, unsigned long>) return "unsigned long";
  if constexpr (std::same_as<T, long long>) return "long long";
  if constexpr (std::same_as<T, unsigned long long>) return "unsigned long long";
  if constexpr (std::same_as<T, float>) return "float";
  if constexpr (std::same_as<T, double>) return "double";
  if constexpr (std::same_as<T, long double>) return "long double";
  return "integer";
}

/// The qualified name of a class or enum, as the compiler writes it: "game::Enemy".
template <class T>
[[nodiscard]] constexpr std::string_view type_name() noexcept {
  // GCC:   … type_name() [with T = game::Enemy; std::string_view = …]
  // Clang: … type_name() [T = game::Enemy]
  constexpr std::string_view function = __PRETTY_FUNCTION__;
  constexpr std::string_view mark = "T = ";
  const std::size_t begin = function.find(mark) + mark.size();
  const std::size_t semicolon = function.find(';', begin);
  const std::size_t end = semicolon == std::string_view::npos ? function.rfind(']') : semicolon;
  return function.substr(begin, end - begin);
}

}  // namespace larder::hotfix::detail
