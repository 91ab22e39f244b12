#include "base/published.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace larder {
namespace {

// Two members that must always agree; 0 after destruction, so that a late reader is seen even
// without a sanitizer.
struct Pair {
  explicit Pair(int value) : first(value), second(value) {}
  ~Pair() { first = second = 0; }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  int first;
  int second;
};

TEST(Published, IsEmptyByDefault) {
  const Published<Pair> published;
  EXPECT_FALSE(static_cast<bool>(published.read()));
  EXPECT_EQ(published.share(), nullptr);
}

TEST(Published, ShowsItsFirstValue) {
  const Published<Pair> published(std::make_shared<const Pair>(3));
  EXPECT_EQ(published.read()->first, 3);
  EXPECT_EQ((*published.read()).second, 3);
}

TEST(Published, ShowsWhatReplacedIt) {
  Published<Pair> published(std::make_shared<const Pair>(1));
  published.replace(std::make_shared<const Pair>(2));
  EXPECT_EQ(published.read()->first, 2);
  EXPECT_EQ(published.share()->first, 2);
}

TEST(Published, LetsGoOfTheOldValueWhenItIsReplaced) {
  auto first = std::make_shared<const Pair>(1);
  const std::weak_ptr<const Pair> watch = first;
  Published<Pair> published(std::move(first));
  EXPECT_FALSE(watch.expired());
  published.replace(std::make_shared<const Pair>(2));
  EXPECT_TRUE(watch.expired());
}

TEST(Published, KeepsASharedValueAliveAfterItIsReplaced) {
  Published<Pair> published(std::make_shared<const Pair>(1));
  const std::shared_ptr<const Pair> old = published.share();
  published.replace(std::make_shared<const Pair>(2));
  EXPECT_EQ(old->first, 1);
}

TEST(Published, CanBeEmptied) {
  Published<Pair> published(std::make_shared<const Pair>(1));
  published.replace(nullptr);
  EXPECT_FALSE(static_cast<bool>(published.read()));
}

TEST(Published, AllowsOneThreadToReadTwiceAtATime) {
  const Published<Pair> published(std::make_shared<const Pair>(5));
  const auto outer = published.read();
  const auto inner = published.read();
  EXPECT_EQ(outer->first, inner->first);
}

TEST(Published, WaitsForAReaderBeforeItLetsGoOfTheOldValue) {
  Published<Pair> published(std::make_shared<const Pair>(1));
  std::atomic<bool> reading{false};
  std::atomic<bool> replaced{false};
  std::atomic<bool> leave{false};
  std::thread reader([&] {
    const auto value = published.read();
    reading = true;
    while (!leave) std::this_thread::yield();
    EXPECT_FALSE(replaced);
    EXPECT_EQ(value->first, 1);
  });
  while (!reading) std::this_thread::yield();
  std::thread writer([&] {
    published.replace(std::make_shared<const Pair>(2));
    replaced = true;
  });
  // The writer shows its value before it waits.
  while (published.read()->first != 2) std::this_thread::yield();
  leave = true;
  reader.join();
  writer.join();
  EXPECT_TRUE(replaced);
}

TEST(Published, NeverShowsAHalfOrADeadValueWhileItIsReplaced) {
  constexpr int kLast = 1000;
  Published<Pair> published(std::make_shared<const Pair>(1));
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      int last = 0;
      while (!stop) {
        {
          const auto value = published.read();
          ASSERT_NE(value->first, 0);
          ASSERT_EQ(value->first, value->second);
          ASSERT_GE(value->first, last) << "a reader went back in time";
          last = value->first;
        }
        std::this_thread::yield();  // else the writer meets a preempted reader each time
      }
    });
  }
  for (int i = 2; i <= kLast; ++i) published.replace(std::make_shared<const Pair>(i));
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(published.read()->first, kLast);
}

TEST(Published, SerialisesSeveralWriters) {
  Published<Pair> published(std::make_shared<const Pair>(1));
  std::vector<std::thread> writers;
  for (int t = 0; t < 3; ++t) {
    writers.emplace_back([&published, t] {
      for (int i = 1; i <= 300; ++i) published.replace(std::make_shared<const Pair>(t * 1000 + i));
    });
  }
  for (int i = 0; i < 300; ++i) {
    const std::shared_ptr<const Pair> value = published.share();
    ASSERT_EQ(value->first, value->second);
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(published.read()->first % 1000, 300);
}

}  // namespace
}  // namespace larder
