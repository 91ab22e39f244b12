#include "publish/origin_directory.h"

#include <exception>
#include <filesystem>
#include <set>

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
  if (const auto made = fs_.make_directories(own_directory()); !made) return made;
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
    if (staged != staged_.end()) return staged->second.bytes;
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

bool OriginDirectory::announce(const std::string& name, std::string path, std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  if (!staged_.try_emplace(name, Staged{std::move(path), bytes}).second) return false;
  ++new_files_;
  new_bytes_ += bytes;
  return true;
}

Result<void> OriginDirectory::put(const std::string& name,
                                  std::span<const std::byte> bytes) noexcept try {
  if (size_of(name)) return {};
  const auto file = draft();
  if (!file) return file.error();
  if (const auto written = (*file)->write(bytes); !written) return written;
  return (*file)->keep(name);
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
  if (!origin_.size_of(name) && origin_.announce(name, path_, written_)) path_.clear();
  return {};
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OriginDirectory::commit() noexcept try {
  std::lock_guard lock(mutex_);
  if (staged_.empty()) return {};
  if (const auto synced = fs_.sync_all(path_); !synced) return synced;
  std::set<std::string> directories;
  for (const auto& [name, staged] : staged_) {
    const std::string place = path_ + "/" + name;
    if (directories.insert(directory_of(place)).second)
      if (const auto made = fs_.make_directories(directory_of(place)); !made) return made;
    if (const auto moved = fs_.rename(staged.path, place); !moved) return moved;
  }
  staged_.clear();
  return fs_.sync_all(path_);
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OriginDirectory::put_head(std::string_view channel, std::string_view document) noexcept
    try {
  const std::string place = path_ + "/" + filetable::head_path(channel);
  if (const auto made = fs_.make_directories(directory_of(place)); !made) return made;
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
