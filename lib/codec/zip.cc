#include "codec/zip.h"

#include <zlib.h>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

#include "base/content_path.h"
#include "base/sorted_paths.h"
#include "codec/inflate.h"
#include "codec/zip_fields.h"

namespace larder::codec {
namespace {

constexpr std::uint32_t kAllOnes = 0xffffffff;  // the number stands in the ZIP64 extra field
constexpr std::uint32_t kShortOnes = 0xffff;
constexpr unsigned kStored = 0;
constexpr unsigned kDeflated = 8;
// Flags.
constexpr std::uint32_t kEncrypted = 1 | 1 << 6 | 1 << 13;
constexpr std::uint32_t kPatched = 1 << 5;

/// A member, and what only matters while the archive is opened.
struct Entry {
  ZipMember member;
  std::uint64_t header = 0;  ///< offset of its local header
  std::uint32_t flags = 0;
  std::uint32_t method = 0;
  bool is_directory = false;
};

class Opening {
 public:
  Opening(std::span<const std::byte> bytes, const ZipLimits& limits)
      : bytes_(bytes), limits_(limits) {}

  std::vector<ZipMember> run() {
    find_directory();
    read_directory();
    for (Entry& entry : entries_) check_local_header(entry);
    check_overlap();
    check_totals();
    return take_members();
  }

 private:
  void find_directory() {
    constexpr std::uint64_t kRecordBytes = 22;
    const std::uint64_t size = bytes_.size();
    if (size < kRecordBytes) refuse_zip("it is too short to be a zip archive");
    const std::uint64_t first = size - std::min<std::uint64_t>(size, kRecordBytes + kShortOnes);
    // Its comment ends the file.
    for (std::uint64_t at = size - kRecordBytes;; --at) {
      ZipFields record(bytes_, at, size);
      if (record.u32() == 0x06054b50) {
        const std::uint32_t disks = record.u16() | record.u16();
        const std::uint32_t here = record.u16();
        entry_count_ = record.u16();
        const std::uint64_t bytes = record.u32();
        begins_ = record.u32();
        if (record.u16() == record.left()) return take_end_record(at, disks, here, bytes);
      }
      if (at == first) refuse_zip("it is no zip archive, or not whole");
    }
  }

  void take_end_record(std::uint64_t at, std::uint32_t disks, std::uint32_t here,
                       std::uint64_t bytes) {
    constexpr std::uint64_t kLocatorBytes = 20;
    constexpr std::uint64_t kRecordHeadBytes = 12;
    ends_ = at;
    if (at >= kLocatorBytes && ZipFields(bytes_, at - kLocatorBytes, at).u32() == 0x07064b50) {
      ZipFields locator(bytes_, at - kLocatorBytes, at);
      locator.take(8);
      ends_ = locator.u64();
      ZipFields record(bytes_, ends_, at - kLocatorBytes);
      record.expect(0x06064b50, "the ZIP64 end record");
      if (record.u64() != at - kLocatorBytes - ends_ - kRecordHeadBytes)
        refuse_zip("the ZIP64 end record has another size than it says");
      record.take(12);
      const std::uint64_t all_here = record.u64();
      const auto settle = [](std::uint64_t& value, std::uint64_t ones, std::uint64_t large) {
        if (value != ones && value != large) refuse_zip("the two end records differ");
        value = large;
      };
      std::uint64_t count_here = here;
      settle(count_here, kShortOnes, all_here);
      settle(entry_count_, kShortOnes, record.u64());
      settle(bytes, kAllOnes, record.u64());
      settle(begins_, kAllOnes, record.u64());
      if (count_here != entry_count_) refuse_zip("it has several volumes", errc::unsupported);
    } else if (disks != 0 || here != entry_count_) {
      refuse_zip("it has several volumes", errc::unsupported);
    }
    if (begins_ > ends_ || bytes != ends_ - begins_)
      refuse_zip("the directory is not right before the end record");
    if (entry_count_ > limits_.max_members) refuse_zip("it has too many members", errc::too_large);
  }

  void read_directory() {
    ZipFields fields(bytes_, begins_, ends_);
    for (std::uint64_t i = 0; i < entry_count_; ++i) entries_.push_back(read_entry(fields));
    if (fields.left() != 0) refuse_zip("the directory has more members than it says");
  }

