// Large objects need little memory, whatever their size.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <larder/vfs.h>

#include "publish/layadcc.h"
#include "support/temp_directory.h"

namespace larder {
namespace {

/// Memory of this process that is not a view of a file, in bytes.
std::uint64_t anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) * 1024;
  return 0;
}

/// The most of it, from construction on.
class MemoryWatch {
 public:
  MemoryWatch() = default;
  ~MemoryWatch() {
    done_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint64_t grown() const { return most_ - before_; }

 private:
  const std::uint64_t before_ = anonymous_bytes();
  std::atomic<std::uint64_t> most_{before_};
  std::atomic<bool> done_{false};
  std::thread thread_{[this] {
    while (!done_) {
      most_ = std::max(most_.load(), anonymous_bytes());
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }};
};

TEST(LargeObject, StreamsThroughLittleMemory) {
  const bool long_form = std::getenv("LARDER_TEST_LARGE_FILES") != nullptr;
  const std::uint64_t size = long_form ? (std::uint64_t{4} << 30) + 4321 : (96u << 20) + 4321;
  const test::TempDirectory scratch;
  const std::string tree = scratch / "tree";
  std::filesystem::create_directories(tree);
  std::ofstream(tree + "/huge.pak") << "begins";
  std::filesystem::resize_file(tree + "/huge.pak", size);
  std::ofstream(tree + "/huge.pak", std::ios::in | std::ios::out | std::ios::ate) << "ends";
  publish::LayadccOptions pack;
  pack.directory = tree;
  std::string why;
  ASSERT_TRUE(publish::pack_layadcc(pack, &why)) << why;

  Options options;
  options.origin = tree;
  options.store = scratch / "store";
  auto vfs = Vfs::open(options);
  ASSERT_TRUE(vfs) << vfs.error().message();
  const MemoryWatch watch;
  const auto blob = vfs->read("huge.pak");
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_EQ(blob->size(), size + 4);
  EXPECT_EQ(blob->text().substr(0, 6), "begins");
  EXPECT_EQ(blob->text().substr(size), "ends");
#ifndef __SANITIZE_THREAD__  // which keeps notes of every byte
  EXPECT_LE(watch.grown(), 16u << 20);
#endif
  EXPECT_EQ(vfs->stats().store_failures, 0u);
  EXPECT_EQ(vfs->read("huge.pak")->source(), Source::store);
}

}  // namespace
}  // namespace larder
