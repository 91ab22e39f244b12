// DeltaTable: which patches lead from one release to another; see docs/release-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <larder/blob.h>
#include <larder/result.h>

#include "base/digest.h"
#include "filetable/joint_patch.h"

namespace larder::filetable {

class WireReader;

inline constexpr std::size_t kMaxDeltaTableBytes = std::size_t{64} << 20;

/// That `target` can be made from `base`.
struct PatchNote {
  Digest target;
  Digest base;
  std::uint64_t bytes = 0;  ///< the patch's length
};

/// Immutable. Views the bytes of its Blob, and has 8 bytes for each 32 rows and 16 for each anchor
/// of a joint patch. Threads: any.
class DeltaTable {
 public:
  /// errc::bad_table or errc::too_large, and `why`, if given, gets a sentence.
  static Result<DeltaTable> parse(Blob bytes, std::string* why = nullptr) noexcept;

  /// The length of the patch that makes `target` from `base`. Empty if there is none. May answer
  /// for a pair that its writer did not know of, with a chance of 2⁻¹² or less: such a patch does
  /// not exist.
  [[nodiscard]] std::optional<std::uint64_t> find(const Digest& target,
                                                  const Digest& base) const noexcept;
  /// Many of these patches as one, if there is one that saves something.
  [[nodiscard]] const std::optional<JointPatch>& joint() const noexcept { return joint_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return rows_; }
  /// Its length, as stored.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return blob_.size(); }

 private:
  DeltaTable() = default;
  [[nodiscard]] const char* read_rows(WireReader& in);
  [[nodiscard]] const char* read_joint_patch(WireReader& in);

  Blob blob_;
  std::size_t key_bytes_ = 0;
  std::uint64_t rows_ = 0;
  std::size_t rows_end_ = 0;         ///< where the last row ends
  std::vector<std::size_t> starts_;  ///< offsets of rows 0, 32, 64, …
  std::optional<JointPatch> joint_;
};

/// The bytes of a table with `notes`, in any order; equal ones collapse. Those of no bytes are
/// pairs for which find() must have no answer. `joint` may be null: then clients of version 1 can
/// read it. Throws std::bad_alloc.
[[nodiscard]] std::string write_delta_table(std::span<const PatchNote> notes,
                                            const JointPatch* joint = nullptr);

}  // namespace larder::filetable
