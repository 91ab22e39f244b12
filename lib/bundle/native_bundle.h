// NativeBundle: objects and the table of a release in one file, mapped. See FORMAT.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/options.h>
#include <larder/result.h>

#include "base/release.h"

namespace larder::bundle {

/// The page at the root of a table.
struct TableRoot {
  Digest digest;
  std::uint32_t bytes = 0;
  std::uint64_t entries = 0;
};

/// Where a bundle lies: a file of its own, or a stretch of another one.
struct BundlePlace {
  std::string file;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  ///< empty: to the end of the file
};

/// "FILE" or "FILE@OFFSET+LENGTH" (decimal, in bytes: an uncompressed member of an archive).
[[nodiscard]] BundlePlace parse_place(std::string_view text);
/// Whether there is something that begins like a bundle.
[[nodiscard]] bool is_native_bundle(const BundlePlace& place) noexcept;

/// Lends what it holds by digest, without copying. The file must not change while it is open.
/// Threads: any.
class NativeBundle final : public LocalSource {
 public:
  /// Maps the file and checks its directory wholly; objects are checked by `first_use` when they
  /// are lent for the first time. errc::bad_bundle, and a sentence in `why`.
  static Result<std::shared_ptr<NativeBundle>> open(const BundlePlace& place, FirstUse first_use,
                                                    std::string* why) noexcept;

  /// errc::not_found; errc::damaged once, then errc::not_found: damage does not heal.
  Result<Blob> lend(const Entry& entry) noexcept override;
  [[nodiscard]] bool holds(const Entry& entry) const noexcept override;
  [[nodiscard]] std::optional<std::uint64_t> size_of(const Entry& entry) const noexcept override;

  /// The root of the table of the full tree. Its pages are among the objects.
  [[nodiscard]] const TableRoot& table() const noexcept { return table_; }
  /// The head's document of the release that it was made from; empty if of none.
  [[nodiscard]] const std::string& head() const noexcept { return head_; }
  /// Number of objects, pages of the table included.
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  /// Reads and checks every object by SHA-256. errc::damaged, and `why` says which.
  Result<void> verify(std::string* why) const;

 private:
  struct Row {
    Digest digest;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t fast_hash = 0;
  };
  enum class Check : std::uint8_t { open, good, damaged };
  class Mapped;
  struct Release {
    void operator()(Mapped* mapped) const noexcept;
  };

  NativeBundle() = default;
  /// A sentence if the bytes are no bundle.
  std::string read();
  std::string read_directory(std::span<const std::byte> directory, std::uint64_t objects_end);
  [[nodiscard]] Row row(std::size_t index) const noexcept;
  [[nodiscard]] std::optional<std::size_t> find(const Entry& entry) const noexcept;
  [[nodiscard]] std::span<const std::byte> bytes_of(const Row& row) const noexcept;

  std::unique_ptr<Mapped, Release> mapped_;
  std::span<const std::byte> all_;   ///< of the bundle
  std::span<const std::byte> rows_;  ///< sorted by digest
  std::size_t count_ = 0;
  FirstUse first_use_ = FirstUse::fast;
  TableRoot table_;
  std::string head_;
  std::unique_ptr<std::atomic<Check>[]> checks_;
};

}  // namespace larder::bundle
