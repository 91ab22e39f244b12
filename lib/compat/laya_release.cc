#include "compat/laya_release.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "digest/verifier.h"

namespace larder::compat {
namespace {

constexpr std::size_t kEscapeBuffer = 4096;

/// FNV-1a: names a version string inside a claim. Not a proof; the caller of the VFS chooses it.
std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

bool has_four_byte_utf8(std::string_view text) noexcept {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0xf0) return true;
  return false;
}

}  // namespace

LayaRelease::LayaRelease(LayaTraits traits, std::string id, filetable::LayaTable table)
    : LayaRelease(std::move(traits)) {
  id_ = std::move(id);
  table_ = std::move(table);
}

LayaRelease::LayaRelease(LayaTraits traits) : traits_(std::move(traits)) {
  for (const auto& bundle : traits_.bundles) lent_.push_back(bundle.get());
}

std::uint64_t LayaRelease::file_count() const noexcept {
  return table_ ? table_->size() : 0;
}

std::optional<LayaRelease::Row> LayaRelease::find(std::string_view path) const noexcept {
  const auto look_up = [this](std::uint32_t id) -> std::optional<Row> {
    if (const auto checksum = table_->find(id)) return Row{id, *checksum};
    return std::nullopt;
  };
  // The runtime hashes UTF-8, the packing tool CESU-8; they differ beyond the BMP only.
  const auto by_name = [&](std::string_view name) -> std::optional<Row> {
    if (auto row = look_up(filetable::laya_path_id(name))) return row;
    if (!has_four_byte_utf8(name)) return std::nullopt;
    return look_up(filetable::laya_path_id_cesu8(name));
  };
  if (auto row = by_name(path)) return row;
  // Tables packed with `-esc` have spaces as `%20`.
  std::array<char, kEscapeBuffer> buffer;
  const auto escaped = filetable::laya_escape_spaces(path, buffer);
  return !escaped || escaped->data() == path.data() ? std::nullopt : by_name(*escaped);
}

Entry LayaRelease::versioned(const PathRequest& request, std::string_view version) const noexcept {
  Entry entry;
  entry.route = Route::versioned;
  entry.key = ObjectKey::of_claim(traits_.scope, kLayaVersioned,
                                  filetable::laya_path_id(request.path), hash_of(version));
  entry.home = request.path;
  entry.query = request.query;
  return entry;
}

Result<Entry> LayaRelease::resolve(const PathRequest& request, Entry* /*page*/) const noexcept try {
  Entry entry;
  entry.home = request.path;
  if (request.kind == PathRequest::Kind::file_url) {
    entry.route = Route::file;
    return entry;
  }
  if (request.kind == PathRequest::Kind::foreign) {
    if (!traits_.origin) return errc::not_listed;
    entry.route = Route::transient;
    return entry;
  }

  if (request.has_query) {
    const std::string_view key = traits_.version_key;
    const bool keyed = !key.empty() && request.query.starts_with(key) &&
                       request.query.size() > key.size() && request.query[key.size()] == '=';
    const std::string_view version = keyed ? request.query.substr(key.size() + 1) : "";
    if (keyed && version != "0" && version.find('&') == std::string_view::npos)
      return versioned(request, version);
    if (!keyed || version != "0") {
      if (!traits_.origin) return errc::not_listed;
      entry.route = table_ ? Route::transient : Route::live;
      entry.query = request.query;
      return entry;
    }
  }
  if (!table_) {
    if (!traits_.origin) return errc::not_listed;
    entry.route = Route::live;
    return entry;
  }

  if (const auto row = find(request.path)) return listed(request.path, *row);
  if (traits_.ignore_case)
    if (auto like = find_like(request.path); like || like.error() != errc::not_listed) return like;
  if (!traits_.origin) return errc::not_listed;
  entry.route = Route::transient;
  return entry;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Entry LayaRelease::listed(std::string_view path, Row row) const noexcept {
  // The packing tool writes 1 for a checksum of 0: one name for both, or a repack would look
  // changed.
  const std::uint32_t checksum = row.checksum == 0 ? 1 : row.checksum;
  Entry entry;
  entry.home = path;
  entry.key = ObjectKey::of_claim(traits_.scope, kLayaListed, row.path_id, checksum);
  entry.checksum = digest::laya_checksum(row.checksum);
  return entry;
}

Result<Entry> LayaRelease::find_like(std::string_view path) const {
  const auto first = like(path);
  if (first.empty()) return errc::not_listed;
  if (first.size() > 1) return errc::ambiguous;
  const auto row = find(first.front().second);
  if (!row) return errc::not_listed;  // its path id stands for several files
  return listed(first.front().second, *row);
}

std::span<const LowerNames::Name> LayaRelease::like(std::string_view path) const {
  {
    std::lock_guard lock(names_mutex_);
    if (!names_) return {};
  }
  return lower_names_.like(path);
}

Result<std::vector<std::string>> LayaRelease::names_like(std::string_view path,
                                                         Entry* /*page*/) const noexcept try {
  std::vector<std::string> names;
  for (const auto& name : like(path)) names.emplace_back(name.second);
  if (names.empty()) return errc::not_listed;
  return names;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::shared_ptr<const filetable::NameList> LayaRelease::names() const noexcept {
  std::lock_guard lock(names_mutex_);
  return names_;
}

bool LayaRelease::has_names() const noexcept {
  return names() != nullptr;
}

bool LayaRelease::add_names(filetable::NameList names) const {
  if (!table_) return false;
  // Path ids of distinct names may collide, so there may be more names than rows, never fewer.
  if (names.size() < table_->size()) return false;
  bool all_listed = true;
  names.for_each([&](std::string_view name) {
    const std::uint32_t id = filetable::laya_path_id_cesu8(name);
    const auto ambiguous = table_->ambiguous_ids();
    all_listed = all_listed &&
                 (table_->find(id) || std::binary_search(ambiguous.begin(), ambiguous.end(), id));
  });
  if (!all_listed) return false;
  auto shared = std::make_shared<const filetable::NameList>(std::move(names));
  LowerNames lower_names;
  if (traits_.ignore_case) {
    shared->for_each([&](std::string_view name) { lower_names.add(name); });
    lower_names.sort();
  }
  std::lock_guard lock(names_mutex_);
  if (names_) return false;  // what views them goes on doing so
  lower_names_ = std::move(lower_names);
  names_ = std::move(shared);
  return true;
}

Result<std::vector<Listed>> LayaRelease::list(std::string_view directory, Entry* /*page*/) const {
  const auto known = names();
  if (!known) return errc::unsupported;
  return known->list(directory);
}

Result<bool> LayaRelease::is_directory(std::string_view path, Entry* /*page*/) const noexcept {
  const auto known = names();
  return known && known->is_directory(path);
}

std::optional<LayaClaim> laya_claim_of(const Entry& entry) noexcept {
  if (entry.route != Route::listed || entry.key.kind != ObjectKey::Kind::claim) return std::nullopt;
  std::uint64_t path_id = 0;
  std::memcpy(&path_id, entry.key.bytes.data() + 8, 8);
  return LayaClaim{static_cast<std::uint32_t>(path_id), digest::laya_value(entry.checksum)};
}

}  // namespace larder::compat
