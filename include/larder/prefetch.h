// Prefetch: content fetched ahead into the store.
//
//   auto level = vfs->prefetch({"levels/2/**", "music/boss.ogg"});
//   if (level) level->set_priority(larder::Priority::high);  // the player is at the door
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <larder/network.h>
#include <larder/result.h>

namespace larder {

/// How far a prefetch has come.
struct PrefetchProgress {
  std::uint64_t files = 0;    ///< that were asked for
  std::uint64_t local = 0;    ///< of them: were here already
  std::uint64_t fetched = 0;  ///< of them: downloaded and stored
  std::uint64_t failed = 0;   ///< of them
  std::uint64_t bytes = 0;    ///< downloaded, files under way included
  /// `bytes` at the end, as the table has it: of what was not here when it was looked at. Empty
  /// until all files were, or if the table does not tell sizes.
  std::optional<std::uint64_t> total_bytes;

  double bytes_per_second = 0;  ///< of late
  /// Until all is done, if it goes on as it did; empty as long as nobody can know.
  std::optional<std::chrono::milliseconds> left;

  bool paused = false;
  bool over = false;  ///< every file is done, or the job was cancelled

  [[nodiscard]] std::uint64_t done() const noexcept { return local + fetched + failed; }
};

struct PrefetchOptions {
  Priority priority = Priority::low;
  /// `*` and `?` are characters like others: what is given are paths. Needs no names.
  bool literal = false;
  /// Called about ten times a second while bytes come, and once at the end, where callbacks of
  /// asynchronous reads are called; never two at the same time.
  std::function<void(const PrefetchProgress&)> on_progress;
  /// Called for each file that could not be fetched. As on_progress.
  std::function<void(std::string_view path, std::error_code)> on_failure;
};

/// A running prefetch. Movable; the job is cancelled when its handle goes, unless it was detached.
///
/// Threads: every member function from any thread, except that destruction and move must not race
/// with other calls.
class Prefetch {
 public:
  Prefetch(Prefetch&&) noexcept;
  Prefetch& operator=(Prefetch&&) noexcept;
  ~Prefetch();

  /// Begins no further downloads; those under way are finished.
  void pause() noexcept;
  void resume() noexcept;
  /// Ends the job. Downloads that nobody else waits for are stopped.
  void cancel() noexcept;
  /// For what is still to be fetched. A download under way can only be given a higher one.
  void set_priority(Priority priority) noexcept;
  /// Lets the job go on without its handle, until it is done or the Vfs closes.
  void detach() noexcept;

  [[nodiscard]] PrefetchProgress progress() const noexcept;
  /// Blocks until the job is over, at most for `timeout` (zero: no limit). Files that failed are no
  /// error here. errc::timed_out, or errc::cancelled if the job was.
  [[nodiscard]] Result<PrefetchProgress> wait(
      std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) noexcept;

 private:
  friend class Vfs;
  class Impl;
  explicit Prefetch(std::shared_ptr<Impl> impl) noexcept;
  std::shared_ptr<Impl> impl_;
};

}  // namespace larder
