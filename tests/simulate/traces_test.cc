// Holds the store's policy to what others do, on every trace and at four sizes of the cache.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "simulate/replay.h"

namespace larder::simulate {
namespace {

struct Trace {
  std::vector<Request> requests;
  Footprint footprint;
};

Trace read(const std::string& name) {
  Trace trace;
  TraceReader reader(std::string(LARDER_TRACES) + "/" + name);
  for (Request request; reader.next(request);) {
    trace.requests.push_back(request);
    trace.footprint.request(request);
  }
  EXPECT_EQ(reader.error(), "");
  return trace;
}

Counts replay(const Trace& trace, const char* policy, double share) {
  const auto quota =
      static_cast<std::uint64_t>(share * static_cast<double>(trace.footprint.bytes()));
  return simulate::replay(*find_policy(policy), quota, trace.requests);
}

double object_miss(const Counts& counts) {
  return 1 - counts.object_hit_rate();
}
double byte_miss(const Counts& counts) {
  return 1 - counts.byte_hit_rate();
}

class Traces : public ::testing::TestWithParam<const char*> {};

TEST_P(Traces, AreServedNoWorseThanByLruAndGdsf) {
  const Trace trace = read(GetParam());
  for (const double share : {0.05, 0.10, 0.25, 0.50}) {
    SCOPED_TRACE(share);
    const Counts ours = replay(trace, "larder", share);
    const Counts lru = replay(trace, "lru", share);
    const Counts gdsf = replay(trace, "gdsf", share);
    EXPECT_LE(object_miss(ours), object_miss(lru));
    EXPECT_LE(object_miss(ours), 1.05 * object_miss(gdsf));
    EXPECT_LE(byte_miss(ours), 1.02 * byte_miss(lru));
  }
}

INSTANTIATE_TEST_SUITE_P(Recorded, Traces,
                         ::testing::Values("household-mix.txt.zst", "mrrescue-ABCABC.txt.zst",
                                           "neverball-ABAB.txt.zst", "stk-ABAB.txt.zst",
                                           "supertux-ABCAB.txt.zst", "web-adapt.txt.zst"),
                         [](const auto& trace) {
                           const std::string name = trace.param;
                           const std::string word = name.substr(0, name.find_first_of("-."));
                           return word;
                         });

TEST(TraceFolder, IsTestedAsAWhole) {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(LARDER_TRACES))
    if (file.path().extension() == ".zst") ++files;
  EXPECT_EQ(files, 6u);
}

// Counted by an independent simulator.
TEST(Simulator, CountsWhatOthersCounted) {
  const Trace supertux = read("supertux-ABCAB.txt.zst");
  EXPECT_EQ(supertux.requests.size(), 7979u);
  EXPECT_EQ(supertux.footprint.objects(), 1151u);
  EXPECT_NEAR(object_miss(replay(supertux, "lru", 0.25)), 0.568, 0.001);
  EXPECT_NEAR(object_miss(replay(supertux, "fifo", 0.25)), 0.569, 0.001);
  EXPECT_NEAR(object_miss(replay(supertux, "s3-fifo", 0.25)), 0.561, 0.002);
  EXPECT_NEAR(object_miss(replay(supertux, "gdsf", 0.25)), 0.288, 0.001);
  EXPECT_NEAR(object_miss(replay(supertux, "belady", 0.25)), 0.397, 0.001);
  EXPECT_NEAR(byte_miss(replay(supertux, "lru", 0.25)), 0.181, 0.001);
  EXPECT_NEAR(byte_miss(replay(supertux, "gdsf", 0.25)), 0.163, 0.001);
  EXPECT_NEAR(byte_miss(replay(supertux, "belady", 0.25)), 0.130, 0.001);

  const Trace web = read("web-adapt.txt.zst");
  EXPECT_NEAR(object_miss(replay(web, "lru", 0.10)), 0.656, 0.001);
  EXPECT_NEAR(object_miss(replay(web, "fifo", 0.10)), 0.671, 0.001);
  EXPECT_NEAR(object_miss(replay(web, "s3-fifo", 0.10)), 0.622, 0.001);
  EXPECT_NEAR(object_miss(replay(web, "gdsf", 0.10)), 0.580, 0.001);
}

}  // namespace
}  // namespace larder::simulate
