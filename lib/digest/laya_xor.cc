#include <algorithm>
#include <bit>
#include <cstring>

#include "digest/hash.h"

namespace larder::digest {
namespace {

constexpr std::size_t kLane = 8;

constexpr std::uint64_t little_endian(std::uint64_t word) noexcept {
  if constexpr (std::endian::native == std::endian::little) return word;
  std::uint64_t swapped = 0;
  for (unsigned i = 0; i < 8; ++i) swapped |= ((word >> (8 * i)) & 0xff) << (8 * (7 - i));
  return swapped;
}

std::uint64_t load(const std::byte* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, kLane);
  return word;
}

/// XOR of `count` lanes. Eight independent sums: the compiler turns them into vector operations.
std::uint64_t fold(const std::byte* from, std::size_t count) noexcept {
  constexpr std::size_t kSums = 8;
  std::uint64_t sums[kSums] = {};
  for (; count >= kSums; count -= kSums, from += kSums * kLane)
    for (std::size_t i = 0; i < kSums; ++i) sums[i] ^= load(from + i * kLane);
  std::uint64_t all = 0;
  for (; count > 0; --count, from += kLane) all ^= load(from);
  for (const std::uint64_t sum : sums) all ^= sum;
  return little_endian(all);
}

/// The first `count` < 8 bytes as the low bytes of a lane.
std::uint64_t load_part(const std::byte* from, std::size_t count) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, from, count);
  return little_endian(word);
}

}  // namespace

void LayaXor::update(std::span<const std::byte> bytes) noexcept {
  if (bytes.empty()) return;
  const std::byte* from = bytes.data();
  std::size_t left = bytes.size();
  if (tail_bytes_ != 0) {
    const std::size_t taken = std::min(left, kLane - tail_bytes_);
    tail_ |= load_part(from, taken) << (8 * tail_bytes_);
    tail_bytes_ += static_cast<unsigned>(taken);
    from += taken;
    left -= taken;
    if (tail_bytes_ < kLane) return;
    lanes_ ^= tail_;
  }
  const std::size_t whole = left / kLane;
  lanes_ ^= fold(from, whole);
  tail_bytes_ = static_cast<unsigned>(left % kLane);
  tail_ = load_part(from + whole * kLane, tail_bytes_);
}

std::uint32_t LayaXor::value() const noexcept {
  std::uint64_t tail = tail_;
  tail ^= tail >> 32;
  tail ^= tail >> 16;
  tail ^= tail >> 8;
  const std::uint64_t lanes = lanes_ ^ (tail & 0xff);
  return static_cast<std::uint32_t>(lanes ^ (lanes >> 32));
}

}  // namespace larder::digest
