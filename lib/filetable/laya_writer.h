// Writes LayaDCC v1 files, byte for byte as the packing tool does. See FORMAT.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "filetable/laya_table.h"

namespace larder::filetable {

/// A checksum as tables carry it: 1 stands for 0.
[[nodiscard]] constexpr std::uint32_t laya_written(std::uint32_t checksum) noexcept {
  return checksum == 0 ? 1 : checksum;
}

/// `filetable.bin`. `id` is the MD5 as 32 lower-case hex digits. Rows keep their order here and in
/// the text tables; checksums of 0 are written as 1. All throw std::bad_alloc.
[[nodiscard]] std::string write_binary_table(std::string_view id, std::span<const LayaPair> rows);
/// `filetable.txt`.
[[nodiscard]] std::string write_text_table(std::string_view id, std::span<const LayaPair> rows);
/// `filetable1.txt`: rows without a header.
[[nodiscard]] std::string write_bare_table(std::span<const LayaPair> rows);
/// `allfiles.txt`: paths as given, each with its leading slash.
[[nodiscard]] std::string write_name_list(std::span<const std::string> paths);

/// The name of a content file in a cache directory: the path id as eight hex digits.
[[nodiscard]] std::string laya_content_name(std::uint32_t path_id);

}  // namespace larder::filetable
