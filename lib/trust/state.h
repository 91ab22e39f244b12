// State: what is remembered of an origin's trust between program runs; never evicted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <larder/result.h>

#include "base/digest.h"
#include "sys/file_system.h"
#include "trust/time_text.h"

namespace larder::trust {

/// Everything in it was verified before it came here.
struct State {
  /// Names the keys that the app pins. When they change, the state of the others is worth nothing,
  /// unless the new keys have signed its head as well.
  Digest anchors;
  std::string root;  ///< document of the newest root; empty: pinned keys are in force
  std::string head;  ///< document of the release in use; empty: none was ever adopted
  std::string base;  ///< document of the release that was in use before it; may be empty

  std::uint64_t floor_version = 0;  ///< highest version ever verified
  Digest floor_table;               ///< and its table: a version has one content for ever
  /// The newest time that a verified head was published at: it cannot be earlier than that now.
  Time floor_time{};

  std::string etag;     ///< of the head that was seen last, for revalidation
  std::string install;  ///< 32 random hex digits; decides on staged roll-outs. Made by load()

  friend bool operator==(const State&, const State&) = default;
};

/// <directory>/state.json, replaced atomically. Threads: one at a time; processes: any number.
class StateFile {
 public:
  /// Whether the present keys vouch for a state that was remembered under others.
  using Vouch = std::function<bool(const State&)>;

  /// Empty `directory`: kept in memory only.
  explicit StateFile(std::string directory, Vouch vouch = {},
                     sys::FileSystem& fs = sys::FileSystem::real())
      : directory_(std::move(directory)), vouch_(std::move(vouch)), fs_(fs) {}

  /// What is remembered under `anchors`, or under others if the present keys vouch for it as well
  /// (then without their root); a fresh state if nothing, or nothing usable, is there.
  [[nodiscard]] State load(const Digest& anchors);
  /// Has `change` alter the state as it is on disk now, and keeps that unless `change` fails; other
  /// processes wait. The state after it. errc::busy after a second; else what writing ended in: the
  /// state in memory is changed all the same.
  Result<void> update(const Digest& anchors, const std::function<Result<void>(State&)>& change);

 private:
  [[nodiscard]] std::optional<State> read() const;
  [[nodiscard]] State under(const Digest& anchors, std::optional<State> state) const;

  std::string directory_;
  Vouch vouch_;
  sys::FileSystem& fs_;
  std::optional<State> held_;  ///< as last loaded or changed
};

}  // namespace larder::trust
