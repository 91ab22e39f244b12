// Containers on their way into a script and back: std::optional, std::vector, std::map,
// std::unordered_map. Included by larder/hotfix/point.h.
#pragma once

#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <larder/hotfix/marshal.h>

namespace larder::hotfix::detail {

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

}  // namespace larder::hotfix::detail
