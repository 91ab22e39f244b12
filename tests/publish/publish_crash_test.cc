// A power cut at every moment of publishing: clients see a whole release, and publishing again
// makes the next.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "publish_fixture.h"
#include "support/crashed_disk.h"
#include "support/long_form.h"
#include "support/recording_file_system.h"

namespace larder::publish {
namespace {

using Cut = test::CrashedDisk::Cut;

class PublishCrash : public PublishFixture {
 protected:
  PublishCrash() { options_.threads = 1; }

  /// Publishes `files` as the tree, and remembers what clients may see from then on.
  void publish_tree(const Files& files) {
    for (const auto& [path, content] : files) write(path, content);
    versions_.push_back(files_below(tree()));
    must_publish();
  }

  /// What a client of the origin in `state` sees is a release as a whole: number `least` or newer.
  void expect_whole(const std::string& state, std::size_t least, const std::string& when) {
    const std::string origin = std::exchange(options_.origin, state);
    const auto found = head();
    const std::size_t version = found ? found->version : 0;
    EXPECT_GE(version, least) << when;
    ASSERT_LE(version, versions_.size()) << when;
    if (found) {
      EXPECT_EQ(fetch(), versions_[version - 1]) << when;
    }
    ASSERT_TRUE(publish()) << when << ": " << why_;
    EXPECT_EQ(head()->version, version + 1) << when;
    EXPECT_EQ(fetch(), files_below(tree())) << when;
    options_.origin = origin;
  }

  /// Everything that a power cut may leave of what was recorded.
  void replay(const test::DiskLog& log, const std::vector<std::size_t>& published) {
    const auto operations = log.operations();
    const std::size_t often = test::in_long_form() ? 60 : 12;
    std::mt19937_64 random(7);
    test::CrashedDisk disk;
    for (std::size_t done = 0;; ++done) {
      const auto least = static_cast<std::size_t>(
          std::upper_bound(published.begin(), published.end(), done) - published.begin());
      // What has just got its name is what may lack its bytes.
      const bool named = done > 0 && operations[done - 1].kind == test::DiskOperation::Kind::rename;
      const std::size_t rounds = named ? often : often / 12;
      for (const Cut cut : {Cut::lose_all, Cut::keep_all, Cut::random})
        for (std::size_t round = 0; round < (cut == Cut::random ? rounds : 1); ++round) {
          const std::string state = beside("state");
          std::filesystem::create_directory(state);
          disk.write_state(state, cut, random);
          expect_whole(state, least,
                       "after " + std::to_string(done) + " operations, cut " +
                           std::to_string(static_cast<int>(cut)));
          if (HasFailure()) return;
          std::filesystem::remove_all(state);
        }
      if (done == operations.size()) break;
      disk.apply(operations[done]);
    }
  }

  std::vector<Files> versions_;  ///< what each release has
};

TEST_F(PublishCrash, APowerCutAtAnyMomentLeavesAWholeRelease) {
  std::filesystem::create_directory(options_.origin);
  test::DiskLog log(options_.origin);
  test::RecordingFileSystem recording(log);
  options_.file_system = &recording;
  std::vector<std::size_t> published;  // operations after which a release must be there
  publish_tree({{"a/one", text(1, 3000)}, {"a/two", noise(2, 900)}, {"three", "3"}});
  published.push_back(log.size());
  publish_tree({{"a/one", text(1, 3100)}, {"four", noise(4, 2000)}});
  published.push_back(log.size());
  options_.file_system = &sys::FileSystem::real();
  replay(log, published);
}

}  // namespace
}  // namespace larder::publish
