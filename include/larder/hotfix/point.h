// Hotfix points: C++ functions that a script can repair while the program runs.
//
//   class Enemy {
//     int hp_ = 10;
//     LARDER_HOTFIX_FIELDS(Enemy, hp_)  // what patches may use; no semicolon
//    public:
//     explicit Enemy(int hp) { LARDER_HOTFIX_CTOR(Enemy, hp); hp_ = hp; }
//     ~Enemy() { LARDER_HOTFIX_DTOR(Enemy); }
//     int damage(int n) { LARDER_HOTFIX(Enemy, damage, n); return hp_ += n; }
//     static int count(int n) { LARDER_HOTFIX_STATIC(Enemy, count, n); return n; }
//   };
//   double price(double a, int q) { LARDER_HOTFIX_FN(price, a, q); return a * q; }
//
// A macro is the first statement of the function and names it and all its parameters. Without
// LARDER_WITH_HOTFIX (which the CMake target larder::hotfix defines) all of them are nothing.
//
// Cost while there is no patch: a load, a test and a branch that is not taken. Do not annotate what
// should be inlined: a leaf of a few instructions in a hot loop keeps the compiler from
// vectorising.
//
// Parameters: integers, floating point, bool, enums, std::string, std::string_view, const char*,
// std::optional, std::vector, std::map and std::unordered_map of these, pointers and references to
// classes with LARDER_HOTFIX_FIELDS. A `T&` is an argument and one more result of the patch.
// Results: the same, but nothing that only refers to characters, and no references.
// Not for: constexpr functions, coroutines, lambdas, functions with a deduced result type.
//
// Points are known before main(); a library with points must not be unloaded.
#pragma once

#if defined(LARDER_WITH_HOTFIX)

#include <larder/hotfix/call.h>

/// Lets patches hold objects of `Class` and use these data members, private ones too. Inside of the
/// class, anywhere.
#define LARDER_HOTFIX_FIELDS(Class, ...)                                 \
  friend struct ::larder::hotfix::detail::Access;                        \
  static const ::larder::hotfix::detail::ClassInfo& larder_hotfix_class( \
      ::std::type_identity<Class>) noexcept {                            \
    using LarderC = Class;                                               \
    static constexpr ::larder::hotfix::detail::Field larder_fields[] = { \
        LARDER_HOTFIX_EACH_(LARDER_HOTFIX_FIELD_, __VA_ARGS__){}};       \
    static constexpr ::larder::hotfix::detail::ClassInfo larder_info{    \
        ::larder::hotfix::detail::type_name<LarderC>(), larder_fields,   \
        sizeof larder_fields / sizeof larder_fields[0] - 1};             \
    return larder_info;                                                  \
  }
#define LARDER_HOTFIX_FIELD_(field)                                                    \
  ::larder::hotfix::detail::Field{                                                     \
      #field, ::larder::hotfix::detail::type_of_field<decltype(LarderC::field)>(),     \
      [](void* object) noexcept -> void* {                                             \
        return const_cast<void*>(                                                      \
            static_cast<const volatile void*>(&static_cast<LarderC*>(object)->field)); \
      },                                                                               \
      ::std::is_const_v<decltype(LarderC::field)>},

/// A member function: const, noexcept, virtual, overloaded, an operator, of a template.
#define LARDER_HOTFIX(Class, fn, ...)                                                          \
  LARDER_HOTFIX_POINT_(                                                                        \
      method, ::std::remove_pointer_t<decltype(this)>, &Class::fn,                             \
      ::larder::hotfix::detail::type_name<Class>, #fn, larder_self->Class::fn,                 \
      LarderCall::patched(this __VA_OPT__(, ) LARDER_HOTFIX_PASS_(__VA_ARGS__), larder_point), \
      __VA_ARGS__)

/// A static member function.
#define LARDER_HOTFIX_STATIC(Class, fn, ...)                                                  \
  LARDER_HOTFIX_POINT_(                                                                       \
      function, void, &Class::fn, ::larder::hotfix::detail::type_name<Class>, #fn, Class::fn, \
      LarderCall::patched_free(LARDER_HOTFIX_PASS_(__VA_ARGS__) __VA_OPT__(, ) larder_point), \
      __VA_ARGS__)

