#include "base/urgency.h"

#include <gtest/gtest.h>

namespace larder {
namespace {

TEST(Urgency, RisesAndNeverFalls) {
  Urgency urgency(Priority::low);
  urgency.raise(Priority::high);
  EXPECT_EQ(urgency.now(), Priority::high);
  urgency.raise(Priority::normal);
  EXPECT_EQ(urgency.now(), Priority::high);
}

TEST(Urgency, TellsWhoWatchesOfRisesOnly) {
  Urgency urgency(Priority::low);
  int first = 0;
  int second = 0;
  const auto watcher = urgency.watch([&] { ++first; });
  static_cast<void>(urgency.watch([&] {
    ++second;
    EXPECT_NE(urgency.now(), Priority::low) << "it has risen by then";
  }));
  urgency.raise(Priority::low);
  EXPECT_EQ(first, 0);
  urgency.raise(Priority::normal);
  EXPECT_EQ(first, 1);
  urgency.unwatch(watcher);
  urgency.raise(Priority::high);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(Urgency, LetsAWatcherLeaveWhileItIsTold) {
  Urgency urgency(Priority::low);
  std::uint64_t watcher = 0;
  int told = 0;
  watcher = urgency.watch([&] {
    ++told;
    urgency.unwatch(watcher);
  });
  urgency.raise(Priority::normal);
  urgency.raise(Priority::high);
  EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace larder
