#include "publish/seen_files.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <exception>
#include <span>
#include <type_traits>

#include "digest/hex.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

// magic, records, XXH3 of all before. A record: mark, digest, length of the path, path.
constexpr std::string_view kMagic = "larder seen files 1\n";
constexpr std::size_t kSumBytes = 8;
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

template <class T>
void append(std::string& text, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool take(std::string_view& text, T& value) {
  if (text.size() < sizeof value) return false;
  std::memcpy(&value, text.data(), sizeof value);
  text.remove_prefix(sizeof value);
  return true;
}

std::uint64_t sum_of(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

std::string path_of(const std::string& directory, const std::string& tree) {
  const std::uint64_t name = sum_of(tree);
  return directory + "/seen-" + digest::to_hex(std::as_bytes(std::span(&name, 1)));
}

}  // namespace

SeenFiles SeenFiles::load(const std::string& directory, const std::string& tree,
                          sys::FileSystem& fs) noexcept try {
  const auto file = sys::read_file(path_of(directory, tree), kMaxBytes, fs);
  if (!file || !file->starts_with(kMagic) || file->size() < kMagic.size() + kSumBytes) return {};
  std::string_view text = *file;
  std::string_view sum = text.substr(text.size() - kSumBytes);
  text.remove_suffix(kSumBytes);
  std::uint64_t expected = 0;
  if (!take(sum, expected) || sum_of(text) != expected) return {};
  text.remove_prefix(kMagic.size());
  SeenFiles files;
  while (!text.empty()) {
    Seen seen;
    std::uint32_t length = 0;
    if (!take(text, seen.mark) || !take(text, seen.digest) || !take(text, length) ||
        length > text.size())
      return {};
    files.files_.insert_or_assign(std::string(text.substr(0, length)), seen);
    text.remove_prefix(length);
  }
  return files;
} catch (const std::exception&) {
  return {};
}

Result<void> SeenFiles::save(const std::string& directory, const std::string& tree,
                             sys::FileSystem& fs) const noexcept try {
  std::string text(kMagic);
  for (const auto& [path, seen] : files_) {
    append(text, seen.mark);
    append(text, seen.digest);
    append(text, static_cast<std::uint32_t>(path.size()));
    text += path;
  }
  append(text, sum_of(text));
  return sys::replace_file(path_of(directory, tree), text, fs);
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::optional<Digest> SeenFiles::find(std::string_view path, const FileMark& mark) const {
  const auto found = files_.find(path);
  if (found == files_.end() || found->second.mark != mark) return std::nullopt;
  return found->second.digest;
}

void SeenFiles::add(std::string path, const FileMark& mark, const Digest& digest) {
  files_.insert_or_assign(std::move(path), Seen{mark, digest});
}

}  // namespace larder::publish
