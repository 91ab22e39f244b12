#include "compat/list_package.h"

#include <exception>
#include <span>
#include <utility>

#include "digest/hash.h"
#include "digest/hex.h"
#include "sys/file_system.h"
#include "sys/files.h"

namespace larder::compat {
namespace {

constexpr std::uint64_t kMaxListBytes = std::uint64_t{256} << 20;

}  // namespace

Result<std::shared_ptr<ListPackage>> ListPackage::open(const std::string& directory,
                                                       std::shared_ptr<const ListSystem> system,
                                                       std::string* why) {
  const auto fail = [&](const std::string& file, const std::string& reason) {
    if (why) *why = directory + "/" + file + ": " + reason;
    return errc::bad_bundle;
  };
  std::shared_ptr<ListPackage> package(new ListPackage);
  package->system_ = system;
  package->directory_ = directory;
  auto text = sys::read_file(directory + "/" + system->list_file(), kMaxListBytes);
  if (!text) return fail(system->list_file(), text.error().message());
  package->text_ = std::move(*text);
  std::string reason;
  auto listing = system->parse(package->text_, &reason);
  if (!listing) return fail(system->list_file(), reason);
  package->listing_ = std::move(*listing);

  if (package->listing_.version.version.empty() && system->version_may_be_apart()) {
    const auto apart = sys::read_file(directory + "/" + system->version_file(), kMaxListBytes);
    if (!apart && apart.error() != errc::not_found)
      return fail(system->version_file(), apart.error().message());
    if (apart) {
      auto version = system->parse_version(*apart, &reason);
      if (!version) return fail(system->version_file(), reason);
      package->listing_.version = std::move(*version);
    }
  }
  const Digest digest = digest::sha256(std::as_bytes(std::span(package->text_)));
  package->id_ = digest::to_hex(std::span(digest.bytes).first(8));
  return package;
}

std::optional<std::uint32_t> ListPackage::find(const Entry& entry) const {
  if (entry.route != Route::listed) return std::nullopt;
  const std::size_t i = listing_.files.index_of(entry.home);
  if (i == listing_.files.size()) return std::nullopt;
  const lists::ListedFile file = listing_.files[i];
  if (file.tag != entry.query || file.size != entry.size) return std::nullopt;
  return static_cast<std::uint32_t>(i);
}

std::string ListPackage::place_of(std::uint32_t file) const {
  return directory_ + "/" + system_->name_on_disk(listing_.files[file].path);
}

bool ListPackage::holds(const Entry& entry) const noexcept {
  return size_of(entry).has_value();
}

std::optional<std::uint64_t> ListPackage::size_of(const Entry& entry) const noexcept try {
  const auto file = find(entry);
  if (!file) return std::nullopt;
  const auto status = sys::FileSystem::real().status(place_of(*file));
  if (!status || (entry.size && status->size_bytes != *entry.size)) return std::nullopt;
  return status->size_bytes;
} catch (const std::exception&) {
  return std::nullopt;
}

Result<Blob> ListPackage::lend(const Entry& entry) noexcept try {
  const auto file = find(entry);
  if (!file) return errc::not_found;
  auto blob = open_files_.lend(*file, entry.checksum,
                               [&] { return sys::lend_file(place_of(*file), Source::bundle); });
  if (blob && entry.size && blob->size() != *entry.size) return errc::damaged;
  return blob;
} catch (const std::exception&) {
  return make_error_code(errc::io);
}

}  // namespace larder::compat
