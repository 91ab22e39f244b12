// The stack through which values pass between C++ and scripts, and what is known of types. Included
// by larder/hotfix/point.h. It names no scripting language: `Stack` is the machine's own affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

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

}  // namespace larder::hotfix::detail