  Entry read_entry(ZipFields& fields) const {
    Entry entry;
    ZipMember& member = entry.member;
    fields.expect(0x02014b50, "a member of the directory");
    const std::uint32_t system = fields.u16() >> 8;
    fields.take(2);
    entry.flags = fields.u16();
    entry.method = fields.u16();
    fields.take(4);
    member.crc = fields.u32();
    member.packed_size = fields.u32();
    member.size = fields.u32();
    const std::uint32_t name_bytes = fields.u16();
    const std::uint32_t extra_bytes = fields.u16();
    const std::uint32_t comment_bytes = fields.u16();
    std::uint64_t disk = fields.u16();
    fields.take(2);
    const std::uint32_t attributes = fields.u32();
    entry.header = fields.u32();
    member.name = fields.take(name_bytes);
    ZipFields large(zip64_extra(fields.take(extra_bytes)));
    fields.take(comment_bytes);
    if (member.size == kAllOnes) member.size = large.u64();
    if (member.packed_size == kAllOnes) member.packed_size = large.u64();
    if (entry.header == kAllOnes) entry.header = large.u64();
    if (disk == kShortOnes) disk = large.u32();
    if (disk != 0) refuse_zip("it has several volumes", errc::unsupported);
    check_name(entry);
    check_kind(entry, system, attributes);
    return entry;
  }

  void check_name(Entry& entry) const {
    std::string_view& name = entry.member.name;
    if (name.size() > limits_.max_name_bytes) refuse_zip("a name is too long", errc::too_large);
    entry.is_directory = name.ends_with('/');
    if (entry.is_directory) name.remove_suffix(1);
    if (const char* wrong = content_path_problem(name))
      refuse_zip("the name " + shown(name) + " " + wrong);
  }

  static void check_kind(const Entry& entry, std::uint32_t system, std::uint32_t attributes) {
    constexpr std::uint32_t kUnix = 3;
    constexpr std::uint32_t kDarwin = 19;
    constexpr std::uint32_t kReparsePoint = 0x400;
    const ZipMember& member = entry.member;
    const bool has_mode = system == kUnix || system == kDarwin;
    const std::uint32_t type = has_mode ? attributes >> 16 & 0170000 : 0;
    const std::uint32_t usual = entry.is_directory ? 0040000 : 0100000;
    if ((type != 0 && type != usual) || (!has_mode && (attributes & kReparsePoint) != 0))
      refuse_zip(shown(member.name) + " is a link or another special file");
    if ((entry.flags & kEncrypted) != 0)
      refuse_zip(shown(member.name) + " is encrypted", errc::unsupported);
    if ((entry.flags & kPatched) != 0 || (entry.method != kStored && entry.method != kDeflated))
      refuse_zip(shown(member.name) + " is packed in a way that is not supported",
                 errc::unsupported);
    if (entry.is_directory && member.size != 0)
      refuse_zip("the directory " + shown(member.name) + " has content");
    if (entry.method == kStored && member.size != member.packed_size)
      refuse_zip(shown(member.name) + " is stored, but not as it is");
  }

  void check_local_header(Entry& entry) const {
    constexpr std::uint64_t kHeaderBytes = 30;
    constexpr std::uint32_t kSizesFollow = 1 << 3;
    constexpr std::uint32_t kMeaning = kEncrypted | kPatched | kSizesFollow;
    ZipMember& member = entry.member;
    ZipFields fields(bytes_, entry.header, begins_);
    fields.expect(0x04034b50, "the header of a member");
    fields.take(2);
    const std::uint32_t flags = fields.u16();
    const std::uint32_t method = fields.u16();
    fields.take(4);
    const std::uint32_t crc = fields.u32();
    std::uint64_t packed_size = fields.u32();
    std::uint64_t size = fields.u32();
    const std::uint32_t name_bytes = fields.u16();
    const std::uint32_t extra_bytes = fields.u16();
    std::string_view name = fields.take(name_bytes);
    ZipFields large(zip64_extra(fields.take(extra_bytes)));
    if (size == kAllOnes) size = large.u64();
    if (packed_size == kAllOnes) packed_size = large.u64();
    if (entry.is_directory && name.ends_with('/')) name.remove_suffix(1);
    const auto agrees = [&](std::uint64_t here, std::uint64_t there) {
      return here == there || (here == 0 && (flags & kSizesFollow) != 0);
    };
    if (name != member.name || ((flags ^ entry.flags) & kMeaning) != 0 || method != entry.method ||
        !agrees(crc, member.crc) || !agrees(size, member.size) ||
        !agrees(packed_size, member.packed_size))
      refuse_zip("the directory says something else of " + shown(member.name) + " than its header");
    if (member.packed_size > fields.left()) refuse_zip(shown(member.name) + " lies outside");
    member.begins = entry.header + kHeaderBytes + name_bytes + extra_bytes;
    member.deflated = entry.method == kDeflated;
  }

