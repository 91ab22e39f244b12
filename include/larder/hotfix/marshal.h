// How values of C++ become values of a script and come back. Included by larder/hotfix/point.h.
//
// The interface names no scripting language: `Stack` is the machine's own affair.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <larder/hotfix/type_name.h>

namespace larder::hotfix::detail {

/// The stack of a machine during one call. Never defined: machines cast it to their own.
/// Indices count as in Lua: 1 is the first, -1 the topmost value.
class Stack;
struct ClassInfo;

// Pushing. All but the first five may fail for lack of memory: they then leave by an exception of
// the machine, so nothing on the way may own anything.
void push_nil(Stack& stack) noexcept;
void push_boolean(Stack& stack, bool value) noexcept;
void push_integer(Stack& stack, std::int64_t value) noexcept;
void push_number(Stack& stack, double value) noexcept;
void pop(Stack& stack, int count) noexcept;
void push_text(Stack& stack, std::string_view value);
/// A handle that works until the call returns.
void push_object(Stack& stack, const ClassInfo& type, const void* object, bool is_const);
void push_table(Stack& stack, std::size_t items);
/// Moves the topmost value into the table below it, as item `index` (from 1).
void set_item(Stack& stack, std::size_t index);
/// Moves the two topmost values, key and value, into the table below them.
void set_pair(Stack& stack);

// Pulling. False: the value at `index` is of another type. Nothing is converted silently.
bool is_nil(Stack& stack, int index) noexcept;
bool pull_boolean(Stack& stack, int index, bool& value) noexcept;
bool pull_integer(Stack& stack, int index, std::int64_t& value) noexcept;
bool pull_number(Stack& stack, int index, double& value) noexcept;
/// The characters live as long as the value is on the stack, and are followed by a NUL.
bool pull_text(Stack& stack, int index, std::string_view& value) noexcept;
/// False also for a handle that has expired, and for a const one if `wants_const` is not set.
bool pull_object(Stack& stack, int index, const ClassInfo& type, bool wants_const,
                 void*& object) noexcept;
/// The number of items of a table; false if it is none.
bool pull_table(Stack& stack, int index, std::size_t& items) noexcept;
/// Pushes item `item` (from 1) of the table at `index`. False: no room.
bool push_item(Stack& stack, int index, std::size_t item) noexcept;
/// Walks over the table at `index`: push_nil() first; each step takes the key that is on top and
/// pushes the next one and its value. False: at the end (nothing is pushed), or no room.
bool push_next_pair(Stack& stack, int index) noexcept;
int absolute(Stack& stack, int index) noexcept;

/// What is known of a type. Constant data: one per type in the program.
struct Type {
  using Push = void (*)(Stack&, const void*);
  using Pull = bool (*)(Stack&, int, void*);

