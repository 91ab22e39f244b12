#include "compat/laya_bundle.h"

#include <span>
#include <utility>

#include "compat/laya_release.h"
#include "digest/hash.h"

namespace larder::compat {

Result<std::shared_ptr<LayaBundle>> LayaBundle::open(const std::string& path,
                                                     std::string_view host_path, std::string* why) {
  auto directory = bundle::LayaDirectory::open(path, host_path, why);
  if (!directory) return directory.error();
  std::string reason;
  auto table = filetable::LayaTable::parse(
      std::as_bytes(std::span<const char>((*directory)->table_file())), {}, &reason);
  if (!table) {
    if (why) *why = (*directory)->directory() + ": " + reason;
    return errc::bad_bundle;
  }
  return std::make_shared<LayaBundle>(std::move(*directory), std::move(*table));
}

bool LayaBundle::holds(const Entry& entry) const noexcept {
  const auto claim = laya_claim_of(entry);
  if (!claim) return false;
  const auto mine = table_.find(claim->path_id);
  return mine && digest::laya_xor_equal(*mine, claim->checksum) &&
         directory_->holds(claim->path_id);
}

std::optional<std::uint64_t> LayaBundle::size_of(const Entry& entry) const noexcept {
  if (!holds(entry)) return std::nullopt;
  return directory_->size_of(laya_claim_of(entry)->path_id);
}

Result<Blob> LayaBundle::lend(const Entry& entry) noexcept {
  if (!holds(entry)) return errc::not_found;
  return directory_->lend(laya_claim_of(entry)->path_id, entry.checksum);
}

}  // namespace larder::compat