/// A free function. Written with its namespace (`shop::price`) it is found by that, too.
#define LARDER_HOTFIX_FN(fn, ...)                                                             \
  LARDER_HOTFIX_POINT_(                                                                       \
      function, void, &fn, nullptr, #fn, fn,                                                  \
      LarderCall::patched_free(LARDER_HOTFIX_PASS_(__VA_ARGS__) __VA_OPT__(, ) larder_point), \
      __VA_ARGS__)

/// A constructor: the patch "Class.ctor" runs at its end, when it did not throw, and sees the
/// parameters as they are then.
#define LARDER_HOTFIX_CTOR(Class, ...)                                                      \
  LARDER_HOTFIX_BESIDE_(Class, "ctor", constructor, __VA_ARGS__);                           \
  const ::larder::hotfix::detail::AtEndOfConstructor<Class __VA_OPT__(, )                   \
                                                         LARDER_HOTFIX_TYPES_(__VA_ARGS__)> \
      larder_at_end(::larder::hotfix::detail::Site<LarderTag>::point,                       \
                    this __VA_OPT__(, ) __VA_ARGS__);                                       \
  static_cast<void>(::larder::hotfix::detail::Site<LarderTag>::enrolled)

/// A destructor: the patch "Class.dtor" runs before it.
#define LARDER_HOTFIX_DTOR(Class)                                                            \
  do {                                                                                       \
    LARDER_HOTFIX_BESIDE_(Class, "dtor", destructor);                                        \
    using LarderSite = ::larder::hotfix::detail::Site<LarderTag>;                            \
    static_cast<void>(LarderSite::enrolled);                                                 \
    if (LarderSite::point.binding.load(::std::memory_order_relaxed) != nullptr) [[unlikely]] \
      ::larder::hotfix::detail::run_before(LarderSite::point, this);                         \
  } while (false)

#define LARDER_HOTFIX_POINT_(kind, Self, address, scope_of, text, function, call_patched, ...) \
  do {                                                                                         \
    using LarderCall = decltype(::larder::hotfix::detail::Overload<Self __VA_OPT__(            \
                                    , ) LARDER_HOTFIX_TYPES_(__VA_ARGS__)>::of(address));      \
    struct LarderTag {                                                                         \
      using LarderCallType = LarderCall;                                                       \
      static constexpr auto larder_kind() noexcept {                                           \
        return ::larder::hotfix::detail::PointKind::kind;                                      \
      }                                                                                        \
      static constexpr const char* larder_name() noexcept { return text; }                     \
      static constexpr ::larder::hotfix::detail::NameOf* larder_scope() noexcept {             \
        return scope_of;                                                                       \
      }                                                                                        \
      static constexpr const char* larder_pretty() noexcept {                                  \
        if constexpr (::larder::hotfix::detail::is_of_template(text))                          \
          return __PRETTY_FUNCTION__;                                                          \
        else                                                                                   \
          return nullptr;                                                                      \
      }                                                                                        \
      [[gnu::cold]] static typename LarderCallType::Result larder_run(                         \
          [[maybe_unused]] typename LarderCallType::Object* larder_self                        \
              LARDER_HOTFIX_EACH_(LARDER_HOTFIX_PARAMETER_, __VA_ARGS__)) {                    \
        return function(LARDER_HOTFIX_HAND_(__VA_ARGS__));                                     \
      }                                                                                        \
      static constexpr typename LarderCallType::Original larder_original() noexcept {          \
        return larder_run;                                                                     \
      }                                                                                        \
    };                                                                                         \
    using LarderSite = ::larder::hotfix::detail::Site<LarderTag>;                              \
    static_cast<void>(LarderSite::enrolled);                                                   \
    auto& larder_point = LarderSite::point;                                                    \
    if (larder_point.binding.load(::std::memory_order_relaxed) != nullptr) [[unlikely]] {      \
      if (!::larder::hotfix::detail::takes_bypass(larder_point)) return call_patched;          \
    }                                                                                          \
  } while (false)

