#include "fetch/transient_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/heap_blob.h"
#include "support/fake_clock.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

Blob blob_of(std::size_t size) {
  return make_heap_blob(std::vector<std::byte>(size), Source::origin);
}
Freshness fresh_for(std::chrono::seconds lifetime) {
  Freshness freshness;
  freshness.lifetime = lifetime;
  return freshness;
}

TEST(TransientCache, KeepsNothingThatMayNotBeReused) {
  test::FakeClock clock;
  TransientCache cache(100, clock);
  cache.put("none", blob_of(1), {});
  Freshness no_store = fresh_for(10s);
  no_store.no_store = true;
  cache.put("no-store", blob_of(1), no_store);
  EXPECT_FALSE(cache.find("none"));
  EXPECT_FALSE(cache.find("no-store"));
}

TEST(TransientCache, ForgetsWhatIsReplacedBySomethingThatMayNotBeKept) {
  test::FakeClock clock;
  TransientCache cache(100, clock);
  cache.put("a", blob_of(1), fresh_for(10s));
  cache.put("a", blob_of(2), {});
  EXPECT_FALSE(cache.find("a"));
}

TEST(TransientCache, StaysWithinItsCapacityAndDropsTheLeastRecentlyUsed) {
  test::FakeClock clock;
  TransientCache cache(100, clock);
  cache.put("a", blob_of(40), fresh_for(10s));
  cache.put("b", blob_of(40), fresh_for(10s));
  EXPECT_TRUE(cache.find("a"));
  cache.put("c", blob_of(40), fresh_for(10s));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("c"));
  cache.put("huge", blob_of(101), fresh_for(10s));
  EXPECT_FALSE(cache.find("huge"));
  EXPECT_TRUE(cache.find("c"));
}

TEST(TransientCache, CallsContentStaleAfterItsLifetimeUntilItIsRenewed) {
  test::FakeClock clock;
  TransientCache cache(100, clock);
  cache.put("a", blob_of(1), fresh_for(10s));
  clock.advance(9s);
  EXPECT_TRUE(cache.find("a")->fresh);
  clock.advance(1s);
  EXPECT_FALSE(cache.find("a")->fresh);
  cache.renew("a", fresh_for(5s));
  EXPECT_TRUE(cache.find("a")->fresh);
}

}  // namespace
}  // namespace larder::fetch
