#include "filetable/page_item.h"

namespace larder::filetable {
namespace {

constexpr unsigned kLowPriority = 1;
constexpr unsigned kHighPriority = 2;

unsigned code_of(Priority priority) noexcept {
  if (priority == Priority::normal) return 0;
  return priority == Priority::low ? kLowPriority : kHighPriority;
}

}  // namespace

bool read_entry(WireReader& in, FileEntry& entry) noexcept {
  const unsigned flags = in.u8();
  if (in.failed() || (flags & ~kKnownBits) != 0) return false;
  entry = {};
  if ((flags & kTombstoneBit) != 0) {
    entry.tombstone = true;
    return flags == kTombstoneBit;
  }
  const unsigned priority = flags & kPriorityBits;
  if (priority == kLowPriority) entry.priority = Priority::low;
  if (priority == kHighPriority) entry.priority = Priority::high;
  if (priority > kHighPriority) return false;
  entry.executable = (flags & kExecutableBit) != 0;
  entry.bootstrap = (flags & kBootstrapBit) != 0;
  entry.size_bytes = in.varint();
  entry.encoded_bytes = entry.size_bytes;
  if ((flags & kZstdBit) != 0) {
    entry.encoding = Encoding::zstd;
    entry.encoded_bytes = in.varint();
    if (entry.encoded_bytes >= entry.size_bytes) return false;
  }
  if ((flags & kEncryptedBit) != 0) {
    if (entry.encoding != Encoding::identity) return false;
    entry.encrypted = true;
    entry.plain_bytes = in.varint();
  }
  entry.digest = in.digest();
  return !in.failed();
}

bool read_child(WireReader& in, PageReference& child) noexcept {
  child.entries = in.varint();
  const std::uint64_t bytes = in.varint();
  child.digest = in.digest();
  if (in.failed() || child.entries == 0 || bytes == 0 || bytes > kMaxPageBytes) return false;
  child.bytes = static_cast<std::uint32_t>(bytes);
  return true;
}

void put_entry(std::string& into, const FileEntry& entry) {
  if (entry.tombstone) {
    put_u8(into, kTombstoneBit);
    return;
  }
  const bool encoded = entry.encoding == Encoding::zstd;
  put_u8(into, code_of(entry.priority) | (entry.executable ? kExecutableBit : 0) |
                   (entry.bootstrap ? kBootstrapBit : 0) | (encoded ? kZstdBit : 0) |
                   (entry.encrypted ? kEncryptedBit : 0));
  put_varint(into, entry.size_bytes);
  if (encoded) put_varint(into, entry.encoded_bytes);
  if (entry.encrypted) put_varint(into, entry.plain_bytes);
  put_digest(into, entry.digest);
}

void put_child(std::string& into, const PageReference& child) {
  put_varint(into, child.entries);
  put_varint(into, child.bytes);
  put_digest(into, child.digest);
}

}  // namespace larder::filetable
