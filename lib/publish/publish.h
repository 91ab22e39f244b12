// Publishes a directory as a native release; see docs/release-format.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/content_key.h>
#include <larder/result.h>

#include "base/digest.h"
#include "filetable/file_entry.h"
#include "sys/file_system.h"
#include "trust/head.h"
#include "trust/key.h"

namespace larder::publish {

class Companion;

struct PublishProgress {
  enum class Stage : std::uint8_t {
    contents,
    patches,
    foreign,  ///< another format is written beside the release, or verified before
  };
  Stage stage;
  std::uint64_t done;   ///< bytes of contents, patches, files or bytes of what is foreign
  std::uint64_t total;  ///< the same
};

struct PublishOptions {
  /// A file of the tree that is published under a name of its own.
  struct NamedFile {
    std::string path;  ///< relative to the directory
    std::string name;
  };

  std::string directory;  ///< the tree; not used with `from_release`
  /// What of the tree is published, in any order, under distinct names. Unset: all of it, under its
  /// paths.
  std::optional<std::vector<NamedFile>> files;
  std::string origin;  ///< directory
  std::string channel = "stable";
  std::optional<std::string> name;          ///< unset: as in the head before
  std::span<const trust::PrivateKey> keys;  ///< sign the head; none: it is not signed
  std::optional<trust::Time> expires;
  std::string message;
  unsigned rollout = 100;
  std::string min_app;

  /// An older release of the channel is published again, as a newer version: its version. Must be
  /// among the head's `previous`.
  std::optional<std::uint64_t> from_release;

  bool follow_links = false;  ///< symbolic links count as what they lead to; else they are an error
  bool paranoid = false;      ///< reads all files, however they look
  unsigned keep_deltas = 3;   ///< from so many releases before; at most trust::Head::kMaxPrevious
  /// Encrypts all contents with it. Of what is encrypted there are no patches.
  std::optional<ContentKey> content_key;
  int level = 0;         ///< of zstd for whole objects; 0: by the amount of work
  unsigned threads = 0;  ///< 0: one for each core

  /// May set priority and bootstrap of an entry.
  std::function<void(std::string_view path, filetable::FileEntry&)> adorn;
  /// Names that must not show through from a bundle.
  std::vector<std::string> tombstones;

  Companion* companion = nullptr;  ///< not used with `from_release`

  std::function<void(const PublishProgress&)> progress;  ///< from several threads, one at a time
  /// Once it is set, which a signal handler may do, publishing ends with errc::cancelled.
  const std::atomic<bool>* stop = nullptr;
  trust::Time now{};  ///< what the head says of when it was published
  sys::FileSystem* file_system = &sys::FileSystem::real();  ///< for what is written
};

struct PublishedDelta {
  std::uint64_t from_version = 0;
  std::uint64_t patches = 0;
  std::uint64_t patch_bytes = 0;
  std::uint64_t joint_bytes = 0;  ///< of the joint patch; 0: there is none
  std::uint64_t table_bytes = 0;
};

struct PublishResult {
  trust::Head head;
  std::uint64_t files_read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t new_files = 0;  ///< written to the origin, without the head
  std::uint64_t new_bytes = 0;
  std::vector<PublishedDelta> deltas;
  std::vector<std::string> warnings;  ///< sentences
};

/// Publishes. Objects are written first, the head last and atomically: whenever this ends, the
/// channel has the release before or the new one, and all of it. May be repeated after any failure.
///
/// Errors: errc::invalid_argument (options; symbolic links or paths that may not be published),
/// errc::busy (another publisher is at work there), errc::io (something in the tree cannot be read
/// or changed meanwhile), errc::bad_head (what stands in the place of the head is none),
/// errc::no_space, errc::cancelled, and what the operating system says of the origin. `why`, if
/// given, gets one or more lines. Threads: blocks.
Result<PublishResult> publish_release(const PublishOptions& options,
                                      std::string* why = nullptr) noexcept;

}  // namespace larder::publish
