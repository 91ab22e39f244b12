#include "publish/plain_files.h"

#include <unistd.h>

#include <cstdint>

#include "publish/sealed_text.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

// Sealed records: length of the path, path.
constexpr std::string_view kMagic = "larder plain files 1\n";
constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

/// Whether a file cannot be called `path` beside files with the others' names.
bool collides(const std::string& path, const PlainFiles::Paths& others) {
  const auto below = others.lower_bound(path + "/");
  if (below != others.end() && below->starts_with(path + "/")) return true;
  for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
    if (others.contains(std::string_view(path).substr(0, slash))) return true;
  return false;
}

}  // namespace

PlainFiles::Paths PlainFiles::load() const {
  const auto file = sys::read_file(record_, kMaxBytes, fs_);
  const auto records = file ? open_sealed(*file, kMagic) : std::nullopt;
  if (!records) return {};
  std::string_view text = *records;
  Paths paths;
  while (!text.empty()) {
    std::uint32_t length = 0;
    if (!take_value(text, length) || length > text.size()) return {};
    paths.emplace_hint(paths.end(), text.substr(0, length));
    text.remove_prefix(length);
  }
  return paths;
}

Result<void> PlainFiles::save(const Paths& paths) {
  std::string text(kMagic);
  for (const std::string& path : paths) {
    append_value(text, static_cast<std::uint32_t>(path.size()));
    text += path;
  }
  seal(text);
  return sys::replace_file(record_, text, fs_);
}

Result<void> PlainFiles::remove(const std::string& path) {
  const std::string place = origin_ + "/" + path;
  if (const auto removed = fs_.remove(place); !removed && removed.error() != errc::not_found)
    return removed;
  // Folders go with their last file. What is a file by now stays.
  for (std::size_t slash = path.rfind('/'); slash != path.npos; slash = path.rfind('/', slash - 1))
    if (::rmdir((origin_ + "/" + path.substr(0, slash)).c_str()) != 0) break;
  return {};
}

Result<void> PlainFiles::make_way(const Paths& paths) {
  const Paths old = load();
  Paths all = old;
  all.insert(paths.begin(), paths.end());
  // First of all: whatever happens next, nothing is there that is not known.
  if (all.size() != old.size())
    if (const auto saved = save(all); !saved) return saved;
  for (const std::string& path : old)
    if (!paths.contains(path) && collides(path, paths))
      if (const auto removed = remove(path); !removed) return removed;
  return {};
}

Result<void> PlainFiles::settle(const Paths& paths) {
  const Paths old = load();
  if (old == paths) return {};
  for (const std::string& path : old)
    if (!paths.contains(path) && !collides(path, paths))
      if (const auto removed = remove(path); !removed) return removed;
  return save(paths);
}

}  // namespace larder::publish
