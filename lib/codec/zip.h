// ZipArchive: reads zip archives from strangers out of memory. See FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

namespace larder::codec {

/// What a reader of archives puts up with before it says errc::too_large.
struct ZipLimits {
  std::size_t max_members = 100'000;
  std::size_t max_name_bytes = 1024;
  std::uint64_t max_member_bytes = std::uint64_t{256} << 20;  ///< unpacked
  std::uint64_t max_total_bytes = std::uint64_t{1} << 30;     ///< unpacked, of all members
  /// Unpacked bytes of all members for one byte of the archive, if it unpacks to more than
  /// kHarmlessBytes. Deflate alone makes up to 1032.
  std::uint64_t max_ratio = 200;
  static constexpr std::uint64_t kHarmlessBytes = std::uint64_t{32} << 20;
};

/// A file in an archive.
struct ZipMember {
  std::string_view name;   ///< relative, `/` between components; views the archive
  std::uint64_t size = 0;  ///< unpacked, in bytes
  std::uint64_t packed_size = 0;
  std::uint32_t crc = 0;
  bool deflated = false;     ///< else stored
  std::uint64_t begins = 0;  ///< of the packed bytes, in the archive
};

/// The members of an archive that are files. Movable. Threads: any.
class ZipArchive {
 public:
  /// Reads the central directory and every local header. `bytes` must outlive the archive. Refused
  /// as a whole, with errc::damaged and a sentence in `why`, if anything in it is not right:
  /// members that lie outside, overlap, or say different things of themselves in the two places;
  /// names that are absolute, lead out, are there twice, or that name a file and a directory;
  /// symbolic links and other special files. errc::unsupported: several volumes, encryption, other
  /// methods than stored and deflate. errc::too_large: the limits.
  [[nodiscard]] static Result<ZipArchive> open(std::span<const std::byte> bytes,
                                               const ZipLimits& limits = {},
                                               std::string* why = nullptr) noexcept;

  /// Files, by name in byte order.
  [[nodiscard]] const std::vector<ZipMember>& members() const noexcept { return members_; }
  [[nodiscard]] const ZipMember* find(std::string_view name) const noexcept;

  /// The content of a member of this archive, unpacked: `size` bytes with the right checksum, or
  /// errc::damaged. Memory: the content.
  [[nodiscard]] Result<std::vector<std::byte>> read(const ZipMember& member) const noexcept;

 private:
  explicit ZipArchive(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes_;
  std::vector<ZipMember> members_;
};

}  // namespace larder::codec
