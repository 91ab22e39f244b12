// Points and their signatures: what the runtime knows of an annotated function. Included by
// larder/hotfix/point.h; an engine uses the macros there.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include <larder/hotfix/stack.h>

#if defined(__ELF__)
// Read in the cold part of every point: without a call, so that the hot part need save nothing.
#define LARDER_HOTFIX_TLS_ __attribute__((tls_model("initial-exec")))
#else
#define LARDER_HOTFIX_TLS_
#endif

namespace larder::hotfix::detail {

struct Binding;
struct Point;

struct Parameter {
  enum class Mode : std::uint8_t {
    value,
    const_reference,
    reference,  ///< `T&`: an argument, and one more result
    moved,      ///< `T&&`
    object,     ///< a reference to an object of an annotated class
  };
  const Type* type;
  Mode mode;
};

/// Constant data: one per signature in the program.
struct Signature {
  const Type* result;                   ///< null: void
  const ClassInfo& (*self)() noexcept;  ///< null: no object
  const Parameter* parameters;
  std::uint8_t parameter_count;
  std::uint8_t output_count;  ///< of these `T&`
  bool self_is_const;
  bool is_light;  ///< pushing the arguments cannot fail
  void (*push)(Stack&, void* const* arguments);
  void (*run_original)(const Point&, void* self, void* const* arguments, void* result);
};

using NameOf = std::string_view() noexcept;

/// Whether a function is named with template arguments: "twice<T>".
[[nodiscard]] constexpr bool is_of_template(std::string_view function) noexcept {
  return function.ends_with('>') && !function.starts_with("operator");
}

enum class PointKind : std::uint8_t { function, method, constructor, destructor };

/// One annotated function. Lives as long as the program.
struct Point {
  std::atomic<Binding*> binding{nullptr};  ///< first: the hot path reads it
  const Signature* signature;
  const char* name;         ///< "damage"
  NameOf* scope;            ///< the class of a member; null: none
  const char* pretty;       ///< of templates: what the compiler calls the function; or null
  Point* next = nullptr;    ///< of all that are known
  std::uint32_t index = 0;  ///< in the order of that list
  PointKind kind;
};

/// With the way to the function itself.
template <class Original>
struct PointOf : Point {
  Original original;  ///< null: a constructor or destructor
};

/// Makes a point known. Called before main(), by the file that has the point.
void enroll(Point& point) noexcept;

/// The point whose next call on this thread runs the original.
extern constinit thread_local const Point* bypassed LARDER_HOTFIX_TLS_;

/// Whether this is that call.
[[nodiscard]] inline bool takes_bypass(const Point& point) noexcept {
  if (bypassed != &point) return false;
  bypassed = nullptr;
  return true;
}

/// One call of a patched function.
struct Invocation {
  Point& point;
  void* self;
  void* const* arguments;  ///< addresses
  void* result;            ///< null: void
};

/// Runs the patch; if there is none for this thread, or it fails, the original. Throws what the
/// original throws.
void run(const Invocation& call);
/// The patch only, if there is one for this thread: a destructor's.
void run_before(Point& point, void* self) noexcept;
/// As above, a constructor's, unless more exceptions are in flight than there were.
void run_at_end(const Invocation& call, int exceptions) noexcept;
[[nodiscard]] int uncaught_exceptions() noexcept;

}  // namespace larder::hotfix::detail
