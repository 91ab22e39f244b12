#include "bundle/laya_directory.h"

#include <algorithm>
#include <cstdio>
#include <exception>

#include "digest/hash.h"
#include "digest/hex.h"
#include "sys/file_system.h"
#include "sys/files.h"

namespace larder::bundle {
namespace {

constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t kMaxIdBytes = 4096;

bool has_table(const std::string& directory) {
  auto& fs = sys::FileSystem::real();
  return fs.exists(directory + "/filetable.bin") || fs.exists(directory + "/filetable.txt");
}

/// The directory with the table, at or below `path`; empty if there is none or the choice is open.
std::string locate(const std::string& path, std::string_view host_path) {
  if (has_table(path)) return path;
  const std::string cache = path + "/cache";
  if (!host_path.empty()) {
    std::string named = cache + "/" + std::string(host_path);
    if (has_table(named)) return named;
  }
  std::string only;
  const auto names = sys::FileSystem::real().list(cache);
  if (!names) return {};
  for (const std::string& name : *names) {
    const std::string candidate = cache + "/" + name;
    if (!has_table(candidate)) continue;
    if (!only.empty()) return {};
    only = candidate;
  }
  return only;
}

/// The path id that a content file's name stands for.
std::optional<std::uint32_t> path_id_of(const std::string& name) noexcept {
  std::byte bytes[4];
  if (!digest::from_hex(name, bytes)) return std::nullopt;
  std::uint32_t id = 0;
  for (const std::byte b : bytes) id = id << 8 | std::to_integer<std::uint32_t>(b);
  return id;
}

std::string file_name_of(std::uint32_t path_id) {
  char name[9];
  std::snprintf(name, sizeof name, "%08x", path_id);
  return name;
}

std::string trimmed(std::string text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::error_code fail(std::string* why, std::string sentence) {
  if (why) *why = std::move(sentence);
  return errc::bad_bundle;
}

}  // namespace

Result<std::unique_ptr<LayaDirectory>> LayaDirectory::open(const std::string& path,
                                                           std::string_view host_path,
                                                           std::string* why) noexcept try {
  std::unique_ptr<LayaDirectory> bundle(new LayaDirectory);
  bundle->directory_ = locate(path, host_path);
  if (bundle->directory_.empty())
    return fail(why,
                path + ": no filetable.bin or filetable.txt there, nor in exactly one folder of " +
                    path + "/cache");
  const std::string& directory = bundle->directory_;

  auto table = sys::read_file(directory + "/filetable.bin", kMaxTableBytes);
  if (!table && table.error() == errc::not_found)
    table = sys::read_file(directory + "/filetable.txt", kMaxTableBytes);
  if (!table)
    return fail(why, directory + ": the filetable cannot be read: " + table.error().message());
  bundle->table_file_ = std::move(*table);

  auto id = sys::read_file(directory + "/assetsid.txt", kMaxIdBytes);
  if (id) bundle->id_ = trimmed(std::move(*id));
  if (bundle->id_.empty()) bundle->id_ = file_name_of(digest::crc32(bundle->table_file_));

  const auto names = sys::FileSystem::real().list(directory);
  if (!names) return fail(why, directory + ": cannot be listed: " + names.error().message());
  for (const std::string& name : *names)
    if (const auto path_id = path_id_of(name)) bundle->ids_.push_back(*path_id);
  std::sort(bundle->ids_.begin(), bundle->ids_.end());
  return bundle;
} catch (const std::exception&) {
  return make_error_code(errc::bad_bundle);
}

Result<std::string> LayaDirectory::names_file() const noexcept {
  return sys::read_file(directory_ + "/allfiles.txt", kMaxTableBytes);
}

bool LayaDirectory::holds(std::uint32_t path_id) const noexcept {
  return std::binary_search(ids_.begin(), ids_.end(), path_id);
}

std::optional<std::uint64_t> LayaDirectory::size_of(std::uint32_t path_id) const noexcept try {
  if (!holds(path_id)) return std::nullopt;
  const auto status = sys::FileSystem::real().status(directory_ + "/" + file_name_of(path_id));
  return status ? std::optional(status->size_bytes) : std::nullopt;
} catch (const std::exception&) {
  return std::nullopt;
}

Result<Blob> LayaDirectory::file(std::uint32_t path_id) const noexcept try {
  if (!holds(path_id)) return errc::not_found;
  return sys::lend_file(directory_ + "/" + file_name_of(path_id), Source::bundle);
} catch (const std::exception&) {
  return make_error_code(errc::io);
}

Result<Blob> LayaDirectory::lend(std::uint32_t path_id, const Checksum& expected) noexcept try {
  return open_files_.lend(path_id, expected, [&] { return file(path_id); });
} catch (const std::exception&) {
  return make_error_code(errc::io);
}

std::string laya_host_path(std::string_view url) {
  constexpr std::string_view kHttp = "http://";
  std::string text(url);
  if (const auto at = text.find(kHttp); at != std::string::npos) text.erase(at, kHttp.size());
  if (const auto question = text.find('?'); question != std::string::npos && question > 0)
    text.resize(question);
  if (const auto slash = text.rfind('/'); slash != std::string::npos && slash > 0)
    text.resize(slash);
  for (char& c : text) {
    if (c == ':') c = '.';
    if (c == '/' || c == '\\') c = '_';
  }
  return text;
}

}  // namespace larder::bundle
