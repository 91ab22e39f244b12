// ObjectTransaction: one object on its way into a segment. Store-internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/core.h"
#include "store/record.h"
#include "store/segment_writer.h"
#include "store/store.h"

namespace larder::store {

/// Small objects wait in memory and are written as one record at commit. Larger ones stream into an
/// extent: of the shared segment, or, above the large-object limit or while the size is unknown, of
/// a segment of their own. When writing fails, what was written is read back and the rest stays in
/// memory.
class ObjectTransaction final : public Transaction {
 public:
  ObjectTransaction(std::shared_ptr<Core> core, std::optional<std::uint64_t> size,
                    const About& about);
  ~ObjectTransaction() override;

  /// See Store::resume().
  static std::optional<Resumed> continue_one(
      std::shared_ptr<Core> core, const About& about,
      const std::function<bool(std::span<const std::byte>)>& each);

  std::error_code expect(std::optional<std::uint64_t> size) noexcept override;
  std::error_code write(std::span<const std::byte> bytes) noexcept override;
  [[nodiscard]] std::size_t best_write_bytes(std::size_t most) const noexcept override;
  Result<Blob> commit(const Digest& digest, std::span<const ObjectKey> claims) noexcept override;
  [[nodiscard]] bool stored() const noexcept override { return stored_; }
  [[nodiscard]] std::error_code read_back(std::uint64_t offset,
                                          std::span<std::byte> into) noexcept override;
  [[nodiscard]] bool refused() const noexcept override { return refused_; }
  void identify(std::string_view validator) noexcept override;
  void suspend() noexcept override;

 private:
  enum class Phase { staging, streaming, in_memory, broken };

  /// How the policy calls an object whose digest is not known yet.
  [[nodiscard]] std::uint64_t provisional_id() const noexcept;
  std::error_code append(std::span<const std::byte> bytes);
  Result<void> open_extent();
  Result<void> make_growth_possible(std::uint64_t length);
  bool admit(const Newcomer& newcomer, std::span<const ObjectKey> names);
  /// Writes `bytes` behind what is staged. They are written as a whole, or not at all.
  Result<void> write_directly(std::span<const std::byte> bytes);
  Result<void> drain();
  std::error_code fall_back(const std::error_code& why);
  Result<ObjectRef> store(const Digest& digest, std::span<const ObjectKey> claims);
  Result<ObjectRef> write_and_publish(const Digest& digest, std::span<const ObjectKey> names);
  Result<void> write_record(const Digest& digest, std::span<const ObjectKey> names);
  Result<void> move_to_shared();
  Result<Blob> pass_through();
  /// Takes up what is in a segment. False: it is not what the note says, or not wanted.
  bool take_up(Partials::Taken taken, const std::function<bool(std::span<const std::byte>)>& each);
  [[nodiscard]] bool can_outlast() const noexcept;
  /// Has the segment say what is in it. False if it cannot.
  bool write_note();
  void give_back_extent() noexcept;
  void abandon() noexcept;

  const std::shared_ptr<Core> core_;
  std::optional<std::uint64_t> size_;  // bound, and what room is made for
  const About about_;
  Phase phase_;
  std::uint64_t written_ = 0;  // bytes taken, in all
  FastChecksum fast_;
  // Room for the record's header, then the payload's bytes from drained_ on.
  std::vector<std::byte> buffer_;
  std::uint64_t drained_ = 0;  // payload bytes that are in the extent
  std::optional<Extent> extent_;
  std::uint64_t granted_ = 0;         // what an object of unknown size may grow to
  std::optional<Newcomer> newcomer_;  // admitted, and neither stored nor withdrawn
  std::string validator_;             // empty: what comes does not outlast the transaction
  std::uint64_t noted_ = 0;           // so much is in the segment's note
  bool stored_ = false;
  bool refused_ = false;
};

}  // namespace larder::store
