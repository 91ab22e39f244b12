// Random pauses, so that many who failed together do not come back together.
#pragma once

#include <chrono>

namespace larder::fetch {

/// Any pause up to `limit`, each as likely as any other. Threads: any.
[[nodiscard]] std::chrono::milliseconds random_below(std::chrono::milliseconds limit);

/// Exponential back-off with full jitter: up to 200 ms after the first attempt, 400 ms after the
/// second, …, at most 5 s.
[[nodiscard]] std::chrono::milliseconds backoff_before(unsigned attempt);

}  // namespace larder::fetch
