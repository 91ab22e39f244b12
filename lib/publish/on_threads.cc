#include "publish/on_threads.h"

#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace larder::publish {

void run_on_threads(unsigned threads, const std::function<void()>& work,
                    const std::function<void()>& stop) {
  std::mutex mutex;
  std::exception_ptr first;  // guarded by mutex
  const auto run = [&]() noexcept {
    try {
      work();
    } catch (...) {
      {
        std::lock_guard lock(mutex);
        if (!first) first = std::current_exception();
      }
      stop();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      for (unsigned i = 1; i < threads; ++i) others.emplace_back(run);
    } catch (const std::system_error&) {  // those that run will do
    }
    run();
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace larder::publish
