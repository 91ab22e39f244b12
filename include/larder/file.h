// File: random access to one file of a Vfs, also while it is still being downloaded.
//
//   auto movie = vfs->open_file("intro.webm", {.before_verified = true});
//   if (movie) movie->read(0, first_megabyte);   // as soon as it has come
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <larder/blob.h>
#include <larder/result.h>

namespace larder {

struct FileOptions {
  /// Let read() hand out bytes as they come, before the whole file has been checked. The checksum
  /// of a LayaDCC table covers a whole file: nobody can vouch for a part of it. Content read early
  /// is only right if whole() succeeds later. Off: read() waits for the check.
  bool before_verified = false;
};

/// An open file. Its download goes on as long as the File lives, or another reader wants it.
/// Movable. May outlive its Vfs: what is not there by then is errc::cancelled.
///
/// Threads: every member function from any thread, except that destruction and move must not race
/// with other calls.
class File {
 public:
  using Milliseconds = std::chrono::milliseconds;

  File(File&&) noexcept;
  File& operator=(File&&) noexcept;
  ~File();

  /// In bytes. Empty as long as neither the table nor the origin has told.
  [[nodiscard]] std::optional<std::uint64_t> size_bytes() const noexcept;
  /// The whole file is here and checked: no call blocks or fails any more.
  [[nodiscard]] bool complete() const noexcept;

  /// Fills `into` with the bytes from `offset` on; returns how many: fewer only at the file's end,
  /// 0 behind it. Blocks until they are there, at most for `timeout` (zero: no limit) and then ends
  /// in errc::timed_out; the download goes on.
  /// errc::damaged: bytes that were read early turned out to be of a failed attempt; open anew.
  /// Otherwise errors as of Vfs::read().
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into,
                                         Milliseconds timeout = Milliseconds(0)) noexcept;

  /// All of it, checked. Blocks as read() does.
  [[nodiscard]] Result<Blob> whole(Milliseconds timeout = Milliseconds(0)) noexcept;

 private:
  friend class Vfs;
  friend class Snapshot;
  class Impl;
  explicit File(std::shared_ptr<Impl> impl) noexcept;
  std::shared_ptr<Impl> impl_;
};

}  // namespace larder
