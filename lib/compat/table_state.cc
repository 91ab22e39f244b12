#include "compat/table_state.h"

#include <boost/json.hpp>
#include <chrono>
#include <span>
#include <utility>

#include "digest/hash.h"
#include "digest/hex.h"
#include "sys/files.h"
#include "sys/lock_file.h"

namespace larder::compat {
namespace {

constexpr std::string_view kCurrent = "current.json";
constexpr std::string_view kTablePrefix = "table-";
constexpr std::string_view kNamesPrefix = "names-";
constexpr std::string_view kLock = "lock";
constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::uint64_t kMaxStateBytes = 64u << 10;
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20;

std::string text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Names its file by content, so that a table is never replaced in place.
std::string table_name_for(std::string_view table) {
  const Digest digest = digest::sha256(std::as_bytes(std::span(table)));
  return std::string(kTablePrefix) + digest::to_hex(std::span(digest.bytes).first(8));
}

std::string names_name_for(std::string_view table_file) {
  return std::string(kNamesPrefix) + std::string(table_file.substr(kTablePrefix.size()));
}

}  // namespace

std::string TableState::path_of(std::string_view name) const {
  return directory_ + "/" + std::string(name);
}

TableState::Current TableState::load() const {
  Current current;
  if (directory_.empty()) return current;
  const auto text = sys::read_file(path_of(kCurrent), kMaxStateBytes, fs_);
  if (!text) return current;
  boost::system::error_code error;
  const auto value = boost::json::parse(*text, error);
  if (error || !value.is_object()) return current;
  const auto& object = value.get_object();
  current.id = text_of(object, "id");
  current.bundle_id = text_of(object, "bundle_id");
  current.etag = text_of(object, "etag");
  current.table_file = text_of(object, "table_file");
  if (const auto* at = object.if_contains("checked_at"); at && at->is_int64())
    current.checked_at = at->get_int64();
  // A name is only a name here, never a way out of the directory.
  if (!current.table_file.starts_with(kTablePrefix) ||
      current.table_file.find('/') != std::string::npos)
    current.table_file.clear();
  return current;
}

Result<std::string> TableState::load_table(const Current& current) const {
  if (directory_.empty() || current.table_file.empty()) return errc::not_found;
  return sys::read_file(path_of(current.table_file), kMaxTableBytes, fs_);
}

Result<std::string> TableState::load_names(const Current& current) const {
  if (directory_.empty() || current.table_file.empty()) return errc::not_found;
  return sys::read_file(path_of(names_name_for(current.table_file)), kMaxTableBytes, fs_);
}

Result<void> TableState::save(Current& current, std::string_view table) {
  if (directory_.empty()) return {};
  if (const auto made = sys::make_directories(directory_, fs_); !made) return made;
  const auto lock = sys::lock_file(fs_, path_of(kLock), kPatience);
  if (!lock) return lock.error();
  std::string name = table_name_for(table);
  if (const auto written = sys::replace_file(path_of(name), table, fs_); !written) return written;
  current.table_file = std::move(name);
  const auto saved = save(current);
  if (saved) remove_other_files(current);
  return saved;
}

Result<void> TableState::save(const Current& current) {
  if (directory_.empty()) return {};
  if (const auto made = sys::make_directories(directory_, fs_); !made) return made;
  const boost::json::object object{{"format", 1},
                                   {"id", current.id},
                                   {"bundle_id", current.bundle_id},
                                   {"etag", current.etag},
                                   {"checked_at", current.checked_at},
                                   {"table_file", current.table_file}};
  return sys::replace_file(path_of(kCurrent), boost::json::serialize(object) + "\n", fs_);
}

Result<void> TableState::save_names(const Current& current, std::string_view names) {
  if (directory_.empty() || current.table_file.empty()) return {};
  return sys::replace_file(path_of(names_name_for(current.table_file)), names, fs_);
}

void TableState::remove_other_files(const Current& current) noexcept {
  const auto names = fs_.list(directory_);
  if (!names) return;
  for (const std::string& name : *names) {
    const bool ours = name.starts_with(kTablePrefix) || name.starts_with(kNamesPrefix);
    if (ours && name != current.table_file && name != names_name_for(current.table_file))
      static_cast<void>(fs_.remove(path_of(name)));
  }
}

}  // namespace larder::compat
