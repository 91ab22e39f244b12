// NativeGame: an origin on loopback with a native release, and an application that reads it.
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <larder/vfs.h>

#include "../tools/origin_server.h"
#include "flow/app_side.h"
#include "support/native_tree.h"
#include "trust/key.h"

namespace larder::test {

class NativeGame : public AppSide {
 public:
  NativeGame() {
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
    Options options = app_of(url_);
    options.trust.keys = {trust::to_text(key_.public_key())};
    return options;
  }
  using AppSide::open;
  Vfs open() { return open(app()); }

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] const trust::PrivateKey& key() const { return key_; }
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
  const trust::PrivateKey key_ = trust::PrivateKey::generate();
  std::string url_;
  std::mutex mutex_;
  std::vector<std::string> targets_;  ///< guarded by mutex_, as all below
  std::vector<unsigned> statuses_;
  std::uint64_t bytes_ = 0;
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
