#include "publish/origin_directory.h"

#include <exception>
#include <filesystem>

#include "filetable/origin_names.h"
#include "sys/files.h"
#include "sys/lock_file.h"

namespace larder::publish {
namespace {

std::error_code out_of_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

Result<std::unique_ptr<OriginDirectory>> OriginDirectory::open(const std::string& path,
                                                               sys::FileSystem& fs) noexcept try {
  std::unique_ptr<OriginDirectory> origin(new OriginDirectory(path, fs));
  if (const auto prepared = origin->prepare(); !prepared) return prepared.error();
  return origin;
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OriginDirectory::prepare() {
  if (const auto made = sys::make_directories(own_directory(), fs_); !made) return made;
  auto lock = sys::lock_file(fs_, own_directory() + "/lock", std::chrono::milliseconds(0));
  if (!lock) return lock.error();
  lock_ = std::move(*lock);
  clear_staging();
  return fs_.make_directories(staging_directory());
}

OriginDirectory::~OriginDirectory() {
  if (lock_) clear_staging();
}

void OriginDirectory::clear_staging() noexcept try {
  std::error_code ignored;
  std::filesystem::remove_all(staging_directory(), ignored);
} catch (const std::exception&) {  // the next publisher clears it away
}

std::optional<std::uint64_t> OriginDirectory::size_of(const std::string& name) const {
  {
    std::lock_guard lock(mutex_);
    const auto staged = staged_.find(name);
    if (staged != staged_.end()) return staged->second;
  }
  return placed_size(name);
}

std::optional<std::uint64_t> OriginDirectory::placed_size(const std::string& name) const {
  {
    std::lock_guard lock(mutex_);
    const auto [known, is_new] = placed_directories_.try_emplace(directory_of(name));
    if (is_new) known->second = fs_.exists(path_ + "/" + known->first);
    if (!known->second) return std::nullopt;
  }
  const auto status = fs_.status(path_ + "/" + name);
  if (!status) return std::nullopt;
  return status->size_bytes;
}

Result<std::string> OriginDirectory::read(const std::string& name, std::uint64_t limit) const {
  return sys::read_file(path_ + "/" + name, limit, fs_);
}

std::string OriginDirectory::next_draft_path() {
  std::lock_guard lock(mutex_);
  return staging_directory() + "/" + std::to_string(drafts_++);
}

Result<bool> OriginDirectory::claim(const std::string& name, std::uint64_t bytes) {
  if (placed_size(name)) return false;
  std::string directory = directory_of(name);
  std::lock_guard lock(mutex_);
  if (!staged_directories_.contains(directory)) {
    if (const auto made = fs_.make_directories(staged_path(directory)); !made) return made.error();
    staged_directories_.insert(std::move(directory));
  }
  if (!staged_.try_emplace(name, bytes).second) return false;
  ++new_files_;
  new_bytes_ += bytes;
  return true;
}

void OriginDirectory::disclaim(const std::string& name) noexcept {
  std::lock_guard lock(mutex_);
  const auto staged = staged_.find(name);
  --new_files_;
  new_bytes_ -= staged->second;
  staged_.erase(staged);
  has_failed_ = true;
}

Result<void> OriginDirectory::put(const std::string& name,
                                  std::span<const std::byte> bytes) noexcept try {
  const auto claimed = claim(name, bytes.size());
  if (!claimed) return claimed.error();
  if (!*claimed) return {};
  auto file = fs_.open(staged_path(name), sys::Open::create_new);
  const auto written = file ? (*file)->write_at(0, bytes) : Result<void>(file.error());
  if (!written) disclaim(name);
  return written;
} catch (const std::exception&) {
  return out_of_memory();
}

Result<std::unique_ptr<OriginDirectory::Draft>> OriginDirectory::draft() noexcept try {
  std::string path = next_draft_path();
  auto file = fs_.open(path, sys::Open::create_new);
  if (!file) return file.error();
  return std::make_unique<Draft>(*this, std::move(path), std::move(*file));
} catch (const std::exception&) {
  return out_of_memory();
}

OriginDirectory::Draft::~Draft() {
  if (!path_.empty()) (void)origin_.fs_.remove(path_);
}

Result<void> OriginDirectory::Draft::write(std::span<const std::byte> bytes) noexcept {
  if (const auto written = file_->write_at(written_, bytes); !written) return written;
  written_ += bytes.size();
  return {};
}

Result<void> OriginDirectory::Draft::keep(const std::string& name) noexcept try {
  file_.reset();
  const auto claimed = origin_.claim(name, written_);
  if (!claimed) return claimed.error();
  if (!*claimed) return {};
  const auto moved = origin_.fs_.rename(path_, origin_.staged_path(name));
  if (moved)
    path_.clear();
  else
    origin_.disclaim(name);
  return moved;
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OriginDirectory::commit() noexcept try {
  std::lock_guard lock(mutex_);
  if (staged_.empty()) return {};
  if (const auto synced = fs_.sync_all(path_); !synced) return synced;
  Moved moved;
  for (const auto& [name, bytes] : staged_)
    if (const auto placed = place(name, moved); !placed) return placed;
  staged_.clear();
  staged_directories_.clear();
  placed_directories_.clear();
  return fs_.sync_all(path_);
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OriginDirectory::place(const std::string& name, Moved& moved) {
  if (has_failed_) {
    const auto made = fs_.make_directories(path_ + "/" + directory_of(name));
    return made ? fs_.rename(staged_path(name), path_ + "/" + name) : made;
  }
  for (std::size_t end = name.find('/'); end != name.npos; end = name.find('/', end + 1)) {
    const auto [directory, is_new] = moved.try_emplace(name.substr(0, end));
    const std::string place = path_ + "/" + directory->first;
    if (is_new && !fs_.exists(place)) {
      directory->second = true;
      return fs_.rename(staged_path(directory->first), place);
    }
    if (directory->second) return {};
  }
  return fs_.rename(staged_path(name), path_ + "/" + name);
}

Result<void> OriginDirectory::put_head(std::string_view channel, std::string_view document) noexcept
    try {
  const std::string place = path_ + "/" + filetable::head_path(channel);
  if (const auto made = sys::make_directories(directory_of(place), fs_); !made) return made;
  return sys::replace_file(place, document, fs_);
} catch (const std::exception&) {
  return out_of_memory();
}

std::uint64_t OriginDirectory::new_files() const {
  std::lock_guard lock(mutex_);
  return new_files_;
}

std::uint64_t OriginDirectory::new_bytes() const {
  std::lock_guard lock(mutex_);
  return new_bytes_;
}

}  // namespace larder::publish
