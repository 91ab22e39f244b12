// Index packs: all pages of a filetable in one object; see docs/release-format.md.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

namespace larder::filetable {

/// Packs above that are not written.
inline constexpr std::uint64_t kMaxWrittenPackBytes = std::uint64_t{1} << 20;
/// Packs above that are not read.
inline constexpr std::uint64_t kMaxPackBytes = std::uint64_t{64} << 20;

/// The pages in `pack`, which they view. errc::bad_table or errc::too_large. What they are is for
/// their digests to say.
Result<std::vector<std::span<const std::byte>>> read_pack(std::span<const std::byte> pack) noexcept;

/// A pack of `pages`. Throws std::bad_alloc.
[[nodiscard]] std::string write_pack(std::span<const std::string_view> pages);

}  // namespace larder::filetable
