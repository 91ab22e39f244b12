#include "counted_new.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t count = 0;

void* allocate(std::size_t size, std::size_t alignment) noexcept {
  ++count;
  void* memory = nullptr;
  return ::posix_memalign(&memory, alignment, size == 0 ? 1 : size) == 0 ? memory : nullptr;
}

void* allocate_or_throw(std::size_t size, std::size_t alignment) {
  if (void* memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}

constexpr std::size_t kPlain = alignof(std::max_align_t);
constexpr std::size_t value_of(std::align_val_t alignment) {
  return static_cast<std::size_t>(alignment);
}

}  // namespace

// The forms for arrays and those that do not throw call these.
void* operator new(std::size_t size) {
  return allocate_or_throw(size, kPlain);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, value_of(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace larder::test {

std::uint64_t allocations() noexcept {
  return count;
}

}  // namespace larder::test
