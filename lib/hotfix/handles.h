// Handles: what scripts hold instead of addresses of C++ objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <larder/hotfix/stack.h>

namespace larder::hotfix {

/// A handle is a number: a slot and the slot's generation. It costs no memory of the script's, and
/// one that has expired finds another generation in its slot, or none.
class Handles {
 public:
  static constexpr std::uint32_t kNone = 0xffff;
  struct Object {
    void* address = nullptr;
    const detail::ClassInfo* type = nullptr;
    bool is_const = false;
  };

  /// Makes room for `count` more. False: no memory, or too many.
  bool reserve(std::size_t count) noexcept { return count <= free_count_ || grow(count); }
  /// A handle that lives until `expire(chain)`. There must be room.
  [[nodiscard]] void* make(const Object& object, std::uint32_t& chain) noexcept;
  /// Null: the handle has expired.
  [[nodiscard]] const Object* find(const void* handle) const noexcept;
  void expire(std::uint32_t chain) noexcept {
    if (chain != kNone) free_chain(chain);
  }

 private:
  bool grow(std::size_t count) noexcept;
  void free_chain(std::uint32_t chain) noexcept;
  struct Slot {
    Object object;
    std::uint64_t generation = 0;  ///< 0: free
    std::uint32_t next = kNone;    ///< of its chain, or of the free ones
  };
  std::vector<Slot> slots_;
  std::uint32_t free_ = kNone;
  std::size_t free_count_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace larder::hotfix
