#include "simulate/policy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "simulate/plot.h"
#include "simulate/replay.h"

namespace larder::simulate {
namespace {

constexpr std::uint64_t kKiB = 1024;

/// One letter a request, each object of 1 KiB; returns a letter a request: h for a hit, m for a
/// miss.
std::string hits_of(const char* policy, std::uint64_t quota_bytes, const std::string& letters) {
  std::vector<Request> trace;
  for (const char letter : letters)
    trace.push_back({0x9e3779b97f4a7c15u * static_cast<unsigned char>(letter), kKiB});
  Replay replay(*find_policy(policy), quota_bytes, trace);
  std::string hits;
  for (const Request& request : trace) {
    const std::uint64_t before = replay.counts().hits;
    replay.request(request);
    hits += replay.counts().hits > before ? 'h' : 'm';
  }
  return hits;
}

TEST(Policies, DropWhatTheirNamesSay) {
  // Three fit. d displaces a by age of entry, b by age of use, c by number of uses.
  EXPECT_EQ(hits_of("fifo", 3 * kKiB, "abcaabdbca"), "mmmhhhmhhm");
  EXPECT_EQ(hits_of("lru", 3 * kKiB, "abcabadca"), "mmmhhhmmh");
  EXPECT_EQ(hits_of("lfu", 3 * kKiB, "abcabdabc"), "mmmhhmhhm");
  EXPECT_EQ(hits_of("gdsf", 3 * kKiB, "abcabdabc"), "mmmhhmhhm");
}

TEST(Policies, KnowTheFutureInBeladysCase) {
  // LRU never hits in this loop.
  EXPECT_EQ(hits_of("lru", 2 * kKiB, "abcabcabc"), "mmmmmmmmm");
  EXPECT_EQ(hits_of("belady", 2 * kKiB, "abcabcabc"), "mmmhhmhhm");
}

TEST(Policies, NeverExceedTheQuotaAndNeverHitWhatTheyDidNotSee) {
  std::mt19937_64 random(7);
  std::vector<Request> trace;
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t name = random() % 500;
    // Some change their size; some are larger than the quota.
    trace.push_back({name * 0x9e3779b97f4a7c15u, name * 100 + (random() % 50 == 0 ? 3000000 : 0)});
  }
  for (const PolicyKind& kind : policy_kinds()) {
    SCOPED_TRACE(kind.name);
    Replay replay(kind, 2000000, trace);
    Footprint seen;
    for (const Request& request : trace) {
      const std::uint64_t hits = replay.counts().hits;
      const std::uint64_t objects = seen.objects();
      seen.request(request);
      replay.request(request);
      ASSERT_LE(replay.policy().used_bytes(), 2000000u);
      if (seen.objects() > objects) {
        ASSERT_EQ(replay.counts().hits, hits);
      }
    }
    EXPECT_GT(replay.counts().hits, 1000u);
  }
}

TEST(Policies, HitEverythingButTheFirstUsesWhenAllFits) {
  const std::vector<Request> trace = {{1, 10}, {2, 20}, {1, 10}, {3, 30}, {2, 20}, {1, 10}};
  for (const PolicyKind& kind : policy_kinds()) {
    SCOPED_TRACE(kind.name);
    const Counts counts = replay(kind, 600, trace);
    EXPECT_EQ(counts.requests, 6u);
    EXPECT_EQ(counts.hits, 3u);
    EXPECT_EQ(counts.request_bytes, 100u);
    EXPECT_EQ(counts.hit_bytes, 40u);
  }
}

TEST(FetchCost, IsARoundTripAndTheBytesOfEachMiss) {
  const Counts counts{
      .requests = 10, .hits = 4, .request_bytes = 9'000'000, .hit_bytes = 4'000'000};
  const FetchCost cost{.per_request = std::chrono::milliseconds(50), .bytes_per_second = 1e6};
  EXPECT_DOUBLE_EQ(cost.of(counts).count(), 6 * 0.05 + 5);
}

TEST(Footprint, CountsEachObjectOnceAtItsLastSize) {
  Footprint footprint;
  for (const Request& request : {Request{1, 10}, Request{2, 20}, Request{1, 4}})
    footprint.request(request);
  EXPECT_EQ(footprint.objects(), 2u);
  EXPECT_EQ(footprint.bytes(), 24u);
}

TEST(Plot, HasALineForEachPolicyInBothDiagrams) {
  const std::string svg = plot_svg("a <b> & c", {{"larder", {{0.01, 1, 1}, {0.5, 0.25, 0.5}}},
                                                 {"lru", {{0.01, 1, 1}, {0.5, 0.75, 0.5}}}});
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = svg.find("<polyline", at)) != std::string::npos; ++at) ++lines;
  EXPECT_EQ(lines, 4u);
  EXPECT_NE(svg.find("a &lt;b> &amp; c"), std::string::npos);
  EXPECT_NE(svg.find(">larder</text>"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

}  // namespace
}  // namespace larder::simulate
