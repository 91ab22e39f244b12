#include "filetable/joint_patch.h"

#include <gmock/gmock.h>

#include <limits>

#include "codec/zstd.h"
#include "filetable/joint_maker.h"
#include "filetable/wire.h"
#include "page_store.h"

namespace larder::filetable {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string text(unsigned seed, std::size_t size) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) text += std::to_string(random()) + ' ';
  text.resize(size);
  return text;
}

/// An old tree of files whose contents are at hand, and a joint patch made for it.
class JointPatchTest : public ::testing::Test {
 protected:
  JointPatchTest() {
    std::vector<NamedEntry> entries;
    for (unsigned i = 0; i < 600; ++i) {
      const std::string content = text(i, 200 + i);
      entries.push_back({"file-" + std::to_string(1000 + i), entry_of(content)});
      contents_[entries.back().entry.digest] = content;
    }
    tree_ = std::make_unique<PageTree>(store_->put(entries), store_);
    patch_.makes_pages = true;
    patch_.anchors = {{7, true}, {30, false}, {31, true}, {599, true}};
    bases_ = must(bases_of_joint(*tree_, patch_));
    sources_.pages = store_.get();
    sources_.content = [this](const FileEntry& entry) -> Result<Blob> {
      const auto found = contents_.find(entry.digest);
      if (found == contents_.end()) return errc::would_fetch;
      return blob_of(found->second);
    };
  }
  template <class T>
  static T must(Result<T> result) {
    EXPECT_TRUE(result) << result.error().message();
    return result ? std::move(*result) : T();
  }

  /// The objects of one stage after the other, as a joint patch.
  std::string make(const std::vector<std::vector<std::string>>& objects) {
    std::vector<JointStage> stages;
    std::vector<std::vector<std::byte>> frames(objects.size());
    std::vector<Digest> made;
    for (std::size_t i = 0; i < objects.size(); ++i) {
      stages.emplace_back();
      std::string all;
      const auto prefix = must(prefix_of_stage(bases_, i, made, sources_));
      made.clear();
      for (const std::string& object : objects[i]) {
        stages[i].sizes.push_back(object.size());
        made.push_back(digest::sha256(bytes_of(object)));
        all += object;
      }
      if (!all.empty()) {
        EXPECT_TRUE(codec::ZstdEncoder().make_patch(bytes_of(all), prefix, 19, 1 << 20, frames[i]));
      }
      stages[i].frame = frames[i];
    }
    return write_joint(stages);
  }
  std::error_code apply(std::string_view joint) {
    taken_.clear();
    return apply_joint(bytes_of(joint), bases_, sources_,
                       [this](const Digest& digest, std::span<const std::byte> bytes, bool page) {
                         EXPECT_EQ(digest, digest::sha256(bytes));
                         taken_.emplace_back(
                             std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                             page);
                       })
        .error();
  }

  std::shared_ptr<PageStore> store_ = std::make_shared<PageStore>();
  std::map<Digest, std::string> contents_;
  std::unique_ptr<PageTree> tree_;
  JointPatch patch_;
  JointBases bases_;
  JointSources sources_;
  std::vector<std::pair<std::string, bool>> taken_;
};

TEST_F(JointPatchTest, BeginsFromWhatItsAnchorsNameAndThePagesThatLeadThere) {
  EXPECT_THAT(bases_.contents,
              ElementsAre(*tree_->entry_at(7), *tree_->entry_at(31), *tree_->entry_at(599)));
  ASSERT_THAT(bases_.pages, SizeIs(2));
  EXPECT_THAT(bases_.pages[1], ElementsAre(tree_->root()));
  EXPECT_THAT(bases_.pages[0], ElementsAre(*tree_->page_around("file-1007", 0),
                                           *tree_->page_around("file-1599", 0)));
  patch_.makes_pages = false;
  EXPECT_THAT(must(bases_of_joint(*tree_, patch_)).pages, SizeIs(0));
}

TEST_F(JointPatchTest, HasNoBasesInATreeThatIsAnotherOrNotHere) {
  patch_.anchors.push_back({600, true});
  EXPECT_EQ(bases_of_joint(*tree_, patch_).error(), errc::bad_table);
  patch_.anchors = {{3, true}};
  store_->hide_all();
  const PageTree cold(tree_->root(), store_);
  EXPECT_EQ(bases_of_joint(cold, patch_).error(), errc::would_fetch);
  FileEntry huge = entry_of("huge");
  huge.size_bytes = std::numeric_limits<std::uint64_t>::max() / 2;
  PageTree large(store_->put({{"a", huge}, {"b", entry_of("b")}}), store_);
  store_->hidden.clear();
  patch_.anchors = {{0, true}};
  EXPECT_EQ(bases_of_joint(large, patch_).error(), errc::too_large);
}

