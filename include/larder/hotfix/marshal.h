// How values of C++ become values of a script and come back: numbers, enums, text. Included by
// larder/hotfix/point.h.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

#include <larder/hotfix/stack.h>
#include <larder/hotfix/type_name.h>

namespace larder::hotfix::detail {

template <class>
inline constexpr bool kNever = false;

/// How a `T` is marshalled.
template <class T>
struct Marshal {
  static_assert(
      !std::is_class_v<T> || kNever<T>,
      "larder hotfix: this class cannot be passed to a patch by value. Pass it by reference or "
      "pointer and name it in LARDER_HOTFIX_FIELDS(Class, members...) inside of the class");
  static_assert(
      std::is_class_v<T> || kNever<T>,
      "larder hotfix: this type cannot be passed to a patch. There are: integers, floating point, "
      "bool, enums, std::string, std::string_view, const char*, std::optional, std::vector, "
      "std::map and std::unordered_map of these, and pointers and references to classes that have "
      "LARDER_HOTFIX_FIELDS");
};

template <class T>
[[nodiscard]] constexpr Type describe() noexcept;
template <class T>
inline constexpr Type kType = describe<T>();

/// The defaults of what a Marshal says.
struct Plain {
  static constexpr std::string_view kAfter{};
  static constexpr const Type* kInner = nullptr;
  static constexpr const Type* kSecond = nullptr;
  static constexpr bool kLight = false;
  static constexpr bool kBorrows = false;
};

template <>
struct Marshal<bool> : Plain {
  static constexpr std::string_view kBefore = "bool";
  static constexpr bool kLight = true;
  static void push(Stack& stack, const bool& from) { push_boolean(stack, from); }
  static bool pull(Stack& stack, int index, bool& into) { return pull_boolean(stack, index, into); }
};

/// Unsigned integers of 64 bits keep their bits: what is above the largest signed one is negative
/// in a script.
template <std::integral T>
struct Marshal<T> : Plain {
  static constexpr std::string_view kBefore = arithmetic_name<T>();
  static constexpr bool kLight = true;
  static void push(Stack& stack, const T& from) {
    push_integer(stack, static_cast<std::int64_t>(from));
  }
  static bool pull(Stack& stack, int index, T& into) {
    std::int64_t value = 0;
    if (!pull_integer(stack, index, value)) return false;
    if constexpr (sizeof(T) < sizeof value)
      if (value < std::int64_t{std::numeric_limits<T>::min()} ||
          value > std::int64_t{std::numeric_limits<T>::max()})
        return false;
    into = static_cast<T>(value);
    return true;
  }
};

template <std::floating_point T>
struct Marshal<T> : Plain {
  static constexpr std::string_view kBefore = arithmetic_name<T>();
  static constexpr bool kLight = true;
  static void push(Stack& stack, const T& from) { push_number(stack, static_cast<double>(from)); }
  static bool pull(Stack& stack, int index, T& into) {
    double value = 0;
    if (!pull_number(stack, index, value)) return false;
    into = static_cast<T>(value);
    return true;
  }
};

template <class T>
requires std::is_enum_v<T>
struct Marshal<T> : Plain {
  using Number = std::underlying_type_t<T>;
  static constexpr std::string_view kBefore = type_name<T>();
  static constexpr bool kLight = true;
  static void push(Stack& stack, const T& from) {
    const auto number = static_cast<Number>(from);
    Marshal<Number>::push(stack, number);
  }
  static bool pull(Stack& stack, int index, T& into) {
    Number number{};
    if (!Marshal<Number>::pull(stack, index, number)) return false;
    into = static_cast<T>(number);
    return true;
  }
};

template <>
struct Marshal<std::string> : Plain {
  static constexpr std::string_view kBefore = "std::string";
  static void push(Stack& stack, const std::string& from) { push_text(stack, from); }
  static bool pull(Stack& stack, int index, std::string& into) {
    std::string_view text;
    if (!pull_text(stack, index, text)) return false;
    into = text;
    return true;
  }
};

template <>
struct Marshal<std::string_view> : Plain {
  static constexpr std::string_view kBefore = "std::string_view";
  static constexpr bool kBorrows = true;
  static void push(Stack& stack, const std::string_view& from) { push_text(stack, from); }
  static bool pull(Stack& stack, int index, std::string_view& into) {
    return pull_text(stack, index, into);
  }
};

template <>
struct Marshal<const char*> : Plain {
  static constexpr std::string_view kBefore = "const char*";
  static constexpr bool kBorrows = true;
  static void push(Stack& stack, const char* const& from) {
    from ? push_text(stack, from) : push_nil(stack);
  }
  static bool pull(Stack& stack, int index, const char*& into) {
    std::string_view text;
    if (!is_nil(stack, index) && !pull_text(stack, index, text)) return false;
    into = text.data();
    return true;
  }
};

template <class T>
constexpr Type describe() noexcept {
  using M = Marshal<T>;
  return {
      .push = [](Stack& stack, const void* from) { M::push(stack, *static_cast<const T*>(from)); },
      .pull =
          [](Stack& stack, int index, void* into) {
            if (into) return M::pull(stack, index, *static_cast<T*>(into));
            T unused{};
            return M::pull(stack, index, unused);
          },
      .create = [](void* memory) { ::new (memory) T{}; },
      .destroy = [](void* object) noexcept { static_cast<T*>(object)->~T(); },
      .before = M::kBefore,
      .after = M::kAfter,
      .inner = M::kInner,
      .second = M::kSecond,
      .size = sizeof(T),
      .alignment = alignof(T),
      .is_light = M::kLight,
      .borrows = M::kBorrows,
      .is_reference = false,
  };
}

}  // namespace larder::hotfix::detail
