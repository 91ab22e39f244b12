// Mounts: content of further origins and bundles in the same tree of names.
//
//   vfs->mount("dlc1/", {.origin = "https://cdn.example/dlc1/", .bundles = {"dlc1.larder"}});
//   vfs->read("dlc1/maps/harbour.map");   // `maps/harbour.map` of that origin
#pragma once

#include <string>
#include <vector>

#include <larder/options.h>
#include <larder/release_info.h>

namespace larder {

/// What is mounted. As the same fields of Options; everything else is shared with what the Vfs was
/// opened with: store and quota, network and its policy, threads, limits, callbacks.
struct MountOptions {
  std::string origin;
  std::vector<std::string> mirrors;
  std::vector<std::string> bundles;
  Layout layout = Layout::automatic;
  bool ignore_case = false;
  RefreshAt refresh_at = RefreshAt::open;  ///< `open`: in Vfs::mount()
  /// Without `translations` and `transient_bytes`, which are of the whole Vfs.
  LayaOptions laya;
  ListOptions lists;
  TrustOptions trust;
  std::vector<std::string> bootstrap;  ///< below the prefix
};

/// One mount, as it is now.
struct MountInfo {
  std::string prefix;   ///< empty (the root), or ends in `/`
  std::string origin;   ///< as it was given; empty: bundles only
  ReleaseInfo release;  ///< in use
};

}  // namespace larder