TEST_F(JointPatchTest, MakesContentsAndThenPagesThatNameThem) {
  const std::string a = contents_[bases_.contents[0].digest] + "more";
  const std::string b = text(31, 150) + "in between" + text(31, 231).substr(150);
  const auto digests = [](std::initializer_list<std::string> contents) {
    std::string page = "this page names ";
    for (const std::string& content : contents) put_digest(page, digest::sha256(bytes_of(content)));
    return page;
  };
  const std::string leaf = digests({a, b});
  const std::string joint = make({{a, b}, {leaf, "another leaf"}, {digests({leaf})}});
  EXPECT_LT(joint.size(), 180u) << "no digest is in it";
  EXPECT_FALSE(apply(joint));
  EXPECT_THAT(taken_, ElementsAre(std::pair(a, false), std::pair(b, false), std::pair(leaf, true),
                                  std::pair(std::string("another leaf"), true),
                                  std::pair(digests({leaf}), true)));
  EXPECT_FALSE(apply(make({{}, {"only a page"}})));
  EXPECT_THAT(taken_, ElementsAre(std::pair(std::string("only a page"), true)));
}

TEST_F(JointPatchTest, NeedsAllThatItBeginsFrom) {
  const std::string joint = make({{"content"}, {"page"}});
  store_->hidden.insert(tree_->root().digest);
  store_->hidden.insert(bases_.pages[0][0].digest);
  EXPECT_EQ(apply(joint), errc::would_fetch);
  EXPECT_THAT(taken_, SizeIs(1)) << "contents do not need pages";
  std::string& base = contents_[bases_.contents[1].digest];
  base += "longer";
  EXPECT_EQ(apply(joint), errc::damaged);
  contents_.erase(bases_.contents[1].digest);
  EXPECT_EQ(apply(joint), errc::would_fetch);
}

TEST_F(JointPatchTest, MakesNothingOfOtherSizesThanItSays) {
  const std::string content(1000, 'c');
  for (const std::uint64_t size : {999u, 1001u}) {
    std::vector<std::byte> frame;
    const auto prefix = must(prefix_of_stage(bases_, 0, {}, sources_));
    ASSERT_TRUE(codec::ZstdEncoder().make_patch(bytes_of(content), prefix, 3, 5000, frame));
    const JointStage stage{{size}, frame};
    EXPECT_EQ(apply(write_joint({&stage, 1})), size < 1000 ? errc::too_large : errc::damaged);
    EXPECT_THAT(taken_, SizeIs(0));
  }
}

TEST_F(JointPatchTest, IsRefusedBeforeItTakesMuchMemory) {
  const std::string frame = "frame";
  const auto joint_of = [&](std::vector<std::uint64_t> sizes, std::vector<std::uint64_t> pages) {
    const JointStage stages[] = {{std::move(sizes), bytes_of(frame)},
                                 {std::move(pages), bytes_of(frame)}};
    return write_joint(stages);
  };
  EXPECT_TRUE(read_joint(bytes_of(joint_of({kMaxJointMemory - 100}, {100}))));
  EXPECT_EQ(apply(joint_of({kMaxJointMemory - 100}, {100})), errc::too_large) << "with the bases";
  EXPECT_EQ(apply(joint_of({kMaxJointMemory - 100}, {101})), errc::bad_table);
  EXPECT_EQ(apply(joint_of({std::uint64_t{1} << 62}, {1})), errc::bad_table);
  EXPECT_EQ(apply(joint_of({1}, {kMaxPageBytes + 1})), errc::bad_table);
}

TEST_F(JointPatchTest, IsRefusedIfItIsNone) {
  const std::string good = make({{"content"}, {"page"}});
  EXPECT_FALSE(apply(good));
  for (std::size_t end = 0; end < good.size(); ++end)
    EXPECT_TRUE(apply(good.substr(0, end))) << end;
  EXPECT_EQ(apply(good + "x"), errc::bad_table);
  const auto expect_bad = [&](const std::string& joint) {
    EXPECT_EQ(apply(joint), errc::bad_table) << joint;
  };
  expect_bad("LX\1\1\1\1\1x");
  expect_bad("LJ\2\1\1\1\1x");
  expect_bad(std::string("LJ\1\0", 4));
  expect_bad(std::string("LJ\1\x12") + std::string(36, '\0'));
  expect_bad(std::string("LJ\1\1\0\1x", 7));    // a frame of no objects
  expect_bad(std::string("LJ\1\1\1\1\0", 7));   // objects of no frame
  expect_bad(std::string("LJ\1\1\1\0\1x", 8));  // an object of no bytes
  expect_bad("LJ\1\1\x7f\1\1x");
}

TEST_F(JointPatchTest, MutatedAtRandomMakesNothingThatIsMistakenForSomethingElse) {
  const std::string content = contents_[bases_.contents[0].digest] + "more";
  const std::string whole = make({{content, text(1000, 300)}, {"page"}});
  std::mt19937 random(4);
  int made = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    made += apply(bytes) ? 0 : 1;  // digests are looked at in apply()
  }
  EXPECT_GT(made, 100);
}

}  // namespace
}  // namespace larder::filetable
