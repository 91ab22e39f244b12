// Patched: a Runtime with one unsigned script, and what became of it.
#pragma once

#include <larder/hotfix/runtime.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::test {

class Patched {
 public:
  explicit Patched(hotfix::Options options = {}) : runtime(with_callbacks(std::move(options))) {}
  explicit Patched(std::string_view script, hotfix::Options options = {})
      : Patched(std::move(options)) {
    const auto applied = run(script);
    EXPECT_TRUE(applied) << log_text();
  }

  Result<hotfix::Applied> run(std::string_view script, std::string_view id = "test") {
    return runtime.apply_unsigned(id, "local hf = require 'larder.hotfix'\n" + std::string(script));
  }
  [[nodiscard]] std::string log_text() {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  [[nodiscard]] std::vector<hotfix::Failure> failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    failures_.clear();
    log_.clear();
  }
  /// The message of the only failure.
  [[nodiscard]] std::string failure() {
    const auto all = failures();
    EXPECT_EQ(all.size(), 1u) << log_text();
    return all.empty() ? "" : all.front().message;
  }

 private:
  hotfix::Options with_callbacks(hotfix::Options options) {
    options.on_log = [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex_);
      log_.append(line).append("\n");
    };
    options.on_failure = [this](const hotfix::Failure& failure) {
      const std::lock_guard lock(mutex_);
      failures_.push_back(failure);
    };
    return options;
  }

  std::mutex mutex_;
  std::string log_;
  std::vector<hotfix::Failure> failures_;

 public:
  hotfix::Runtime runtime;  // last: its callbacks use the rest
};

}  // namespace larder::test
