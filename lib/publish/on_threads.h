// Work that several threads share.
#pragma once

#include <functional>

namespace larder::publish {

/// Runs `work` on `threads` threads, one of them the caller's, and waits for all of them; with
/// fewer if no more are to be had. When it throws on one, `stop` is called on that thread, so that
/// the others end soon; the first exception is thrown again at the end. `stop` must not throw.
void run_on_threads(unsigned threads, const std::function<void()>& work,
                    const std::function<void()>& stop);

}  // namespace larder::publish
