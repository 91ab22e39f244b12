// FileSystem: the seam between Larder and the disk. Tests wrap it to make operation n fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <larder/result.h>

namespace larder::sys {

/// Read-only memory mapping of a file's beginning; unmapped on destruction.
class Mapping {
 public:
  virtual ~Mapping() = default;
  [[nodiscard]] virtual std::span<const std::byte> bytes() const noexcept = 0;
};

/// An open file. Closed on destruction. Threads: positional calls from any thread.
class File {
 public:
  virtual ~File() = default;
  /// Up to `into.size()` bytes from `offset`; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) noexcept = 0;
  /// All of `bytes` at `offset`, or an error (errc::no_space, errc::io).
  virtual Result<void> write_at(std::uint64_t offset,
                                std::span<const std::byte> bytes) noexcept = 0;
  /// fdatasync.
  virtual Result<void> sync() noexcept = 0;
  virtual Result<void> resize(std::uint64_t size) noexcept = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() noexcept = 0;
  /// A hint: the kLargePageBytes from `offset` on, a multiple of them, are a hole that small writes
  /// will fill, and belong into one large page of the system's cache. Comes before the first of
  /// these writes; takes as long as one of a third of the page; nothing changes in the file.
  virtual void use_large_page(std::uint64_t offset) noexcept = 0;
  static constexpr std::uint64_t kLargePageBytes = 2u << 20;
  /// Maps `length` bytes from the start. Bytes beyond the end of the file must not be touched.
  virtual Result<std::unique_ptr<Mapping>> map(std::uint64_t length) noexcept = 0;
  /// Advisory exclusive lock, held until the file is closed or the process dies. False: held by
  /// somebody else.
  virtual Result<bool> try_lock() noexcept = 0;
};

enum class Open {
  read,        ///< must exist
  read_write,  ///< must exist
  create,      ///< made if missing
  create_new,  ///< must not exist (else errc::busy); made
};

struct FileStatus {
  std::uint64_t size_bytes = 0;
  std::uint64_t allocated_bytes = 0;  ///< on disk; less than the size where a file has holes
};

/// Paths are native UTF-8 strings. Errors: errc::not_found for a path that leads nowhere,
/// errc::no_space, else errc::io. Threads: any.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// The operating system's. Never destroyed.
  static FileSystem& real() noexcept;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open mode) noexcept = 0;
  virtual Result<void> rename(const std::string& from, const std::string& to) noexcept = 0;
  virtual Result<void> remove(const std::string& path) noexcept = 0;
  virtual Result<void> make_directories(const std::string& path) noexcept = 0;
  /// Makes a rename or creation in `path` durable.
  virtual Result<void> sync_directory(const std::string& path) noexcept = 0;
  /// Makes everything durable that was written on the file system that holds directory `path`:
  /// cheaper than syncing thousands of files one by one.
  virtual Result<void> sync_all(const std::string& path) noexcept = 0;
  /// Names in `path`, without `.` and `..`, in byte order.
  virtual Result<std::vector<std::string>> list(const std::string& path) noexcept = 0;
  virtual Result<FileStatus> status(const std::string& path) noexcept = 0;
  [[nodiscard]] virtual bool exists(const std::string& path) noexcept = 0;
};

}  // namespace larder::sys
