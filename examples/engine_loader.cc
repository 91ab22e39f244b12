// How an engine loads assets: a few now, the rest while the game runs, all callbacks on the main
// thread. usage: engine_loader ORIGIN STORE PATH...
#include <larder/larder.h>

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

// The engine's queue of work for its main thread; yours exists already.
struct MainQueue {
  std::mutex mutex;
  std::condition_variable filled;
  std::deque<std::function<void()>> tasks;

  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    tasks.push_back(std::move(task));
    filled.notify_one();
  }
  void run_one() {
    std::unique_lock lock(mutex);
    filled.wait(lock, [this] { return !tasks.empty(); });
    const auto task = std::move(tasks.front());
    tasks.pop_front();
    lock.unlock();
    task();
  }
};

static const char* what_to_do(const std::error_code& error) {
  if (error == larder::condition::absent) return "draw the placeholder";
  if (error == larder::condition::retryable) return "ask again when the network is back";
  return "report it";  // damaged, untrusted, a full disk, …
}

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: engine_loader ORIGIN STORE PATH...\n"), 2;
  MainQueue main_queue;  // outlives the Vfs, which posts to it
  larder::Options options{.origin = argv[1], .store = argv[2]};
  options.post = [&](std::function<void()> task) { main_queue.post(std::move(task)); };
  auto vfs = larder::Vfs::open(options);
  if (!vfs) return std::fprintf(stderr, "open: %s\n", vfs.error().message().c_str()), 1;

  int missing = 0;
  int waiting = 0;
  const auto show = [&](const char* path, const larder::Result<larder::Blob>& blob) {
    if (!blob) return ++missing, void(std::printf("%s: %s\n", path, what_to_do(blob.error())));
    std::printf("%s: %zu bytes from %s\n", path, blob->size(), name_of(blob->source()));
  };
  show(argv[3], vfs->read(argv[3]));  // blocks only if it has to be downloaded
  for (int i = 4; i < argc; ++i, ++waiting) {
    vfs->read_async(argv[i], [&, path = argv[i]](larder::Result<larder::Blob> blob) {
      show(path, blob);
      --waiting;
    });
  }
  while (waiting > 0) main_queue.run_one();  // the game loop
  return missing == 0 ? 0 : 1;
}
