#include "lists/file_list.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <utility>

#include "base/content_path.h"

namespace larder::lists {
namespace {

std::size_t hash_of(std::string_view path) noexcept {
  return std::hash<std::string_view>()(path);
}

}  // namespace

const char* FileList::Builder::add(const ListedFile& file) {
  if (const char* problem = content_path_problem(file.path)) return problem;
  if (file.tag.size() > std::numeric_limits<std::uint16_t>::max()) return "has too long a checksum";
  if (file.size == kUnknown) return "is too large";
  if (text_.size() + file.path.size() + file.tag.size() > std::numeric_limits<std::uint32_t>::max())
    return "does not fit into the list";
  files_.push_back(
      {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint16_t>(file.path.size()),
       static_cast<std::uint16_t>(file.tag.size()), file.size.value_or(kUnknown), file.archive});
  text_ += file.path;
  text_ += file.tag;
  return nullptr;
}

FileList FileList::Builder::build() {
  FileList list;
  list.text_ = std::move(text_);
  list.files_ = std::move(files_);
  const auto less = [&](const Row& a, const Row& b) { return list.path_of(a) < list.path_of(b); };
  auto& files = list.files_;
  if (!std::is_sorted(files.begin(), files.end(), less))
    std::stable_sort(files.begin(), files.end(), less);
  // Of equal ones the last stays.
  const auto kept = std::unique(files.rbegin(), files.rend(), [&](const Row& a, const Row& b) {
    return list.path_of(a) == list.path_of(b);
  });
  files.erase(files.begin(), kept.base());
  list.index();
  return list;
}

void FileList::index() {
  if (files_.empty()) return;
  slots_.assign(std::bit_ceil(files_.size() * 2), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    std::size_t slot = hash_of(path_of(files_[i])) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<std::uint32_t>(i + 1);
  }
}

ListedFile FileList::operator[](std::size_t i) const noexcept {
  const Row& row = files_[i];
  ListedFile file;
  file.path = path_of(row);
  file.tag = std::string_view(text_).substr(row.path_begins + row.path_bytes, row.tag_bytes);
  if (row.size != Builder::kUnknown) file.size = row.size;
  file.archive = row.archive;
  return file;
}

std::size_t FileList::index_of(std::string_view path) const noexcept {
  if (slots_.empty()) return files_.size();
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash_of(path) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::size_t i = slots_[slot] - 1;
    if (path_of(files_[i]) == path) return i;
  }
  return files_.size();
}

std::optional<ListedFile> FileList::find(std::string_view path) const noexcept {
  const std::size_t i = index_of(path);
  if (i == files_.size()) return std::nullopt;
  return (*this)[i];
}

bool FileList::is_directory(std::string_view path) const noexcept {
  return paths().is_directory(path);
}

Result<std::vector<Listed>> FileList::list(std::string_view directory) const {
  return paths().list(directory);
}

std::uint64_t FileList::total_bytes() const noexcept {
  std::uint64_t sum = 0;
  for (const Row& row : files_)
    if (row.size != Builder::kUnknown) sum += row.size;
  return sum;
}

}  // namespace larder::lists
