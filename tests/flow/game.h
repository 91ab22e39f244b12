// Game: an origin on loopback with a LayaDCC tree, and what an application keeps beside it.
#pragma once

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <larder/vfs.h>

#include "flow/app_side.h"
#include "net/url.h"
#include "support/laya_tree.h"
#include "support/scripted_server.h"
#include "support/whole_files.h"

namespace larder::test {

class Game : public AppSide {
 public:
  /// Puts the tree and its tables onto the origin, replacing what was there.
  void publish(const LayaTree& tree) {
    std::filesystem::remove_all(root());
    for (const auto& [path, content] : tree.files) write_file(root() / path, content);
    write_file(root() / "update/filetable.bin", tree.binary_table());
    write_file(root() / "update/filetable.txt", tree.text_table());
    write_file(root() / "update/allfiles.txt", tree.names());
    write_file(root() / "update/assetsid.txt", tree.id());
  }
  /// A bundle with the table of the full tree and the content of some of its files.
  std::string bundle(const LayaTree& tree, const std::vector<std::string>& included) {
    const std::filesystem::path directory = scratch() / ("bundle-" + std::to_string(++bundles_));
    write_file(directory / "filetable.bin", tree.binary_table());
    write_file(directory / "assetsid.txt", tree.id());
    write_file(directory / "allfiles.txt", tree.names());
    for (const auto& path : included) {
      char name[9];
      std::snprintf(name, sizeof name, "%08x", filetable::laya_path_id_cesu8(path));
      write_file(directory / name, tree.files.at(path));
    }
    return directory.string();
  }

  /// Options of an application that plays this game. Each call: the same store.
  [[nodiscard]] Options app() { return app_of(url_); }
  using AppSide::open;
  Vfs open() { return open(app()); }

  [[nodiscard]] const std::string& url() const { return url_; }
  /// Nobody listens there any more.
  void stop_server() { server_.reset(); }

  /// Answers requests for content instead of the files, as long as it returns a reply.
  using Script = std::function<std::optional<Reply>(const std::string& path)>;
  void follow(Script script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  /// The same, by the whole request. Does not replace what follow() was given.
  using RequestScript = std::function<std::optional<Reply>(const SeenRequest& request)>;
  void follow_requests(RequestScript script) {
    std::lock_guard lock(mutex_);
    request_script_ = std::move(script);
  }
  /// Connections to the origin that are open.
  [[nodiscard]] std::size_t connections() const { return server_->open_connections(); }

  /// Paths of content (not of tables) that were asked for since the last call, sorted.
  std::vector<std::string> fetched() {
    std::lock_guard lock(mutex_);
    std::vector<std::string> content;
    for (const auto& target : targets_)
      if (!target.starts_with("/update/"))
        content.push_back(target.substr(1, target.find('?') - 1));
    targets_.clear();
    std::sort(content.begin(), content.end());
    return content;
  }
  /// Full targets, tables included, since the last call.
  std::vector<std::string> targets() {
    std::lock_guard lock(mutex_);
    return std::exchange(targets_, {});
  }

 private:
  Reply serve(const SeenRequest& request) {
    const std::string encoded = request.target.substr(1, request.target.find('?') - 1);
    const std::string relative = net::percent_decode(encoded).value_or("");
    {
      std::lock_guard lock(mutex_);
      targets_.push_back(request.target);
      if (request_script_)
        if (auto reply = request_script_(request)) return std::move(*reply);
      if (script_ && !relative.starts_with("update/"))
        if (auto reply = script_(relative)) return std::move(*reply);
    }
    const auto path = root() / relative;
    if (!std::filesystem::is_regular_file(path)) return answer(404);
    const std::string body = read_file(path);
    const std::string etag = "\"" + std::to_string(std::hash<std::string>()(body)) + "\"";
    if (request.header("If-None-Match") == etag) return answer(304, {}, {"ETag: " + etag});
    return answer(200, body, {"ETag: " + etag});
  }

  std::mutex mutex_;
  std::vector<std::string> targets_;  ///< guarded by mutex_
  Script script_;                     ///< guarded by mutex_
  RequestScript request_script_;      ///< guarded by mutex_
  int bundles_ = 0;
  std::unique_ptr<ScriptedServer> server_ = std::make_unique<ScriptedServer>(
      [this](const SeenRequest& request) { return serve(request); });
  const std::string url_ = server_->url();
};

}  // namespace larder::test
