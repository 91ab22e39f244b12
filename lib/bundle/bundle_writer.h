// BundleWriter: writes a native bundle. See FORMAT.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <larder/result.h>

#include "bundle/native_bundle.h"
#include "sys/file_system.h"

namespace larder::bundle {

/// Writes beside the file; finish() renames. Without that nothing has happened. Threads: one at a
/// time. Functions may throw std::bad_alloc.
class BundleWriter {
 public:
  /// errc::no_space, errc::io.
  static Result<std::unique_ptr<BundleWriter>> create(
      const std::string& file, sys::FileSystem& fs = sys::FileSystem::real());
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;
  /// Removes what was not finished.
  ~BundleWriter();

  /// Adds an object, unless it is there. `digest` is its SHA-256.
  Result<void> add(const Digest& digest, std::span<const std::byte> bytes);
  /// `head`: a head's document, or empty.
  Result<void> finish(const TableRoot& table, std::string_view head);

  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  /// In bytes, as written so far.
  [[nodiscard]] std::uint64_t length() const noexcept { return end_; }

 private:
  struct Row {
    std::uint64_t offset;
    std::uint64_t length;
    std::uint64_t fast_hash;
  };
  BundleWriter(std::string file, std::string aside, std::unique_ptr<sys::File> out,
               sys::FileSystem& fs);

  const std::string file_;
  const std::string aside_;
  sys::FileSystem& fs_;
  std::unique_ptr<sys::File> out_;
  std::uint64_t end_;
  std::map<Digest, Row> rows_;
};

}  // namespace larder::bundle
