#include "fetch/plan.h"

#include <gtest/gtest.h>

#include <vector>

namespace larder::fetch {
namespace {

std::vector<Step> steps(Route route, Offer offer) {
  const Plan plan = plan_for(route, offer);
  return {plan.begin(), plan.end()};
}

constexpr Offer kEverything{true, true, true};

TEST(Plan, AsksLocalSourcesBeforeTheOrigin) {
  EXPECT_EQ(steps(Route::listed, kEverything),
            (std::vector{Step::bundle, Step::store, Step::origin}));
}

TEST(Plan, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(steps(Route::listed, {false, true, true}), (std::vector{Step::store, Step::origin}));
  EXPECT_EQ(steps(Route::listed, {true, false, false}), (std::vector{Step::bundle}));
  EXPECT_TRUE(steps(Route::listed, {false, false, false}).empty());
}

TEST(Plan, NeverServesUnlistedContentFromTheBundle) {
  EXPECT_EQ(steps(Route::versioned, kEverything), (std::vector{Step::store, Step::origin}));
  EXPECT_EQ(steps(Route::transient, kEverything), (std::vector{Step::memory, Step::origin}));
}

TEST(Plan, DownloadsEachTimeInDevelopmentMode) {
  EXPECT_EQ(steps(Route::live, kEverything), (std::vector{Step::origin}));
}

TEST(Plan, ReadsFilesDirectly) {
  EXPECT_EQ(steps(Route::file, kEverything), (std::vector{Step::file}));
}

}  // namespace
}  // namespace larder::fetch
