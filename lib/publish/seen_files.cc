#include "publish/seen_files.h"

#include <exception>

#include "publish/sealed_text.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

// Sealed records: mark, digest, length of the path, path.
constexpr std::string_view kMagic = "larder seen files 1\n";
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

std::string path_of(const std::string& directory, const std::string& tree) {
  return directory + "/seen-" + name_after(tree);
}

}  // namespace

SeenFiles SeenFiles::load(const std::string& directory, const std::string& tree,
                          sys::FileSystem& fs) noexcept try {
  const auto file = sys::read_file(path_of(directory, tree), kMaxBytes, fs);
  const auto records = file ? open_sealed(*file, kMagic) : std::nullopt;
  if (!records) return {};
  std::string_view text = *records;
  SeenFiles files;
  while (!text.empty()) {
    Seen seen;
    std::uint32_t length = 0;
    if (!take_value(text, seen.mark) || !take_value(text, seen.digest) ||
        !take_value(text, length) || length > text.size())
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
    append_value(text, seen.mark);
    append_value(text, seen.digest);
    append_value(text, static_cast<std::uint32_t>(path.size()));
    text += path;
  }
  seal(text);
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
