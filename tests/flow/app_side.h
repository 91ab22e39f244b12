// AppSide: what an application of the tests has: a place for its files, options, and its log.
#pragma once

#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <larder/vfs.h>

#include "support/temp_directory.h"

namespace larder::test {

inline void expect_content(Vfs& vfs, const std::string& path, const std::string& content,
                           Source source) {
  const auto blob = vfs.read(path);
  ASSERT_TRUE(blob) << path << ": " << blob.error().message();
  EXPECT_EQ(blob->text(), content) << path;
  EXPECT_EQ(blob->source(), source) << path;
}

class AppSide {
 public:
  static Vfs open(Options options) {
    auto vfs = Vfs::open(std::move(options));
    if (!vfs) throw std::runtime_error("open: " + vfs.error().message());
    return std::move(*vfs);
  }

  /// Of the origin.
  [[nodiscard]] std::filesystem::path root() const { return scratch_ / "origin"; }
  [[nodiscard]] const TempDirectory& scratch() const { return scratch_; }
  /// Warnings and errors.
  [[nodiscard]] std::string log() {
    std::lock_guard lock(log_mutex_);
    return log_;
  }

 protected:
  AppSide() { std::filesystem::create_directories(root()); }
  /// Each call: the same store.
  [[nodiscard]] Options app_of(const std::string& url) {
    Options options;
    options.origin = url;
    options.store = scratch_ / "store";
    options.on_log = [this](LogLevel level, std::string_view line) {
      std::lock_guard lock(log_mutex_);
      if (level >= LogLevel::warning) log_ += std::string(line) + "\n";
    };
    return options;
  }

 private:
  TempDirectory scratch_;
  std::mutex log_mutex_;
  std::string log_;  ///< guarded by log_mutex_
};

}  // namespace larder::test
