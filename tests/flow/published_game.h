// What the publisher makes of files, on the origin of a NativeGame.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "flow/native_game.h"
#include "publish/publish.h"

namespace larder::test {

/// Has these files, and no others, in the directory `tree`.
inline void write_tree(const std::filesystem::path& tree,
                       const std::map<std::string, std::string>& files) {
  std::filesystem::remove_all(tree);
  for (const auto& [path, content] : files) write_file(tree / path, content);
}

/// Publishes the directory `tree` to the game's origin, signed by its key, now. The game must
/// outlive it.
inline publish::PublishOptions publish_options(NativeGame& game,
                                               const std::filesystem::path& tree) {
  publish::PublishOptions options;
  options.directory = tree;
  options.origin = game.root();
  options.keys = std::span(&game.key(), 1);
  options.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return options;
}

}  // namespace larder::test
