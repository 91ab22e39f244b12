// Verifier: the one place where content is held against what a table promised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include <larder/error.h>

#include "base/digest.h"
#include "digest/foreign_md5.h"
#include "digest/hash.h"

namespace larder::digest {

/// Checks size and checksum while bytes stream by, and names them by SHA-256 on the way.
class Verifier {
 public:
  /// `size`, where known, is an upper bound during streaming and exact at the end; so is
  /// `limit_bytes` as a bound.
  Verifier(const Checksum& expected, std::optional<std::uint64_t> size, std::uint64_t limit_bytes);

  /// errc::too_large at byte size + 1; those bytes are not counted in.
  [[nodiscard]] std::error_code update(std::span<const std::byte> bytes) noexcept;

  struct Verdict {
    bool good = false;
    Digest digest;    ///< SHA-256 of what came
    Checksum actual;  ///< in the manner of the expected one
    std::uint64_t size_bytes = 0;
  };
  /// Call once.
  [[nodiscard]] Verdict finish() noexcept;

 private:
  Checksum expected_;
  std::optional<std::uint64_t> size_;
  std::uint64_t limit_bytes_;
  std::uint64_t seen_bytes_ = 0;
  bool refused_ = false;
  Sha256 sha256_;
  /// What the expected checksum needs beside SHA-256.
  std::variant<std::monostate, LayaXor, std::unique_ptr<CocosMd5>, HexTextMd5> foreign_;
};

/// Whether `bytes` fulfil `expected`, without computing more than that needs.
[[nodiscard]] bool fulfils(const Checksum& expected, std::span<const std::byte> bytes);

/// A LayaDCC checksum as a Checksum.
[[nodiscard]] Checksum laya_checksum(std::uint32_t value) noexcept;
/// The u32 of a LayaDCC Checksum.
[[nodiscard]] std::uint32_t laya_value(const Checksum& checksum) noexcept;
/// An MD5 as a Checksum of `kind`: cocos_md5 or flist_md5.
[[nodiscard]] Checksum md5_checksum(Checksum::Kind kind, const Md5::Value& value) noexcept;
/// Hex of the meaningful bytes; for LayaDCC the format's `%x`. Empty for Kind::none.
[[nodiscard]] std::string to_text(const Checksum& checksum);

}  // namespace larder::digest
