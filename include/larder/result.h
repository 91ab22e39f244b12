// Result<T>: a value or a std::error_code. Public functions return it instead of throwing.
#pragma once

#include <cassert>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include <larder/error.h>

namespace larder {

/// A `T`, or the reason why there is none. Usable without exceptions: reading the value of a failed
/// Result is a programming error (checked by assert), not a throw.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) noexcept(std::is_nothrow_move_constructible_v<T>)
      : state_(std::in_place_index<0>, std::move(value)) {}
  /// `error` must be set.
  Result(std::error_code error) noexcept : state_(std::in_place_index<1>, error) { assert(error); }
  Result(errc error) noexcept : Result(make_error_code(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The error; a default (success) code if there is a value.
  [[nodiscard]] std::error_code error() const noexcept {
    const auto* e = std::get_if<1>(&state_);
    return e ? *e : std::error_code{};
  }

  T& operator*() & noexcept { return *pointer(); }
  const T& operator*() const& noexcept { return *pointer(); }
  T&& operator*() && noexcept { return std::move(*pointer()); }
  T* operator->() noexcept { return pointer(); }
  const T* operator->() const noexcept { return pointer(); }

  /// The value, or `fallback` if there is none.
  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value() ? std::move(*pointer()) : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  T* pointer() noexcept {
    assert(has_value());
    return std::get_if<0>(&state_);
  }
  const T* pointer() const noexcept {
    assert(has_value());
    return std::get_if<0>(&state_);
  }

  std::variant<T, std::error_code> state_;
};

/// Success, or the reason for the failure.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() noexcept = default;
  Result(std::error_code error) noexcept : error_(error) {}
  Result(errc error) noexcept : error_(make_error_code(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] std::error_code error() const noexcept { return error_; }

 private:
  std::error_code error_;
};

}  // namespace larder
