#include "hotfix/handles.h"

#include <exception>

namespace larder::hotfix {
namespace {

// At ten million handles a second, 48 bits of generations last for most of a year.
constexpr unsigned kSlotBits = 16;
constexpr std::uint64_t kGenerations = std::uint64_t{1} << (64 - kSlotBits);
static_assert(sizeof(void*) == 8, "handles are numbers of 64 bits in a pointer");

}  // namespace

bool Handles::grow(std::size_t count) noexcept {
  const std::size_t more = std::max<std::size_t>(count - free_count_, 16);
  const std::size_t before = slots_.size();
  if (before + more >= kNone) return false;
  try {
    slots_.resize(before + more);
  } catch (const std::exception&) {
    return false;
  }
  for (std::size_t i = before; i < slots_.size(); ++i) {
    slots_[i].next = free_;
    free_ = static_cast<std::uint32_t>(i);
  }
  free_count_ += more;
  return true;
}

void* Handles::make(const Object& object, std::uint32_t& chain) noexcept {
  const std::uint32_t index = free_;
  Slot& slot = slots_[index];
  free_ = slot.next;
  --free_count_;
  generation_ = generation_ + 1 == kGenerations ? 1 : generation_ + 1;
  slot = {object, generation_, chain};
  chain = index;
  return reinterpret_cast<void*>(generation_ << kSlotBits | index);
}

const Handles::Object* Handles::find(const void* handle) const noexcept {
  const auto bits = reinterpret_cast<std::uint64_t>(handle);
  const std::size_t index = bits & ((1u << kSlotBits) - 1);
  const std::uint64_t generation = bits >> kSlotBits;
  if (index >= slots_.size() || generation == 0 || slots_[index].generation != generation)
    return nullptr;
  return &slots_[index].object;
}

void Handles::free_chain(std::uint32_t chain) noexcept {
  while (chain != kNone) {
    Slot& slot = slots_[chain];
    const std::uint32_t next = slot.next;
    slot.generation = 0;
    slot.next = free_;
    free_ = chain;
    ++free_count_;
    chain = next;
  }
}

}  // namespace larder::hotfix
