// Objects of annotated classes, which scripts hold by handles. Included by larder/hotfix/point.h.
#pragma once

#include <new>
#include <string_view>
#include <type_traits>

#include <larder/hotfix/marshal.h>

namespace larder::hotfix::detail {

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
