// DiskWatch: how large a directory has been at most.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace larder::store {

/// Sizes of all files below `directory`; files that come or go meanwhile are in it or not.
inline std::map<std::string, std::uint64_t> files_in(const std::string& directory) {
  std::map<std::string, std::uint64_t> files;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(directory, error), end; at != end;
       at.increment(error)) {
    if (error) break;
    std::error_code gone;
    const auto size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) files[at->path().native()] = size;
  }
  return files;
}

inline std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t sum = 0;
  for (const auto& [path, size] : files_in(directory)) sum += size;
  return sum;
}

/// Looks again and again on a thread of its own. No look sees all files at the same moment, but
/// what two looks in a row saw was there between them.
class DiskWatch {
 public:
  explicit DiskWatch(std::string directory)
      : directory_(std::move(directory)), thread_([this] {
          auto before = files_in(directory_);
          while (!stop_) {
            auto now = files_in(directory_);
            std::uint64_t sum = 0;
            for (const auto& [path, size] : before)
              if (const auto still = now.find(path); still != now.end())
                sum += std::min(size, still->second);
            before = std::move(now);
            peak_ = std::max<std::uint64_t>(peak_, sum);
            ++samples_;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) {}
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;
  ~DiskWatch() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint64_t peak_bytes() const noexcept { return peak_; }
  [[nodiscard]] std::uint64_t samples() const noexcept { return samples_; }

 private:
  const std::string directory_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> peak_{0};
  std::atomic<std::uint64_t> samples_{0};
  std::thread thread_;  // last: it uses the others
};

}  // namespace larder::store
