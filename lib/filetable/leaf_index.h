// LeafIndex: finds the entries of one leaf. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>

#include "filetable/file_entry.h"

namespace larder::filetable {

/// One block of memory, so that a look-up in a large tree waits for memory twice: here, for a
/// number that most likely is that of the entry, and in the page, for the entry.
class LeafIndex {
  static constexpr std::align_val_t kAlignment{64};  ///< that of cache lines
  struct Free {
    void operator()(LeafIndex* block) const noexcept { ::operator delete(block, kAlignment); }
  };

 public:
  using Pointer = std::unique_ptr<LeafIndex, Free>;

  /// `page`, which must outlive this, was checked; `offsets` are those of its items, and `prints`
  /// the print_of() their keys. Throws std::bad_alloc.
  static Pointer make(std::span<const std::byte> page, std::string_view prefix,
                      std::span<const std::uint16_t> prints,
                      std::span<const std::uint16_t> offsets);
  LeafIndex(const LeafIndex&) = delete;
  LeafIndex& operator=(const LeafIndex&) = delete;

  /// Tells most keys apart. The same for equal ones, whatever the page; for this process only.
  [[nodiscard]] static std::uint16_t print_of(std::string_view key) noexcept;
  /// The entry of `key`, whose print is `print`. Allocation-free.
  [[nodiscard]] std::optional<FileEntry> find(std::string_view key,
                                              std::uint16_t print) const noexcept;

 private:
  LeafIndex(std::span<const std::byte> page, std::size_t prefix_length, std::size_t count) noexcept
      : page_(page.data()),
        page_bytes_(static_cast<std::uint32_t>(page.size())),
        prefix_bytes_(static_cast<std::uint16_t>(prefix_length)),
        count_(static_cast<std::uint16_t>(count)) {}

  [[nodiscard]] std::size_t offset_of(std::size_t item) const noexcept;
  [[nodiscard]] std::optional<FileEntry> entry_if(std::size_t item,
                                                  std::string_view rest) const noexcept;

  const std::byte* const page_;
  const std::uint32_t page_bytes_;
  const std::uint16_t prefix_bytes_;
  const std::uint16_t count_;
  // Behind it: the prefix; one print for each item, and some zeros; one offset for each item.
};

}  // namespace larder::filetable
