// MountGame: an application with a native origin at its root, and further origins to mount.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "flow/game.h"
#include "flow/native_game.h"

namespace larder::test {

class MountGame : public ::testing::Test {
 protected:
  MountGame() {
    base_.publish(base_tree_, 1);
    dlc_.publish(dlc_tree_, 7);
  }

  /// How the origin of `game` is mounted.
  static MountOptions mount_of(NativeGame& game) {
    MountOptions options;
    options.origin = game.url();
    options.trust = game.app().trust;
    return options;
  }
  static MountOptions mount_of(Game& game) {
    MountOptions options;
    options.origin = game.url();
    return options;
  }
  static void expect_mount(Vfs& vfs, const std::string& prefix, MountOptions options) {
    const auto mounted = vfs.mount(prefix, std::move(options));
    ASSERT_TRUE(mounted) << prefix << ": " << mounted.error().message();
  }
  /// The base, and the other at dlc1/.
  Vfs open() { return open(base_.app()); }
  Vfs open(Options options) {
    Vfs vfs = NativeGame::open(std::move(options));
    expect_mount(vfs, "dlc1/", mount_of(dlc_));
    return vfs;
  }

  /// Names below `directory`, those of directories with a slash.
  static std::vector<std::string> names(Vfs& vfs, const std::string& directory) {
    std::vector<std::string> names;
    const auto listed = vfs.list(directory);
    if (!listed) return {name_of(listed.error())};
    for (const DirectoryEntry& one : *listed)
      names.push_back(one.is_directory ? one.name + "/" : one.name);
    return names;
  }

  NativeGame base_;
  NativeGame dlc_;
  NativeTree base_tree_{{{"a.txt", "alpha"},
                         {"dlc1/a.txt", "covered"},
                         {"dlc1/only-here.txt", "covered, too"},
                         {"maps/1.map", "one"},
                         {"maps/2.map", "two"}}};
  NativeTree dlc_tree_{{{"a.txt", "alpha of the dlc"},
                        {"big.txt", std::string(200'000, 'x')},
                        {"maps/3.map", "three"}}};
};

}  // namespace larder::test
