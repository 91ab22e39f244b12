// ReleaseInfo: what is known of the release in use.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace larder {

/// All but `id` and `files` is of native origins only.
struct ReleaseInfo {
  std::string id;           ///< of the table in use; empty in development mode
  std::uint64_t files = 0;  ///< that it lists
  std::string name;
  std::string channel;
  std::uint64_t version = 0;
  std::string message;  ///< by the publisher, for people
  std::chrono::system_clock::time_point published{};
  std::optional<std::chrono::system_clock::time_point> expires;
  /// Nobody has vouched for the release lately: its head has expired. It is served all the same.
  bool stale = false;
  /// There is a newer release, but not for this installation: it is not among the share of clients
  /// that take it yet, or the app is too old for it.
  bool held_back = false;
  /// The highest version that the origin was seen to have; 0 if it was never asked.
  std::uint64_t newest_version = 0;
  /// Of the newest bundle that came with the app; 0 without a bundle that says so. What the origin
  /// is ahead by is `newest_version` less this.
  std::uint64_t bundle_version = 0;
};

}  // namespace larder
