// File::Impl: a place on a flight, and what has come of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <larder/file.h>

#include "fetch/flights.h"

namespace larder {

class File::Impl {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// A file that is waited for: land() ends that.
  Impl(FileOptions options, std::optional<std::uint64_t> size_bytes) noexcept
      : options_(options), size_bytes_(size_bytes) {}
  /// A file that is here.
  explicit Impl(Blob blob) : landing_(std::move(blob)) {}

  /// Is made of the whole by the first reader who sees it; behind what was set before. Before any
  /// other call. Parts can be had of the whole only.
  using Filter = std::function<Result<Blob>(Blob)>;
  void set_filter(Filter filter);
  /// Reads a part of what the filter would make of the whole.
  using ReadPart = std::function<Result<std::size_t>(std::uint64_t, std::span<std::byte>)>;
  /// How parts are read without making the whole. After set_filter(), before any other call.
  void set_parts(std::function<Result<ReadPart>(const Blob&)> open) {
    open_parts_ = std::move(open);
  }

  /// How the flight ended. Once, from any thread.
  void land(Result<Blob> blob);
  /// Where the flight's bytes come in. Once, before any reading; the landing may be faster.
  void board(fetch::Ticket ticket);
  /// Runs when the handle goes; gives up the place on the flight.
  std::function<void()> on_close;

  [[nodiscard]] std::optional<std::uint64_t> size_bytes();
  [[nodiscard]] bool complete();
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into, Deadline deadline);
  Result<Blob> whole(Deadline deadline);

 private:
  [[nodiscard]] std::optional<Result<Blob>> landing();
  /// As read(), if parts are read for themselves; nothing if they are not.
  std::optional<Result<std::size_t>> read_part(std::uint64_t offset, std::span<std::byte> into);
  /// `landing_`, there, with mutex_ held.
  const Result<Blob>& filtered();
  Result<std::size_t> read_early(std::uint64_t offset, std::span<std::byte> into,
                                 Deadline deadline);

  const FileOptions options_;
  const std::optional<std::uint64_t> size_bytes_;  ///< as the table has it
  fetch::Ticket ticket_;                           ///< written before the first call of a reader
  std::mutex reader_mutex_;                        ///< one early read at a time
  fetch::Arrival::Reader reader_;
  std::mutex mutex_;
  std::condition_variable landed_;
  std::optional<Result<Blob>> landing_;  ///< guarded by mutex_, as filter_ from the landing on
  Filter filter_;                        ///< empty: there is none, or it was applied
  /// Empty: there is none, or the whole was made. Guarded by mutex_ from the landing on.
  std::function<Result<ReadPart>(const Blob&)> open_parts_;
  ReadPart read_part_;  ///< once a part was read; guarded by mutex_
};

}  // namespace larder
