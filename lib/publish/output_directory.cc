#include "publish/output_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <filesystem>
#include <set>
#include <utility>

namespace larder::publish {
namespace {

constexpr std::size_t kCompareBytes = 16 << 10;

std::error_code out_of_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code last_error() noexcept {
  return {errno, std::generic_category()};
}

}  // namespace

OutputFile::OutputFile(OutputDirectory& directory, std::string name,
                       std::unique_ptr<sys::File> previous, std::uint64_t previous_bytes)
    : directory_(directory),
      name_(std::move(name)),
      previous_(std::move(previous)),
      previous_bytes_(previous_bytes),
      existed_(previous_ != nullptr) {}

bool OutputFile::continues_previous(std::span<const std::byte> bytes) noexcept {
  if (!previous_ || previous_bytes_ - written_bytes_ < bytes.size()) return false;
  std::array<std::byte, kCompareBytes> there;
  std::uint64_t at = written_bytes_;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), there.size()));
    const auto done = previous_->read_at(at, std::span(there).first(part.size()));
    // What cannot be read, a directory for instance, is not the same.
    if (!done || *done != part.size() || std::memcmp(there.data(), part.data(), part.size()) != 0)
      return false;
    at += part.size();
    bytes = bytes.subspan(part.size());
  }
  return true;
}

/// Begins to write aside, with what has been found equal so far.
Result<void> OutputFile::stage() noexcept try {
  staged_path_ = directory_.next_staged_path();
  auto file = directory_.fs_.open(staged_path_, sys::Open::create_new);
  if (!file) return file.error();
  staged_ = std::move(*file);
  changed_ = true;
  std::array<std::byte, kCompareBytes> part;
  for (std::uint64_t at = 0; at < written_bytes_;) {
    const auto wanted = std::min<std::uint64_t>(part.size(), written_bytes_ - at);
    const auto done = previous_->read_at(at, std::span(part).first(wanted));
    if (!done) return done.error();
    if (*done == 0) return errc::io;  // it shrank under our hands
    if (const auto put = staged_->write_at(at, std::span(part).first(*done)); !put) return put;
    at += *done;
  }
  previous_.reset();
  return {};
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OutputFile::write(std::span<const std::byte> bytes) noexcept {
  if (!staged_ && !continues_previous(bytes))
    if (const auto begun = stage(); !begun) return begun;
  if (staged_)
    if (const auto put = staged_->write_at(written_bytes_, bytes); !put) return put;
  written_bytes_ += bytes.size();
  return {};
}

Result<void> OutputFile::finish(bool durable) noexcept try {
  if (!staged_ && previous_ && previous_bytes_ == written_bytes_) return {};
  if (!staged_)
    if (const auto begun = stage(); !begun) return begun;
  std::lock_guard lock(directory_.mutex_);
  directory_.finished_.push_back({name_, staged_path_, durable ? std::move(staged_) : nullptr});
  return {};
} catch (const std::exception&) {
  return out_of_memory();
}

OutputDirectory::OutputDirectory(std::string path, sys::FileSystem& fs)
    : path_(std::move(path)), fs_(fs) {}

Result<std::unique_ptr<OutputDirectory>> OutputDirectory::open(const std::string& path,
                                                               sys::FileSystem& fs) noexcept try {
  std::unique_ptr<OutputDirectory> directory(new OutputDirectory(path, fs));
  if (const auto prepared = directory->prepare(); !prepared) return prepared.error();
  return directory;
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OutputDirectory::prepare() {
  for (std::filesystem::path above = path_; !above.empty() && !fs_.exists(above.string());
       above = above.parent_path())
    made_directories_.insert(made_directories_.begin(), above.string());
  if (const auto made = fs_.make_directories(path_); !made) return made;
  Descriptor lock(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) return last_error();
  // File systems that cannot lock do not keep anybody from packing.
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return errc::busy;
  lock_ = std::move(lock);
  return make_staging();
}

Result<void> OutputDirectory::make_staging() {
  clear_staging();
  // Not by way of fs_, whose errors say less: here it shows that a directory cannot be written to.
  if (::mkdir(staging_directory().c_str(), 0777) != 0) return last_error();
  return {};
}

OutputDirectory::~OutputDirectory() {
  if (lock_) clear_staging();
  if (committed_) return;
  std::error_code ignored;
  for (auto made = made_directories_.rbegin(); made != made_directories_.rend(); ++made)
    std::filesystem::remove(*made, ignored);  // only if empty
}

void OutputDirectory::clear_staging() noexcept try {
  const std::string staging = staging_directory();
  if (!fs_.exists(staging)) return;
  std::error_code ignored;
  std::filesystem::remove_all(staging, ignored);
} catch (const std::exception&) {  // the next run clears it away
}

std::string OutputDirectory::staging_directory() const {
  return path_ + "/" + std::string(kStagingName);
}

std::string OutputDirectory::next_staged_path() {
  std::lock_guard lock(mutex_);
  return staging_directory() + "/" + std::to_string(staged_files_++);
}

std::string OutputDirectory::final_path(const std::string& name) const {
  return path_ + "/" + name;
}

Result<std::unique_ptr<OutputFile>> OutputDirectory::create(const std::string& name) noexcept try {
  std::uint64_t bytes = 0;
  std::unique_ptr<sys::File> previous;
  if (auto opened = fs_.open(final_path(name), sys::Open::read)) {
    const auto size = (*opened)->size();
    if (!size) return size.error();
    bytes = *size;
    previous = std::move(*opened);
  }  // else there is none, or it cannot be read: it is replaced in either case
  return std::make_unique<OutputFile>(*this, name, std::move(previous), bytes);
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OutputDirectory::put(const std::string& name, std::string_view content) noexcept {
  const auto file = create(name);
  if (!file) return file.error();
  if (const auto put = (*file)->write(std::as_bytes(std::span(content))); !put) return put;
  return (*file)->finish(true);
}

Result<void> OutputDirectory::start_over() noexcept try {
  finished_.clear();
  return make_staging();
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OutputDirectory::commit(Sync sync) noexcept try {
  // All at once, for the first one pays for the others.
  for (const Finished& file : finished_)
    if (file.unsynced)
      if (const auto synced = file.unsynced->sync(); !synced) return synced;
  if (sync == Sync::everything && !finished_.empty())
    if (const auto synced = fs_.sync_all(path_); !synced) return synced;
  if (const auto renamed = rename_all(); !renamed) return renamed;
  committed_ = true;
  if (finished_.empty()) return {};
  return sync == Sync::everything ? fs_.sync_all(path_) : fs_.sync_directory(path_);
} catch (const std::exception&) {
  return out_of_memory();
}

Result<void> OutputDirectory::rename_all() {
  std::set<std::string_view> folders;
  for (const Finished& file : finished_) {
    const std::size_t slash = file.name.rfind('/');
    if (slash != file.name.npos &&
        folders.insert(std::string_view(file.name).substr(0, slash)).second)
      if (const auto made = fs_.make_directories(final_path(file.name.substr(0, slash))); !made)
        return made;
    if (const auto moved = fs_.rename(file.staged_path, final_path(file.name)); !moved)
      return moved;
  }
  return {};
}

std::size_t OutputDirectory::changed_files() const {
  std::lock_guard lock(mutex_);
  return finished_.size();
}

}  // namespace larder::publish
