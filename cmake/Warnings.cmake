# Warnings and sanitizers for our own sources only; nothing of this reaches a consumer.

add_library(larder_warnings INTERFACE)
target_compile_options(larder_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wextra-semi -Wvla -Wimplicit-fallthrough
  # Members of option structs have defaults; naming only some of them is the point.
  -Wno-missing-field-initializers
  $<$<BOOL:${LARDER_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in every `"text" + std::string` (GCC bug 105651).
  target_compile_options(larder_warnings INTERFACE -Wno-restrict)
endif()

if(LARDER_SANITIZE)
  string(REPLACE "," ";" _sanitizers "${LARDER_SANITIZE}")
  foreach(_sanitizer IN LISTS _sanitizers)
    add_compile_options(-fsanitize=${_sanitizer})
    add_link_options(-fsanitize=${_sanitizer})
  endforeach()
  add_compile_options(-fno-omit-frame-pointer -fno-sanitize-recover=all -O1)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The checks that sanitizers insert hide from GCC that a value was set (Asio's async_completion).
    target_compile_options(larder_warnings INTERFACE -Wno-maybe-uninitialized)
  endif()
  if("thread" IN_LIST _sanitizers AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan) # Asio's fences, which TSan does not model, are not ours
  endif()
endif()
