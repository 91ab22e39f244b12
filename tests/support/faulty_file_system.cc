#include "support/faulty_file_system.h"

#include <atomic>
#include <limits>
#include <mutex>
#include <utility>

namespace larder::test {

struct FaultyFileSystem::Control {
  /// The error that the next operation is to end with; none: it runs.
  std::error_code next(bool changes) noexcept {
    std::lock_guard lock(mutex);
    if (changes_only && !changes) return {};
    if (left == 0) {
      if (faults == Faults::once) left = kNever;
      failed = true;
      return error;
    }
    if (left != kNever) --left;
    return {};
  }

  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  std::mutex mutex;
  std::uint64_t left = kNever;
  errc error = errc::io;
  Faults faults = Faults::once;
  bool changes_only = false;
  bool failed = false;
};

namespace {

class FaultyFile final : public sys::File {
 public:
  FaultyFile(std::unique_ptr<sys::File> below, std::shared_ptr<FaultyFileSystem::Control> control)
      : below_(std::move(below)), control_(std::move(control)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) noexcept override {
    if (const auto error = control_->next(false)) return error;
    return below_->read_at(offset, into);
  }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) noexcept override {
    const auto error = control_->next(true);
    if (!error) return below_->write_at(offset, bytes);
    (void)below_->write_at(offset, bytes.first(bytes.size() / 2));
    return error;
  }
  Result<void> sync() noexcept override {
    if (const auto error = control_->next(true)) return error;
    return below_->sync();
  }
  Result<void> resize(std::uint64_t size) noexcept override {
    if (const auto error = control_->next(true)) return error;
    return below_->resize(size);
  }
  [[nodiscard]] Result<std::uint64_t> size() noexcept override {
    if (const auto error = control_->next(false)) return error;
    return below_->size();
  }
  Result<std::unique_ptr<sys::Mapping>> map(std::uint64_t length) noexcept override {
    if (const auto error = control_->next(false)) return error;
    return below_->map(length);
  }
  void use_large_page(std::uint64_t offset) noexcept override { below_->use_large_page(offset); }
  Result<bool> try_lock() noexcept override {
    if (const auto error = control_->next(false)) return error;
    return below_->try_lock();
  }

 private:
  std::unique_ptr<sys::File> below_;
  std::shared_ptr<FaultyFileSystem::Control> control_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem(sys::FileSystem& below)
    : below_(below), control_(std::make_shared<Control>()) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::fail_at(std::uint64_t n, errc error, Faults faults) noexcept {
  std::lock_guard lock(control_->mutex);
  control_->left = n;
  control_->error = error;
  control_->faults = faults;
  control_->failed = false;
}

void FaultyFileSystem::only_changes(bool value) noexcept {
  std::lock_guard lock(control_->mutex);
  control_->changes_only = value;
}

void FaultyFileSystem::heal() noexcept {
  fail_at(Control::kNever);
}

bool FaultyFileSystem::failed() const noexcept {
  std::lock_guard lock(control_->mutex);
  return control_->failed;
}

Result<std::unique_ptr<sys::File>> FaultyFileSystem::open(const std::string& path,
                                                          sys::Open mode) noexcept {
  const bool changes =
      mode == sys::Open::create_new || (mode == sys::Open::create && !below_.exists(path));
  if (const auto error = control_->next(changes)) return error;
  auto file = below_.open(path, mode);
  if (!file) return file.error();
  return std::unique_ptr<sys::File>(std::make_unique<FaultyFile>(std::move(*file), control_));
}

Result<void> FaultyFileSystem::rename(const std::string& from, const std::string& to) noexcept {
  if (const auto error = control_->next(true)) return error;
  return below_.rename(from, to);
}

Result<void> FaultyFileSystem::remove(const std::string& path) noexcept {
  if (const auto error = control_->next(true)) return error;
  return below_.remove(path);
}

Result<void> FaultyFileSystem::make_directories(const std::string& path) noexcept {
  if (const auto error = control_->next(true)) return error;
  return below_.make_directories(path);
}

Result<void> FaultyFileSystem::sync_directory(const std::string& path) noexcept {
  if (const auto error = control_->next(true)) return error;
  return below_.sync_directory(path);
}

Result<void> FaultyFileSystem::sync_all(const std::string& path) noexcept {
  if (const auto error = control_->next(true)) return error;
  return below_.sync_all(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& path) noexcept {
  if (const auto error = control_->next(false)) return error;
  return below_.list(path);
}

Result<sys::FileStatus> FaultyFileSystem::status(const std::string& path) noexcept {
  if (const auto error = control_->next(false)) return error;
  return below_.status(path);
}

bool FaultyFileSystem::exists(const std::string& path) noexcept {
  return below_.exists(path);
}

}  // namespace larder::test
