#include "native/laya_contents.h"

#include <exception>
#include <utility>

#include "digest/hash.h"
#include "filetable/laya_table.h"

namespace larder::native {

Result<std::shared_ptr<LayaContents>> LayaContents::open(const std::string& path,
                                                         std::string_view host_path,
                                                         std::string* why) {
  auto directory = bundle::LayaDirectory::open(path, host_path, why);
  if (!directory) return directory.error();
  return std::make_shared<LayaContents>(std::move(*directory));
}

std::optional<std::uint32_t> LayaContents::file_for(std::string_view path) const noexcept {
  const auto under = [this](std::string_view name) -> std::optional<std::uint32_t> {
    if (const auto id = filetable::laya_path_id_cesu8(name); directory_->holds(id)) return id;
    return std::nullopt;
  };
  if (const auto id = under(path)) return id;
  std::array<char, 4096> buffer;  // packed with `-esc`
  const auto escaped = filetable::laya_escape_spaces(path, buffer);
  return !escaped || escaped->data() == path.data() ? std::nullopt : under(*escaped);
}

Result<Blob> LayaContents::find(const Entry& entry) const {
  if (entry.is_index || entry.checksum.kind != Checksum::Kind::sha256) return errc::not_found;
  const auto id = file_for(entry.home);
  if (!id) return errc::not_found;
  Shard& shard = shards_[*id % kShards];
  {
    std::lock_guard lock(shard.mutex);
    const auto known = shard.files.find(*id);
    if (known != shard.files.end()) {
      if (known->second.digest.bytes != entry.checksum.bytes) return errc::not_found;
      if (known->second.is_open) return known->second.bytes;
    } else if (directory_->size_of(*id) != entry.size) {
      return errc::not_found;  // whatever is in it
    }
  }
  auto bytes = directory_->file(*id);
  if (!bytes) return bytes;
  const Digest digest = digest::sha256(bytes->bytes());

  std::lock_guard lock(shard.mutex);
  if (shard.open_files >= kOpenFilesPerShard) {
    for (auto& [path_id, file] : shard.files) file = {file.digest, {}, false};
    shard.open_files = 0;
  }
  Known& known = shard.files[*id];
  known.digest = digest;
  if (digest.bytes != entry.checksum.bytes) return errc::not_found;
  if (!known.is_open) ++shard.open_files;
  known.bytes = *bytes;
  known.is_open = true;
  return bytes;
}

Result<Blob> LayaContents::lend(const Entry& entry) noexcept try {
  return find(entry);
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

bool LayaContents::holds(const Entry& entry) const noexcept try {
  return find(entry).has_value();
} catch (const std::exception&) {
  return false;
}

std::optional<std::uint64_t> LayaContents::size_of(const Entry& entry) const noexcept {
  return holds(entry) ? entry.size : std::nullopt;
}

}  // namespace larder::native
