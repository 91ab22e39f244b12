#include "support/recording_file_system.h"

#include <filesystem>
#include <utility>

namespace larder::test {
namespace {

class RecordingFile final : public sys::File {
 public:
  RecordingFile(std::unique_ptr<sys::File> below, std::string path, DiskLog& log)
      : below_(std::move(below)), path_(std::move(path)), log_(log) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) noexcept override {
    return below_->read_at(offset, into);
  }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) noexcept override {
    auto done = below_->write_at(offset, bytes);
    if (done) log_.written(path_, offset, bytes);
    return done;
  }
  Result<void> sync() noexcept override {
    auto done = below_->sync();
    if (done) log_.synced(path_);
    return done;
  }
  Result<void> resize(std::uint64_t size) noexcept override {
    auto done = below_->resize(size);
    if (done) log_.resized(path_, size);
    return done;
  }
  [[nodiscard]] Result<std::uint64_t> size() noexcept override { return below_->size(); }
  Result<std::unique_ptr<sys::Mapping>> map(std::uint64_t length) noexcept override {
    return below_->map(length);
  }
  void use_large_page(std::uint64_t offset) noexcept override { below_->use_large_page(offset); }
  Result<bool> try_lock() noexcept override { return below_->try_lock(); }

 private:
  std::unique_ptr<sys::File> below_;
  std::string path_;
  DiskLog& log_;
};

}  // namespace

Result<std::unique_ptr<sys::File>> RecordingFileSystem::open(const std::string& path,
                                                             sys::Open mode) noexcept {
  const bool makes =
      (mode == sys::Open::create || mode == sys::Open::create_new) && !below_.exists(path);
  auto file = below_.open(path, mode);
  if (!file) return file.error();
  if (makes) log_.made(path);
  return std::unique_ptr<sys::File>(std::make_unique<RecordingFile>(std::move(*file), path, log_));
}

Result<void> RecordingFileSystem::rename(const std::string& from, const std::string& to) noexcept {
  auto done = below_.rename(from, to);
  if (done) log_.renamed(from, to);
  return done;
}

Result<void> RecordingFileSystem::remove(const std::string& path) noexcept {
  auto done = below_.remove(path);
  if (done) log_.removed(path);
  return done;
}

Result<void> RecordingFileSystem::make_directories(const std::string& path) noexcept {
  std::vector<std::filesystem::path> fresh;
  for (std::filesystem::path at = path; !below_.exists(at); at = at.parent_path())
    fresh.push_back(at);
  auto done = below_.make_directories(path);
  if (done)
    for (auto at = fresh.rbegin(); at != fresh.rend(); ++at) log_.made_directory(*at);
  return done;
}

Result<void> RecordingFileSystem::sync_directory(const std::string& path) noexcept {
  auto done = below_.sync_directory(path);
  if (done) log_.synced_directory(path);
  return done;
}

Result<void> RecordingFileSystem::sync_all(const std::string& path) noexcept {
  auto done = below_.sync_all(path);
  if (done) log_.synced_all();
  return done;
}

Result<std::vector<std::string>> RecordingFileSystem::list(const std::string& path) noexcept {
  return below_.list(path);
}

Result<sys::FileStatus> RecordingFileSystem::status(const std::string& path) noexcept {
  return below_.status(path);
}

bool RecordingFileSystem::exists(const std::string& path) noexcept {
  return below_.exists(path);
}

}  // namespace larder::test
