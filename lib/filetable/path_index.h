// PathIndex: finds entries in the leaves of one tree. Private to this room.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string_view>

#include "filetable/file_entry.h"
#include "filetable/page.h"

namespace larder::filetable {

/// A hash table of all entries of the leaves that were added, so that a look-up in a large tree
/// waits for memory twice: here, and in the page for the entry itself. It has room for all entries
/// of the tree, 11 bytes each, of which the system provides what is used.
/// Threads: any; find() takes no lock.
class PathIndex {
 public:
  /// `entries`: what the tree says of how many its leaves have together.
  explicit PathIndex(std::uint64_t entries) noexcept : entries_(entries) {}
  PathIndex(const PathIndex&) = delete;
  PathIndex& operator=(const PathIndex&) = delete;
  ~PathIndex();

  /// Adds the entries of a leaf, which must outlive this; each leaf once. False: there is no room
  /// or no memory, and it was not added.
  bool add(const Page& leaf) noexcept;
  /// True: what is not found is not in the tree. To be asked before find().
  [[nodiscard]] bool complete() const noexcept { return complete_.load(std::memory_order_acquire); }

  /// For find(). In this process only.
  [[nodiscard]] static std::uint64_t hash_of(std::string_view path) noexcept;
  /// False if no leaf that was added before this call has the path. Allocation-free.
  [[nodiscard]] bool find(std::string_view path, std::uint64_t hash,
                          FileEntry& entry) const noexcept;

 private:
  using Slot = std::atomic<std::uint64_t>;  // 0: free; else see slot_of()
  static constexpr std::size_t kSlots = 8;
  struct alignas(64) Bucket {
    std::array<Slot, kSlots> slots;  // free ones behind the others
  };
  struct Leaf {
    const std::byte* bytes = nullptr;
    std::uint32_t size_bytes = 0;
    std::uint16_t prefix_begin = 0;
    std::uint16_t prefix_bytes = 0;
  };
  struct Free {
    void operator()(void* memory) const noexcept { std::free(memory); }
  };

  bool make_table() noexcept;
  [[nodiscard]] Leaf* make_leaf(std::uint64_t number) noexcept;
  [[nodiscard]] const Leaf& leaf(std::uint64_t number) const noexcept;
  void put(std::uint64_t hash, std::uint64_t slot) noexcept;
  [[nodiscard]] std::uint64_t home_of(std::uint64_t hash) const noexcept;
  [[nodiscard]] bool read(std::uint64_t slot, std::string_view path,
                          FileEntry& entry) const noexcept;

  const std::uint64_t entries_;
  std::uint64_t buckets_ = 0;  // set before table_
  std::atomic<Bucket*> table_{nullptr};
  std::atomic<bool> complete_{false};
  // Each has room for twice as many leaves as the one before.
  static constexpr std::size_t kShelves = 19;
  std::array<std::atomic<Leaf*>, kShelves> shelves_{};

  std::mutex mutex_;                    // of who adds; guards all below
  std::unique_ptr<void, Free> memory_;  // of the table
  std::uint64_t leaves_ = 0;
  std::uint64_t added_ = 0;  // entries
};

}  // namespace larder::filetable
