// The way from a hotfix point into its patch, instantiated once for each signature. Included by
// larder/hotfix/point.h; an engine uses the macros there.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include <larder/hotfix/marshal_containers.h>
#include <larder/hotfix/marshal_objects.h>
#include <larder/hotfix/signature.h>

namespace larder::hotfix::detail {

/// How an argument goes from the point into the slow path: in the same registers.
template <class T>
using Pass = std::conditional_t<
    std::is_reference_v<T>, T,
    std::conditional_t<std::is_trivially_copyable_v<T> && sizeof(T) <= 2 * sizeof(void*),
                       std::remove_const_t<T>, const T&>>;

/// The argument again, as a call of the function wants it.
template <class T>
[[nodiscard]] constexpr decltype(auto) hand(std::remove_reference_t<Pass<T>>& value) noexcept {
  if constexpr (std::is_reference_v<T>)
    return static_cast<T>(value);
  else
    return std::as_const(value);
}

template <class T>
[[nodiscard]] constexpr Parameter parameter() noexcept {
  using Mode = Parameter::Mode;
  using Bare = std::remove_reference_t<T>;
  if constexpr (std::is_lvalue_reference_v<T> && Annotated<std::remove_const_t<Bare>>)
    return {&kHandle<Bare>, Mode::object};
  else if constexpr (std::is_lvalue_reference_v<T> && !std::is_const_v<Bare>) {
    static_assert(!std::is_class_v<Bare> || !kType<Bare>.borrows,
                  "larder hotfix: a patch cannot hand out a std::string_view: nobody would own "
                  "the characters");
    return {&kType<Bare>, Mode::reference};
  } else if constexpr (std::is_lvalue_reference_v<T>)
    return {&kType<std::remove_const_t<Bare>>, Mode::const_reference};
  else if constexpr (std::is_rvalue_reference_v<T>)
    return {&kType<Bare>, Mode::moved};
  else
    return {&kType<std::remove_const_t<T>>, Mode::value};
}

template <class R>
[[nodiscard]] constexpr const Type* result_type() noexcept {
  if constexpr (std::is_void_v<R>) {
    return nullptr;
  } else {
    static_assert(!std::is_reference_v<R>,
                  "larder hotfix: a patch cannot return a reference: return a value or a pointer");
    if constexpr (!std::is_reference_v<R>) {
      static_assert(!kType<R>.borrows,
                    "larder hotfix: a patch cannot return std::string_view or const char*: nobody "
                    "would own the characters; return std::string");
      return &kType<R>;
    }
    return nullptr;
  }
}

template <class Self>
[[nodiscard]] const ClassInfo& class_of_self() noexcept {
  static_assert(Annotated<Self>,
                "larder hotfix: LARDER_HOTFIX_FIELDS(Class, members...) is missing in this class: "
                "patches get `self` through it");
  return Access::class_of<Self>();
}

/// What is the same for all points of one signature: the slow path is instantiated here, once.
template <class R, class Self, class... A>
struct Call {
  using Result = R;
  using Object = Self;
  using Original = R (*)(Self*, Pass<A>...);

  static constexpr Parameter kParameters[sizeof...(A) + 1] = {parameter<A>()...};