  Push push;  ///< of the object at an address
  /// Into the object at an address, which changes only on success; null: only checks.
  Pull pull;
  void (*create)(void*);            ///< an object, in memory of `size` bytes
  void (*destroy)(void*) noexcept;  ///< it again
  std::string_view before;          ///< the type's name: before + inner + "," + second + after
  std::string_view after;
  const Type* inner;
  const Type* second;
  std::uint32_t size;
  std::uint32_t alignment;
  bool is_light;      ///< pushing it cannot fail
  bool borrows;       ///< a pulled object lives only as long as the script's value
  bool is_reference;  ///< the object pulled is a pointer to what is meant
};

/// One data member that patches may use.
struct Field {
  std::string_view name;
  const Type* type;
  void* (*at)(void* object) noexcept;
  bool is_read_only;
};

/// A class whose objects may be handed to patches: LARDER_HOTFIX_FIELDS.
struct ClassInfo {
  std::string_view name;
  const Field* fields;
  std::size_t field_count;
};

/// The friend through which patches get at what LARDER_HOTFIX_FIELDS names.
struct Access {
  template <class C>
  static auto class_of() noexcept -> decltype(C::larder_hotfix_class(std::type_identity<C>{})) {
    return C::larder_hotfix_class(std::type_identity<C>{});
  }
};

template <class C>
concept Annotated = requires {
  Access::class_of<C>();
};

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
struct Marshal<std::optional<T>> : Plain {
  static constexpr std::string_view kBefore = "std::optional<", kAfter = ">";
  static constexpr const Type* kInner = &kType<T>;
  static constexpr bool kLight = kType<T>.is_light;
  static constexpr bool kBorrows = kType<T>.borrows;
  static void push(Stack& stack, const std::optional<T>& from) {
    from ? Marshal<T>::push(stack, *from) : push_nil(stack);
  }
  static bool pull(Stack& stack, int index, std::optional<T>& into) {
    std::optional<T> value;
    if (!is_nil(stack, index) && !Marshal<T>::pull(stack, index, value.emplace())) return false;
    into = std::move(value);
    return true;
  }
};

template <class T>
struct Marshal<std::vector<T>> : Plain {
  static constexpr std::string_view kBefore = "std::vector<", kAfter = ">";
  static constexpr const Type* kInner = &kType<T>;
  static constexpr bool kBorrows = kType<T>.borrows;
  static void push(Stack& stack, const std::vector<T>& from) {
    push_table(stack, from.size());
    std::size_t count = 0;
    for (const T& item : from) {
      Marshal<T>::push(stack, item);
      set_item(stack, ++count);
    }
  }
  static bool pull(Stack& stack, int index, std::vector<T>& into) {
    std::size_t items = 0;
    if (!pull_table(stack, index, items)) return false;
    std::vector<T> all;
    for (std::size_t i = 1; i <= items; ++i) {
      if (!push_item(stack, index, i)) return false;
      T item{};
      const bool fits = Marshal<T>::pull(stack, -1, item);
      pop(stack, 1);
      if (!fits) return false;
      all.push_back(std::move(item));
    }
    into = std::move(all);
    return true;
  }
};

/// std::map and std::unordered_map.
template <class Map>
struct MarshalMap : Plain {
  using Key = typename Map::key_type;
  using Value = typename Map::mapped_type;
  static_assert(std::integral<Key> || std::is_enum_v<Key> || std::same_as<Key, std::string>,
                "larder hotfix: keys of maps are integers, enums or std::string");
  static constexpr std::string_view kAfter = ">";
  static constexpr const Type* kInner = &kType<Key>;
  static constexpr const Type* kSecond = &kType<Value>;
  static constexpr bool kBorrows = kType<Value>.borrows;
  static void push(Stack& stack, const Map& from) {
    push_table(stack, from.size());
    for (const auto& [key, value] : from) {
      Marshal<Key>::push(stack, key);
      Marshal<Value>::push(stack, value);
      set_pair(stack);
    }
  }
  static bool pull(Stack& stack, int index, Map& into) {
    std::size_t items = 0;
    if (!pull_table(stack, index, items)) return false;
    const int table = absolute(stack, index);
    Map all;
    push_nil(stack);
    while (push_next_pair(stack, table)) {
      Key key{};
      Value value{};
      const bool fits =
          Marshal<Key>::pull(stack, -2, key) && Marshal<Value>::pull(stack, -1, value);
      pop(stack, fits ? 1 : 2);
      if (!fits) return false;
      all.insert_or_assign(std::move(key), std::move(value));
    }
    into = std::move(all);
    return true;
  }
};
template <class K, class V>
struct Marshal<std::map<K, V>> : MarshalMap<std::map<K, V>> {
  static constexpr std::string_view kBefore = "std::map<";
};
template <class K, class V>
struct Marshal<std::unordered_map<K, V>> : MarshalMap<std::unordered_map<K, V>> {
  static constexpr std::string_view kBefore = "std::unordered_map<";
};

/// Objects of annotated classes are handles in a script; a null pointer is nil.
template <class C>
requires std::is_class_v<C>
struct Marshal<C*> : Plain {
  using Class = std::remove_const_t<C>;
  static_assert(Annotated<Class>,
                "larder hotfix: LARDER_HOTFIX_FIELDS(Class, members...) is missing in this class: "
                "patches can only hold objects of classes that have it");
  static constexpr std::string_view kBefore = type_name<C>(), kAfter = "*";
  static constexpr bool kLight = true;
  static constexpr bool kConst = std::is_const_v<C>;
  static void push(Stack& stack, C* const& from) {
    from ? push_object(stack, Access::class_of<Class>(), from, kConst) : push_nil(stack);
  }
  static bool pull(Stack& stack, int index, C*& into) {
    void* object = nullptr;
    if (!is_nil(stack, index) &&
        !pull_object(stack, index, Access::class_of<Class>(), kConst, object))
      return false;
    into = static_cast<C*>(object);
    return true;
  }
};

/// A reference to an object of an annotated class, and members of such a class. What is pulled is
/// a pointer.
template <class C>
struct Handle : Plain {
  using Pointer = C*;
  static constexpr std::string_view kBefore = type_name<C>(), kAfter = "&";
  static constexpr bool kLight = true;
  static void push(Stack& stack, const void* from) {
    Marshal<C*>::push(stack, static_cast<C*>(const_cast<void*>(from)));
  }
  static bool pull(Stack& stack, int index, void* into) {
    C* object = nullptr;
    if (!Marshal<C*>::pull(stack, index, object) || !object) return false;
    if (into) *static_cast<C**>(into) = object;
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

template <class C>
inline constexpr Type kHandle = {
    .push = Handle<C>::push,
    .pull = Handle<C>::pull,
    .create = [](void* memory) { ::new (memory) C* {}; },
    .destroy = [](void*) noexcept {},
    .before = Handle<C>::kBefore,
    .after = Handle<C>::kAfter,
    .inner = nullptr,
    .second = nullptr,
    .size = sizeof(C*),
    .alignment = alignof(C*),
    .is_light = true,
    .borrows = false,
    .is_reference = true,
};

/// The type of a data member: objects of annotated classes are handles to the member.
template <class T>
[[nodiscard]] constexpr const Type* type_of_field() noexcept {
  if constexpr (Annotated<std::remove_const_t<T>>)
    return &kHandle<T>;
  else
    return &kType<std::remove_const_t<T>>;
}

}  // namespace larder::hotfix::detail
