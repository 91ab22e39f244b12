// NativeGame: an origin on loopback with a native release, and an application that reads it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <larder/vfs.h>

#include "../tools/origin_server.h"
#include "support/native_tree.h"
#include "support/temp_directory.h"
#include "trust/key.h"

namespace larder::test {

class NativeGame {
 public:
  NativeGame() {
    std::filesystem::create_directories(root());
    tool::OriginServerOptions options;
    options.root = root().string();
    options.on_request = [this](const tool::ServedRequest& request) {
      std::lock_guard lock(mutex_);
      targets_.push_back(request.target.substr(0, request.target.find('?')));
      statuses_.push_back(request.status);
      bytes_ += request.bytes;
    };
    server_ = std::make_unique<tool::OriginServer>(options);
    server_->start();
    url_ = server_->url();
  }

  /// Publishes `tree` as `version`, signed by key().
  void publish(NativeTree& tree, std::uint64_t version) {
    tree.write(root());
    tree.announce(root(), version, {&key_});
  }

  [[nodiscard]] Options app() {
    Options options;
    options.origin = url_;
    options.store = scratch_ / "store";
    options.trust.keys = {trust::to_text(key_.public_key())};
    options.on_log = [this](LogLevel level, std::string_view line) {
      std::lock_guard lock(mutex_);
      if (level >= LogLevel::warning) log_ += std::string(line) + "\n";
    };
    return options;
  }
  static Vfs open(Options options) {
    auto vfs = Vfs::open(std::move(options));
    if (!vfs) throw std::runtime_error("open: " + vfs.error().message());
    return std::move(*vfs);
  }
  Vfs open() { return open(app()); }

  [[nodiscard]] std::filesystem::path root() const { return scratch_ / "origin"; }
  [[nodiscard]] const TempDirectory& scratch() const { return scratch_; }
  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const trust::PrivateKey& key() const { return key_; }
  [[nodiscard]] std::string log() {
    std::lock_guard lock(mutex_);
    return log_;
  }
  void stop_server() { server_->stop(); }

  /// Targets since the last call.
  std::vector<std::string> targets() {
    std::lock_guard lock(mutex_);
    statuses_.clear();
    bytes_ = 0;
    return std::exchange(targets_, {});
  }
  /// Requests, and bytes of their answers, since the last call of targets().
  std::size_t requests() {
    std::lock_guard lock(mutex_);
    return targets_.size();
  }
  std::uint64_t bytes() {
    std::lock_guard lock(mutex_);
    return bytes_;
  }
  [[nodiscard]] std::vector<unsigned> statuses() {
    std::lock_guard lock(mutex_);
    return statuses_;
  }

 private:
  TempDirectory scratch_;
  const trust::PrivateKey key_ = trust::PrivateKey::generate();
  std::string url_;
  std::mutex mutex_;
  std::vector<std::string> targets_;  ///< guarded by mutex_, as all below
  std::vector<unsigned> statuses_;
  std::uint64_t bytes_ = 0;
  std::string log_;
  std::unique_ptr<tool::OriginServer> server_;  // last: its threads use what is above
};

/// `count` files in some folders, all different.
inline NativeTree many_files(int count) {
  NativeTree tree;
  for (int i = 0; i < count; ++i) {
    const std::string name = "folder" + std::to_string(i % 20) + "/file" + std::to_string(i);
    tree.files[name] = "content of file number " + std::to_string(i);
  }
  return tree;
}

}  // namespace larder::test
