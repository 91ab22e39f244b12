// A hostile origin: every file of a small release flipped, cut, spliced and exchanged. A client
// gets the right bytes or an error of ours, and never worse.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "flow/native_game.h"

namespace larder {
namespace {

using test::NativeTree;

class HostileOrigin : public ::testing::Test {
 protected:
  HostileOrigin() {
    // Enough files for a table of several pages, and contents of every kind.
    before_ = test::many_files(150);
    before_.files["story.txt"] = std::string(30'000, 's') + "one";
    before_.files["big.txt"] = std::string(200'000, 'b');
    before_.files["empty"] = "";
    after_ = before_;
    after_.files["story.txt"] = std::string(30'000, 's') + "two";
    after_.files["folder1/file1"] = "changed";
    publish_before();
  }

  void publish_before() {
    before_.write(root());
    before_.announce(root(), 1, {&key_});
  }
  void publish_after() {
    after_.write(root());
    after_.write_deltas(root(), before_);
    after_.write_pack(root());
    after_.announce(root(), 2, {&key_});
  }

  [[nodiscard]] Options app(const std::string& store) const {
    Options options;
    options.origin = root();
    options.store = store;
    options.trust.keys = {trust::to_text(key_.public_key())};
    options.attempts = 2;
    return options;
  }

  [[nodiscard]] std::vector<std::filesystem::path> files_of_origin() const {
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::recursive_directory_iterator(root()))
      if (file.is_regular_file()) files.push_back(file.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  static void expect_ours(const std::error_code& error) {
    EXPECT_STREQ(error.category().name(), "larder") << error.message();
  }

  /// Files that a client looks at: those with something special, and some others.
  static std::vector<std::string> some_paths() {
    return {"story.txt",       "big.txt",          "empty", "folder1/file1", "folder7/file147",
            "folder12/file12", "folder19/file119", "zzz"};
  }
  /// Reads files that must be as in `tree`, or fail.
  static int expect_right_or_error(Vfs& vfs, const NativeTree& tree) {
    int right = 0;
    for (const std::string& path : some_paths()) {
      const auto blob = vfs.read(path);
      const auto wanted = tree.files.find(path);
      if (!blob) {
        expect_ours(blob.error());
        continue;
      }
      EXPECT_NE(wanted, tree.files.end()) << path;
      if (wanted == tree.files.end()) continue;
      EXPECT_EQ(blob->text(), wanted->second) << path;
      ++right;
    }
    return right;
  }

  /// What a hostile origin makes of a file; `others` are the origin's other files.
  std::string damage(const std::string& bytes, int kind, const std::vector<std::string>& others) {
    const std::size_t at = bytes.empty() ? 0 : random_() % bytes.size();
    const std::string& other = others[random_() % others.size()];
    std::string damaged = bytes;
    switch (kind) {
      case 0:
        if (!damaged.empty()) damaged[at] = static_cast<char>(damaged[at] ^ (1 << random_() % 8));
        return damaged;
      case 1: return bytes.substr(0, at);
      case 2: return bytes + "x";
      case 3: return "";
      case 4: return other;
      case 5: return bytes.substr(0, at) + other.substr(std::min(at, other.size()));
      default: return bytes + bytes;
    }
  }
  static constexpr int kKinds = 7;

  /// Calls `each` with every file of the origin damaged in every way, one after the other.
  template <class Each>
  void with_every_damage(const Each& each) {
    const auto files = files_of_origin();
    std::vector<std::string> contents;
    for (const auto& file : files) contents.push_back(test::read_file(file));
    for (std::size_t i = 0; i < files.size(); ++i) {
      // The many small files of the tree are all alike: a few of them will do.
      if (contents[i].starts_with("content of file") && i % 40 != 0) continue;
      for (int kind = 0; kind < kKinds; ++kind) {
        SCOPED_TRACE(files[i].string() + ", kind " + std::to_string(kind));
        test::write_file(files[i], damage(contents[i], kind, contents));
        each();
        if (HasFailure()) return;
      }
      test::write_file(files[i], contents[i]);
    }
  }

  [[nodiscard]] std::string root() const { return scratch_ / "origin"; }

  test::TempDirectory scratch_;
  const trust::PrivateKey key_ = trust::PrivateKey::generate();
  NativeTree before_;
  NativeTree after_;
  std::mt19937 random_{5};
};

TEST_F(HostileOrigin, GivesAFreshClientRightBytesOrAnError) {
  int opened = 0;
  int refused = 0;
  int right = 0;
  int round = 0;
  with_every_damage([&] {
    const std::string store = scratch_ / ("store" + std::to_string(++round));
    {
      auto vfs = Vfs::open(app(store));
      if (vfs) {
        ++opened;
        right += expect_right_or_error(*vfs, before_);
        static_cast<void>(vfs->list(""));
        static_cast<void>(vfs->prefetch({"folder2/*"}));
      } else {
        ++refused;
        expect_ours(vfs.error());
      }
    }
    std::filesystem::remove_all(store);
  });
  // Most damage hits one file of many; that of the head is refused as a whole.
  EXPECT_GT(opened, 20);
  EXPECT_GT(refused, 5);
  EXPECT_GT(right, 5 * opened);
}

TEST_F(HostileOrigin, LeavesAnUpdatingClientWithOneOfTheTwoReleases) {
  const std::string first = scratch_ / "first";
  {
    Vfs vfs = test::NativeGame::open(app(first));
    EXPECT_EQ(expect_right_or_error(vfs, before_), 7);
  }
  publish_after();
  int updated = 0;
  int stayed = 0;
  with_every_damage([&] {
    const std::string store = scratch_ / "copy";
    std::filesystem::copy(first, store, std::filesystem::copy_options::recursive);
    {
      Options options = app(store);
      options.refresh_at = RefreshAt::demand;
      Vfs vfs = test::NativeGame::open(options);
      const auto refreshed = vfs.refresh();
      if (!refreshed) expect_ours(refreshed.error());
      const bool is_new = vfs.release_id() == "stable-2";
      EXPECT_EQ(is_new, refreshed.has_value());
      (is_new ? updated : stayed) += 1;
      const int right = expect_right_or_error(vfs, is_new ? after_ : before_);
      // What was held is still there; what is new may be what was damaged.
      EXPECT_GE(right, is_new ? 4 : 7);
    }
    std::filesystem::remove_all(store);
  });
  EXPECT_GT(updated, 20);
  EXPECT_GT(stayed, 5);
}

}  // namespace
}  // namespace larder
