// Event: what happens to a download, step by step.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace larder {

enum class EventKind : std::uint8_t {
  started,      ///< the first request for the file is about to be sent
  progress,     ///< bytes have come; a few times a second at most
  retried,      ///< an attempt failed with `error`; another one follows after `delay`
  failed_over,  ///< another mirror is asked from now on
  hedged,       ///< the answer is late: another mirror, `url`, is asked as well
  verified,     ///< all bytes have come and fulfil the table's checksum
  stored,       ///< and are in the store
  damaged,      ///< all bytes have come and are wrong
  failed,       ///< the download is over, with `error`
};

/// Stable, machine-readable name of a kind, for example "failed_over". Static storage.
const char* name_of(EventKind kind) noexcept;

/// The texts are valid during the call only.
struct Event {
  EventKind kind = EventKind::started;
  std::uint64_t download = 0;  ///< tells downloads of one Vfs apart
  std::chrono::steady_clock::time_point at{};
  std::string_view path;               ///< as the table, or the request, names it
  std::string_view url;                ///< that is asked now, or was asked last
  std::uint64_t bytes = 0;             ///< that have come of the file
  std::optional<std::uint64_t> size;   ///< of the file, once it is known
  std::error_code error;               ///< of `retried`, `damaged` and `failed`
  std::chrono::milliseconds delay{0};  ///< of `retried`
};

}  // namespace larder
