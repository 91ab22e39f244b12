// Head: what an origin says of the current release of one channel. See docs/release-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "trust/time_text.h"

namespace larder::trust {

/// An immutable file of an origin.
struct ObjectRef {
  Digest digest;
  std::uint64_t bytes = 0;
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

/// The page at the root of a filetable.
struct TableRef {
  Digest digest;
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;  ///< entries, tombstones included
  friend bool operator==(const TableRef&, const TableRef&) = default;
};

/// A release that came before.
struct PreviousRelease {
  std::uint64_t version = 0;
  TableRef table;
  std::optional<ObjectRef> delta;  ///< the table of patches that lead from there to here
  friend bool operator==(const PreviousRelease&, const PreviousRelease&) = default;
};

struct Head {
  std::string name;     ///< of the product; one line, may be empty
  std::string channel;  ///< see is_channel_name()
  /// Grows with every release of the channel; from 1.
  std::uint64_t version = 0;
  Time published{};
  std::optional<Time> expires;  ///< nobody vouches for it after that
  /// Version of the root document whose keys sign this head; 0: there is none, pinned keys sign.
  std::uint64_t root_version = 0;

  TableRef table;
  std::optional<ObjectRef> pack;     ///< all pages in one object
  std::uint64_t content_bytes = 0;   ///< sum of the sizes of all entries
  std::uint64_t download_bytes = 0;  ///< what all distinct objects of the entries weigh, as encoded
  std::vector<PreviousRelease> previous;  ///< newest first

  std::string message;  ///< for people, one line
  /// Percentage of the clients that take this release; the others stay with what they have.
  unsigned rollout = 100;
  std::string min_app;  ///< least version of the app that can use it; empty: any

  static constexpr std::size_t kMaxPrevious = 16;

  /// Empty, and a sentence in `why`, if `text` is no head.
  [[nodiscard]] static std::optional<Head> parse(std::string_view text, std::string* why);
  /// What parse() reads. The members' values must be within the format's bounds.
  [[nodiscard]] std::string serialise() const;

  friend bool operator==(const Head&, const Head&) = default;
};

/// 1 to 64 of `a-z 0-9 . _ -`, the first a letter or digit: a channel names a file.
[[nodiscard]] bool is_channel_name(std::string_view text) noexcept;

}  // namespace larder::trust
