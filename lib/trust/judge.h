// Judge: whether a head may be believed, given what is known already. Pure: no clock, no disk.
#pragma once

#include <string>
#include <string_view>

#include <larder/result.h>

#include "trust/head.h"
#include "trust/root.h"
#include "trust/state.h"

namespace larder::trust {

/// What the caller expects of a head.
struct Expectation {
  Root root;                  ///< in force
  std::string channel;        ///< that was asked for
  bool unsigned_too = false;  ///< the caller has said that signatures do not matter
};

enum class News {
  same,   ///< the version that is known as the newest, with the same content
  newer,  ///< a version above all known ones
};

/// A head that may be believed, as of now.
struct Judgement {
  Head head;
  News news = News::newer;
  bool expired = false;  ///< see time_now()
};

/// Reads a head's document and holds it against signatures, channel and versions.
/// errc::bad_head, errc::bad_signature, errc::rolled_back; a sentence in `why`.
[[nodiscard]] Result<Judgement> judge(std::string_view document, const Expectation& expected,
                                      const State& state, Time now, std::string* why);

/// The root version that a head asks for, before anything of it is believed; 0 if it is malformed.
[[nodiscard]] std::uint64_t root_version_asked_for(std::string_view document);

/// Raises the floors of `state` to a head that was judged.
void raise_floors(State& state, const Head& head);
/// Takes over a root that was verified. Where the keys of heads change, versions count anew: those
/// that were seen may have been signed by a thief.
void take_root(State& state, const Root& before, const Root& after, std::string document);

/// The system's clock, but never before what a verified head has proved to be past. A clock that
/// lags cannot keep an expired head alive; one that hurries only makes heads look expired, and what
/// is in use stays in use.
[[nodiscard]] Time time_now(const State& state, Time system);
[[nodiscard]] bool is_expired(const Head& head, Time now) noexcept;

/// Whether this installation belongs to the share of clients that take the release. Always the same
/// answer for one release and installation, and never taken back as the share grows.
[[nodiscard]] bool takes_part(const Head& head, std::string_view install);
/// Whether an app of this version can use the release. An app that tells no version can use all.
[[nodiscard]] bool app_is_new_enough(const Head& head, std::string_view app_version) noexcept;

}  // namespace larder::trust
