// CrashedDisk: what a power cut may leave of recorded operations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/disk_log.h"

namespace larder::test {

/// A model of a disk below a file system that promises what POSIX does and no more:
///
/// - A file's bytes and size are durable up to its last sync; a directory's names up to its own.
///   Neither makes the other durable; a sync of the file system does both for all.
/// - What moves to another directory is in one of the two; a sync of the one it was in settles it.
/// - Each later write is lost, there, or there in part, in units of a sector or of a page and in
/// any
///   order. The size is that after any of the operations that change it. What was never written
///   reads as zeros, or as whatever was in the blocks.
/// - Each later change of a name is lost or there, in any combination.
class CrashedDisk {
 public:
  /// What becomes of operations that are not durable.
  enum class Cut { lose_all, keep_all, random };

  /// `operation` must live as long as this.
  void apply(const DiskOperation& operation);

  /// Fills the empty directory `root` with a state in which the disk may be after a power cut now.
  void write_state(const std::string& root, Cut cut, std::mt19937_64& random) const;
  /// Whether all that happened is durable: there is one state only.
  [[nodiscard]] bool is_settled() const noexcept;

 private:
  using Operations = std::vector<const DiskOperation*>;
  static constexpr std::size_t kSectorBytes = 512;

  struct File {
    std::vector<std::byte> bytes;  // durable
    std::vector<bool> has_block;   // whether anything durable was written there; by sector
    Operations pending;            // since the last sync
  };
  /// Of unsynced operations of one file.
  struct Fate {
    double kept = 0;  // probability of a unit
    std::size_t unit = kSectorBytes;
    bool garbage = false;  // in what was never written
  };
  using Names = std::map<std::string, std::uint64_t>;  // path → file, or kDirectory
  static constexpr std::uint64_t kDirectory = 0;

  static void change(Names& names, const DiskOperation& operation);
  static void settle(File& file);
  static void write(File& file, const DiskOperation& operation);
  static Fate fate_of(Cut cut, std::mt19937_64& random);
  static std::vector<std::byte> bytes_after(const File& file, Cut cut, std::mt19937_64& random);
  [[nodiscard]] Names names_after(Cut cut, std::mt19937_64& random) const;

  std::map<std::uint64_t, File> files_;
  Names names_;  // durable
  struct Change {
    std::string directory;
    const DiskOperation* operation;
  };
  std::vector<Change> unnamed_;  // changes of names that are not, in the order of time
};

}  // namespace larder::test
