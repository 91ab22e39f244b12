#include "compat/list_system.h"

#include <span>
#include <utility>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "digest/hex.h"
#include "digest/verifier.h"

namespace larder::compat {

bool ListSystem::is_update(std::string_view held, std::string_view offered) const {
  return is_update_ ? is_update_(held, offered) : is_wanted_after(held, offered);
}

Checksum ListSystem::checksum_of(std::string_view tag) const noexcept {
  digest::Md5::Value md5;
  if (!digest::from_hex(tag, md5)) return {};
  return digest::md5_checksum(checksum_kind(), md5);
}

Result<Blob> ListSystem::unhidden(const char* file, std::string_view text, std::string* why) const {
  const auto bytes = std::as_bytes(std::span(text));
  Blob hidden = make_heap_blob({bytes.begin(), bytes.end()}, Source::origin);
  auto plain = filter_(file, std::move(hidden));
  if (!plain && why) *why = "the read filter failed: " + plain.error().message();
  return plain;
}

Result<Listing> ListSystem::parse(std::string_view text, std::string* why) const {
  if (!filter_) return parse_plain(text, why);
  const auto plain = unhidden(list_file(), text, why);
  if (!plain) return errc::bad_table;
  return parse_plain(plain->text(), why);
}

Result<ListVersion> ListSystem::parse_version(std::string_view text, std::string* why) const {
  if (!filter_) return parse_plain_version(text, why);
  const auto plain = unhidden(version_file(), text, why);
  if (!plain) return errc::bad_table;
  return parse_plain_version(plain->text(), why);
}

}  // namespace larder::compat
