#include "filetable/index_pack.h"

#include <exception>

#include "filetable/page.h"
#include "filetable/wire.h"

namespace larder::filetable {
namespace {

constexpr std::string_view kMagic = "LX";
constexpr unsigned kVersion = 1;

}  // namespace

Result<std::vector<std::span<const std::byte>>> read_pack(std::span<const std::byte> pack) noexcept
    try {
  if (pack.size() > kMaxPackBytes) return errc::too_large;
  WireReader in(pack);
  if (in.text(kMagic.size()) != kMagic || in.u8() != kVersion) return errc::bad_table;
  const std::uint64_t count = in.varint();
  // Each page takes more than one byte.
  if (in.failed() || count > in.left()) return errc::bad_table;
  std::vector<std::uint64_t> lengths(static_cast<std::size_t>(count));
  for (std::uint64_t& length : lengths) {
    length = in.varint();
    if (length == 0 || length > kMaxPageBytes) return errc::bad_table;
  }
  std::vector<std::span<const std::byte>> pages;
  pages.reserve(lengths.size());
  for (const std::uint64_t length : lengths)
    pages.push_back(std::as_bytes(std::span(in.text(length))));
  if (in.failed() || in.left() != 0) return errc::bad_table;
  return pages;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::string write_pack(std::span<const std::string_view> pages) {
  std::string pack(kMagic);
  put_u8(pack, kVersion);
  put_varint(pack, pages.size());
  for (const std::string_view page : pages) put_varint(pack, page.size());
  for (const std::string_view page : pages) pack += page;
  return pack;
}

}  // namespace larder::filetable