  static void run_original(const Point& point, void* self, void* const* arguments, void* result) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto original = static_cast<const PointOf<Original>&>(point).original;
      auto* object = static_cast<Self*>(self);
      (void)arguments;
      (void)result;
      if constexpr (std::is_void_v<R>)
        original(object, static_cast<Pass<A>>(
                             *static_cast<std::remove_reference_t<Pass<A>>*>(arguments[I]))...);
      else
        *static_cast<R*>(result) = original(
            object,
            static_cast<Pass<A>>(*static_cast<std::remove_reference_t<Pass<A>>*>(arguments[I]))...);
    }
    (std::index_sequence_for<A...>{});
  }

  static void push(Stack& stack, void* const* arguments) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (void)stack;
      (void)arguments;
      (parameter<A>().type->push(stack, arguments[I]), ...);
    }
    (std::index_sequence_for<A...>{});
  }

  static constexpr Signature make_signature() noexcept {
    Signature signature{};
    signature.result = result_type<R>();
    if constexpr (!std::is_void_v<Self>) {
      signature.self = class_of_self<std::remove_const_t<Self>>;
      signature.self_is_const = std::is_const_v<Self>;
    }
    signature.parameters = kParameters;
    signature.parameter_count = sizeof...(A);
    signature.is_light = (parameter<A>().type->is_light && ...);
    for (std::size_t i = 0; i < sizeof...(A); ++i)
      signature.output_count += kParameters[i].mode == Parameter::Mode::reference;
    signature.push = push;
    signature.run_original = run_original;
    return signature;
  }
  static constexpr Signature kSignature = make_signature();

  template <class T>
  static void* address(T& value) noexcept {
    return const_cast<void*>(static_cast<const volatile void*>(std::addressof(value)));
  }

  /// The cold end of a point: entered by a jump, with the arguments where they are.
  [[gnu::noinline]] static R patched(Self* self, Pass<A>... arguments, Point& point) {
    void* const addresses[sizeof...(A) + 1] = {address(arguments)...};
    const auto object = const_cast<std::remove_const_t<Self>*>(self);
    if constexpr (std::is_void_v<R>) {
      run({point, object, addresses, nullptr});
    } else {
      R result{};
      run({point, object, addresses, &result});
      return result;
    }
  }
  [[gnu::noinline]] static R patched_free(Pass<A>... arguments, Point& point) {
    return patched(nullptr, static_cast<Pass<A>>(arguments)..., point);
  }
};

/// Finds the result of one overload, from the types of its parameters.
template <class Self, class... A>
struct Overload {
  template <class R>
  static Call<R, Self, A...> of(R (Self::*)(A...));
  template <class R>
  static Call<R, Self, A...> of(R (Self::*)(A...) &);
};
template <class Self, class... A>
struct Overload<const Self, A...> {
  template <class R>
  static Call<R, const Self, A...> of(R (Self::*)(A...) const);
  template <class R>
  static Call<R, const Self, A...> of(R (Self::*)(A...) const&);
};
template <class... A>
struct Overload<void, A...> {
  template <class R>
  static Call<R, void, A...> of(R (*)(A...));
};

/// At the head of a constructor: runs its patch at the end, unless that is left by an exception.
template <class Self, class... A>
class AtEndOfConstructor {
 public:
  AtEndOfConstructor(Point& point, Self* self, std::remove_reference_t<A>&... arguments) noexcept
      : point_(point), self_(self), arguments_{Call<void, Self, A...>::address(arguments)...} {
    if (point_.binding.load(std::memory_order_relaxed) != nullptr) [[unlikely]]
      exceptions_ = uncaught_exceptions();
  }
  AtEndOfConstructor(const AtEndOfConstructor&) = delete;
  AtEndOfConstructor& operator=(const AtEndOfConstructor&) = delete;
  ~AtEndOfConstructor() {
    if (exceptions_ >= 0) [[unlikely]]
      run_at_end({point_, self_, arguments_, nullptr}, exceptions_);
  }

 private:
  Point& point_;
  Self* self_;
  void* arguments_[sizeof...(A) + 1];
  int exceptions_ = -1;  ///< in flight at the head; -1: there was no patch
};

struct Enrolled {
  explicit Enrolled(Point& point) noexcept { enroll(point); }
};

/// The point of one annotated function; `Tag` is a class local to it.
template <class Tag>
struct Site {
  using Call = typename Tag::LarderCallType;
  static constinit inline PointOf<typename Call::Original> point{{.signature = &Call::kSignature,
                                                                  .name = Tag::larder_name(),
                                                                  .scope = Tag::larder_scope(),
                                                                  .pretty = Tag::larder_pretty(),
                                                                  .kind = Tag::larder_kind()},
                                                                 Tag::larder_original()};
  static inline const Enrolled enrolled{point};
};

}  // namespace larder::hotfix::detail