  void check_overlap() {
    std::sort(entries_.begin(), entries_.end(),
              [](const Entry& a, const Entry& b) { return a.header < b.header; });
    for (std::size_t i = 1; i < entries_.size(); ++i) {
      const ZipMember& before = entries_[i - 1].member;
      if (entries_[i].header < before.begins + before.packed_size)
        refuse_zip(shown(entries_[i].member.name) + " overlaps another member");
    }
  }

  void check_totals() const {
    std::uint64_t total = 0;
    for (const Entry& entry : entries_) {
      if (entry.member.size > limits_.max_member_bytes)
        refuse_zip(shown(entry.member.name) + " is too large", errc::too_large);
      if (entry.member.size > limits_.max_total_bytes - total)
        refuse_zip("it unpacks to too much", errc::too_large);
      total += entry.member.size;
    }
    if (total > ZipLimits::kHarmlessBytes &&
        total / std::max<std::uint64_t>(limits_.max_ratio, 1) > bytes_.size())
      refuse_zip("it unpacks to too much for its size", errc::too_large);
  }

  std::vector<ZipMember> take_members() {
    std::vector<ZipMember> members;
    std::set<std::string_view> directories;
    for (const Entry& entry : entries_) {
      if (entry.is_directory)
        directories.insert(entry.member.name);
      else
        members.push_back(entry.member);
    }
    std::sort(members.begin(), members.end(),
              [](const ZipMember& a, const ZipMember& b) { return a.name < b.name; });
    const SortedPaths paths(members.size(), [&](std::size_t i) { return members[i].name; });
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::string_view name = members[i].name;
      if (i > 0 && members[i - 1].name == name) refuse_zip(shown(name) + " is there twice");
      if (paths.is_directory(name) || directories.contains(name))
        refuse_zip(shown(name) + " is a file and a directory");
    }
    return members;
  }

  const std::span<const std::byte> bytes_;
  const ZipLimits& limits_;
  std::uint64_t entry_count_ = 0;
  std::uint64_t begins_ = 0;  ///< of the directory
  std::uint64_t ends_ = 0;    ///< the same
  std::vector<Entry> entries_;
};

}  // namespace

Result<ZipArchive> ZipArchive::open(std::span<const std::byte> bytes, const ZipLimits& limits,
                                    std::string* why) noexcept try {
  try {
    ZipArchive archive(bytes);
    archive.members_ = Opening(bytes, limits).run();
    return archive;
  } catch (ZipRefusal& refusal) {
    if (why) *why = std::move(refusal.sentence);
    return refusal.code;
  }
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

const ZipMember* ZipArchive::find(std::string_view name) const noexcept {
  const auto found = std::lower_bound(
      members_.begin(), members_.end(), name,
      [](const ZipMember& member, std::string_view wanted) { return member.name < wanted; });
  return found != members_.end() && found->name == name ? &*found : nullptr;
}

Result<std::vector<std::byte>> ZipArchive::read(const ZipMember& member) const noexcept try {
  const auto packed = bytes_.subspan(member.begins, member.packed_size);
  auto content = member.deflated ? inflate_all(packed, -MAX_WBITS, member.size)
                                 : Result<std::vector<std::byte>>({packed.begin(), packed.end()});
  if (!content || content->size() != member.size) return errc::damaged;
  const uLong crc = ::crc32_z(0, pointer_to(content->data()), content->size());
  if (crc != member.crc) return errc::damaged;
  return content;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::codec