#define LARDER_HOTFIX_BESIDE_(Class, text, kind, ...)                                           \
  struct LarderTag {                                                                            \
    using LarderCallType =                                                                      \
        ::larder::hotfix::detail::Call<void,                                                    \
                                       Class __VA_OPT__(, ) LARDER_HOTFIX_TYPES_(__VA_ARGS__)>; \
    static constexpr auto larder_kind() noexcept {                                              \
      return ::larder::hotfix::detail::PointKind::kind;                                         \
    }                                                                                           \
    static constexpr const char* larder_name() noexcept { return text; }                        \
    static constexpr ::larder::hotfix::detail::NameOf* larder_scope() noexcept {                \
      return ::larder::hotfix::detail::type_name<Class>;                                        \
    }                                                                                           \
    static constexpr const char* larder_pretty() noexcept { return nullptr; }                   \
    static constexpr typename LarderCallType::Original larder_original() noexcept {             \
      return nullptr;                                                                           \
    }                                                                                           \
  }

#define LARDER_HOTFIX_PARAMETER_(p) , ::larder::hotfix::detail::Pass<decltype(p)> larder_##p
#define LARDER_HOTFIX_TYPES_(...) LARDER_HOTFIX_LIST_(LARDER_HOTFIX_TYPE_, __VA_ARGS__)
#define LARDER_HOTFIX_TYPE_(p) decltype(p)
#define LARDER_HOTFIX_PASS_(...) LARDER_HOTFIX_LIST_(LARDER_HOTFIX_PASS_ONE_, __VA_ARGS__)
#define LARDER_HOTFIX_PASS_ONE_(p) static_cast<::larder::hotfix::detail::Pass<decltype(p)>>(p)
#define LARDER_HOTFIX_HAND_(...) LARDER_HOTFIX_LIST_(LARDER_HOTFIX_HAND_ONE_, __VA_ARGS__)
#define LARDER_HOTFIX_HAND_ONE_(p) ::larder::hotfix::detail::hand<decltype(p)>(larder_##p)

// m(a) m(b) …, and with commas between; up to 32 items.
#define LARDER_HOTFIX_EACH_(m, ...) \
  __VA_OPT__(LARDER_HOTFIX_EXPAND_(LARDER_HOTFIX_EACH_STEP_(m, __VA_ARGS__)))
#define LARDER_HOTFIX_EACH_STEP_(m, a, ...) \
  m(a) __VA_OPT__(LARDER_HOTFIX_EACH_AGAIN_ LARDER_HOTFIX_PARENS_(m, __VA_ARGS__))
#define LARDER_HOTFIX_EACH_AGAIN_() LARDER_HOTFIX_EACH_STEP_
#define LARDER_HOTFIX_LIST_(m, ...) \
  __VA_OPT__(LARDER_HOTFIX_EXPAND_(LARDER_HOTFIX_LIST_STEP_(m, __VA_ARGS__)))
#define LARDER_HOTFIX_LIST_STEP_(m, a, ...) \
  m(a) __VA_OPT__(, LARDER_HOTFIX_LIST_AGAIN_ LARDER_HOTFIX_PARENS_(m, __VA_ARGS__))
#define LARDER_HOTFIX_LIST_AGAIN_() LARDER_HOTFIX_LIST_STEP_
#define LARDER_HOTFIX_PARENS_ ()
#define LARDER_HOTFIX_EXPAND_(...) \
  LARDER_HOTFIX_EXPAND3_(LARDER_HOTFIX_EXPAND3_(LARDER_HOTFIX_EXPAND3_(__VA_ARGS__)))
#define LARDER_HOTFIX_EXPAND3_(...) \
  LARDER_HOTFIX_EXPAND2_(LARDER_HOTFIX_EXPAND2_(LARDER_HOTFIX_EXPAND2_(__VA_ARGS__)))
#define LARDER_HOTFIX_EXPAND2_(...) \
  LARDER_HOTFIX_EXPAND1_(LARDER_HOTFIX_EXPAND1_(LARDER_HOTFIX_EXPAND1_(__VA_ARGS__)))
#define LARDER_HOTFIX_EXPAND1_(...) __VA_ARGS__

#else  // no hotfix component: nothing is left of the annotations

#define LARDER_HOTFIX_FIELDS(Class, ...)
#define LARDER_HOTFIX(Class, fn, ...) static_cast<void>(0)
#define LARDER_HOTFIX_STATIC(Class, fn, ...) static_cast<void>(0)
#define LARDER_HOTFIX_FN(fn, ...) static_cast<void>(0)
#define LARDER_HOTFIX_CTOR(Class, ...) static_cast<void>(0)
#define LARDER_HOTFIX_DTOR(Class) static_cast<void>(0)

#endif
