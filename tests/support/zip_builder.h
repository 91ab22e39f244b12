// ZipBuilder: zip archives for tests, right ones and wrong ones.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace larder::test {

/// A member; what is set here stands in the archive whatever is right.
struct ZipPart {
  std::string name;
  std::string content;
  bool deflate = false;
  std::uint32_t flags = 0;
  std::uint32_t attributes = 0;  ///< Unix: mode << 16
  std::uint32_t system = 3;
  std::optional<std::uint32_t> method;
  std::optional<std::uint32_t> crc;
  std::optional<std::uint64_t> size;         ///< in both headers
  std::optional<std::uint64_t> packed_size;  ///< the same
  std::optional<std::uint32_t> local_size;
  std::optional<std::string> local_name;
  std::optional<std::uint64_t> offset;  ///< in the directory
  bool zip64 = false;                   ///< numbers stand in the extra field
};

class ZipText {
 public:
  ZipText& u16(std::uint64_t value) { return number(value, 2); }
  ZipText& u32(std::uint64_t value) { return number(value, 4); }
  ZipText& u64(std::uint64_t value) { return number(value, 8); }
  ZipText& add(std::string_view more) {
    text += more;
    return *this;
  }
  std::string text;

 private:
  ZipText& number(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
    return *this;
  }
};

inline std::string deflated(std::string_view content) {
  std::string packed(content.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// The end of the archive, if it is not to be right.
struct ZipEnd {
  std::optional<std::uint32_t> count;
  std::optional<std::uint32_t> directory_begins;
  std::uint32_t disk = 0;
  bool zip64 = false;
  std::string comment;
  std::string before;     ///< stands before all
  std::string gap;        ///< stands before the directory
  std::string directory;  ///< stands behind its last member
};

inline std::string zip_of(const std::vector<ZipPart>& parts, const ZipEnd& end = {}) {
  ZipText zip;
  ZipText directory;
  zip.add(end.before);
  for (const ZipPart& part : parts) {
    const std::string packed = part.deflate ? deflated(part.content) : part.content;
    const std::uint64_t size = part.size.value_or(part.content.size());
    const std::uint64_t packed_size = part.packed_size.value_or(packed.size());
    const auto crc = part.crc.value_or(static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(part.content.data()), part.content.size())));
    const std::uint64_t offset = part.offset.value_or(zip.text.size());
    const std::uint32_t method = part.method.value_or(part.deflate ? 8 : 0);
    const std::string local_name = part.local_name.value_or(part.name);
    constexpr std::uint32_t kOnes = 0xffffffff;
    ZipText local_extra;
    ZipText extra;
    if (part.zip64) {
      local_extra.u16(1).u16(16).u64(size).u64(packed_size);
      extra.u16(0x7777).u16(3).add("abc").u16(1).u16(24).u64(size).u64(packed_size).u64(offset);
    }
    zip.u32(0x04034b50).u16(20).u16(part.flags).u16(method).u32(0).u32(crc);
    zip.u32(part.zip64 ? kOnes : packed_size);
    zip.u32(part.local_size.value_or(part.zip64 ? kOnes : static_cast<std::uint32_t>(size)));
    zip.u16(local_name.size()).u16(local_extra.text.size()).add(local_name).add(local_extra.text);
    zip.add(packed);
    directory.u32(0x02014b50).u16(part.system << 8 | 20).u16(20).u16(part.flags).u16(method);
    directory.u32(0).u32(crc).u32(part.zip64 ? kOnes : packed_size).u32(part.zip64 ? kOnes : size);
    directory.u16(part.name.size()).u16(extra.text.size()).u16(0).u16(0).u16(0);
    directory.u32(part.attributes).u32(part.zip64 ? kOnes : offset).add(part.name).add(extra.text);
  }
  zip.add(end.gap);
  const std::uint64_t begins =
      end.directory_begins.value_or(static_cast<std::uint32_t>(zip.text.size()));
  directory.add(end.directory);
  zip.add(directory.text);
  const std::uint64_t count = end.count.value_or(static_cast<std::uint32_t>(parts.size()));
  if (end.zip64) {
    const std::uint64_t record = zip.text.size();
    zip.u32(0x06064b50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(count).u64(count);
    zip.u64(directory.text.size()).u64(begins);
    zip.u32(0x07064b50).u32(0).u64(record).u32(1);
  }
  zip.u32(0x06054b50).u16(end.disk).u16(end.disk);
  zip.u16(end.zip64 ? 0xffff : count).u16(end.zip64 ? 0xffff : count);
  zip.u32(end.zip64 ? 0xffffffff : directory.text.size()).u32(end.zip64 ? 0xffffffff : begins);
  return zip.u16(end.comment.size()).add(end.comment).text;
}

}  // namespace larder::test
