// What leads from one release to the next, as a client uses it.
#include <gmock/gmock.h>

#include <algorithm>

#include "base/heap_blob.h"
#include "codec/zstd.h"
#include "digest/hash.h"
#include "filetable/delta_table.h"
#include "filetable/joint_maker.h"
#include "filetable/page_bases.h"
#include "filetable/tree_compare.h"
#include "publish/delta_pass.h"
#include "publish/prediction.h"
#include "publish_fixture.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The filetable of a release without files.
class EmptyTable final : public filetable::PageSource {
 public:
  [[nodiscard]] static filetable::PageReference root() { return {Digest{}, kPage.size(), 0}; }
  Result<Blob> page(const filetable::PageReference&) noexcept override {
    const auto bytes = std::as_bytes(std::span(kPage));
    return make_heap_blob({bytes.begin(), bytes.end()}, Source::origin);
  }

 private:
  static constexpr std::string_view kPage{"LP\1\0\0\0\0", 7};
};

class Deltas : public PublishFixture {
 protected:
  Blob object(const std::string& name) const {
    auto blob = sys::lend_file(options_.origin + "/" + name, Source::origin);
    EXPECT_TRUE(blob) << name;
    return blob ? std::move(*blob) : Blob();
  }

  /// A client that has all objects of a release and comes to have all of the newest: what it
  /// downloads, and whether everything was right.
  std::uint64_t update_from(const trust::PreviousRelease& older) {
    std::map<Digest, std::string> held;
    const auto pages = std::make_shared<OriginPages>(options_.origin);
    EmptyTable nothing;
    const auto difference_to_nothing =
        filetable::compare_trees(nothing.root(), reference_of(older.table), nothing, *pages);
    EXPECT_TRUE(difference_to_nothing);
    for (const auto& page : difference_to_nothing->new_pages)
      held[page.page.digest] = pages->page(page.page)->text();
    for (const auto& added : difference_to_nothing->added)
      held[added.entry.digest] = content_of(added.entry);

    std::uint64_t downloaded = 0;
    std::optional<filetable::DeltaTable> table;
    if (older.delta) {
      Blob blob = object(filetable::object_path(older.delta->digest, Encoding::identity));
      downloaded += blob.size();
      auto parsed = filetable::DeltaTable::parse(std::move(blob));
      EXPECT_TRUE(parsed);
      table = std::move(*parsed);
    }
    const auto get = [&](const filetable::FileEntry& target, const Digest* base) {
      if (target.size_bytes == 0 || held.contains(target.digest)) return;
      const auto patch = table && base ? table->find(target.digest, *base) : std::nullopt;
      if (!patch) {
        downloaded += target.encoded_bytes;
        held[target.digest] = content_of(target);
        return;
      }
      const Blob bytes = object(filetable::patch_path(target.digest, *base));
      EXPECT_EQ(bytes.size(), *patch);
      downloaded += bytes.size();
      const auto made = codec::zstd_apply_patch(
          bytes.bytes(), std::as_bytes(std::span(held.at(*base))), target.size_bytes);
      EXPECT_TRUE(made);
      EXPECT_EQ(digest::sha256(*made), target.digest);
      held[target.digest].assign(reinterpret_cast<const char*>(made->data()), made->size());
    };
    const auto root = reference_of(head()->table);
    const filetable::PageTree old_tree(reference_of(older.table), pages);
    if (table && table->joint() && table->joint()->makes_pages)
      downloaded += take_joint(*table->joint(), old_tree, held);
    const auto difference =
        filetable::compare_trees(reference_of(older.table), root, *pages, *pages);
    for (const auto& page : difference->new_pages) {
      const auto bases = filetable::bases_of_page(old_tree, page.first_key, page.level);
      const auto found = table && bases
                             ? filetable::find_page_patch(*table, page.page.digest, *bases, *pages)
                             : std::nullopt;
      const filetable::FileEntry entry{.digest = page.page.digest,
                                       .size_bytes = page.page.bytes,
                                       .encoded_bytes = page.page.bytes};
      if (found)
        held[found->base].assign(reinterpret_cast<const char*>(found->base_bytes.data()),
                                 found->base_bytes.size());
      get(entry, found ? &found->base : nullptr);
    }
    const filetable::PageTree new_tree(root, pages);
    if (table && table->joint() && !table->joint()->makes_pages)
      downloaded += take_joint(*table->joint(), old_tree, held);
    filetable::TreeCursor cursor(new_tree);
    for (auto more = cursor.seek(""); *more; more = cursor.next()) {
      const auto bases = filetable::bases_of_file(old_tree, cursor.path());
      const auto base = std::find_if(bases.begin(), bases.end(), [&](const auto& one) {
        return table && table->find(cursor.entry().digest, one.digest);
      });
      get(cursor.entry(), base != bases.end() ? &base->digest : nullptr);
    }

    const auto predicted =
        predict(*difference, old_tree, table ? &*table : nullptr, [&](const Digest& digest) {
          for (const auto& added : difference_to_nothing->added)
            if (added.entry.digest == digest) return true;
          return false;
        });
    EXPECT_EQ(predicted.total_bytes(), downloaded);
    return downloaded;
  }

 private:
  /// What a joint patch makes comes to be held. Returns what it costs.
  std::uint64_t take_joint(const filetable::JointPatch& joint, const filetable::PageTree& old_tree,
                           std::map<Digest, std::string>& held) {
    const auto bases = filetable::bases_of_joint(old_tree, joint);
    EXPECT_TRUE(bases);
    const Blob bytes = object(filetable::object_path(joint.digest, Encoding::identity));
    EXPECT_EQ(bytes.size(), joint.bytes);
    const filetable::JointSources sources{
        [&](const filetable::FileEntry& entry) -> Result<Blob> {
          const auto content = std::as_bytes(std::span(held.at(entry.digest)));
          return make_heap_blob({content.begin(), content.end()}, Source::store);
        },
        &old_tree.source()};
    EXPECT_TRUE(filetable::apply_joint(
        bytes.bytes(), *bases, sources,
        [&](const Digest& digest, std::span<const std::byte> made, bool) {
          held[digest].assign(reinterpret_cast<const char*>(made.data()), made.size());
        }));
    return bytes.size();
  }

  std::string content_of(const filetable::FileEntry& entry) const {
    const auto content = read_content(options_.origin, entry);
    EXPECT_TRUE(content);
    return {reinterpret_cast<const char*>(content->data()), content->size()};
  }
};

TEST_F(Deltas, LeadFromTheReleasesBeforeAndCostWhatIsPredicted) {
  options_.level = 0;
  for (unsigned i = 0; i < 400; ++i) write("folder/file-" + std::to_string(i), text(i, 3000 + i));
  must_publish();
  write("folder/file-7", text(7, 2000) + "changed" + text(7, 3007).substr(2000));
  write("folder/file-300", text(300, 3300) + "more");
  must_publish();
  write("folder/file-8", text(8, 1000) + "changed" + text(8, 3008).substr(1000));
  write("folder/added", noise(1, 1000));
  write("folder/copy", text(20, 3020));
  std::filesystem::rename(tree() + "/folder/file-9", tree() + "/zzz");
  std::filesystem::remove(tree() + "/folder/file-10");
  const auto result = must_publish();
  ASSERT_THAT(result.head.previous, SizeIs(2));
  EXPECT_EQ(result.head.previous[0].version, 2u);
  EXPECT_EQ(result.head.previous[1].version, 1u);
  const std::uint64_t full = result.head.download_bytes;
  EXPECT_LT(update_from(result.head.previous[0]), 3000u);
  EXPECT_LT(update_from(result.head.previous[1]), 4000u);
  EXPECT_GT(full, 20000u);
}

TEST_F(Deltas, MakeANewFileFromTheOneBesideItThatIsMoreLikeIt) {
  write("a/1", text(1, 20000));
  write("a/3", text(3, 20000));
  write("a/7", noise(7, 20000));
  must_publish();
  write("a/2", text(1, 20000) + "like the one before");
  write("a/4", std::string(20000, 'z'));  // nothing makes it shorter
  const auto result = must_publish();
  ASSERT_THAT(result.head.previous, SizeIs(1));
  EXPECT_THAT(files_below(options_.origin + "/patches"), SizeIs(2)) << "a/2 and the page";
  update_from(result.head.previous[0]);
  write("a/6", noise(7, 10000) + text(3, 4000));
  EXPECT_LT(update_from(must_publish().head.previous[0]), 6000u) << "the one behind";
}

TEST_F(Deltas, OfFilesThatAreAlikeCostLittleTogether) {
  for (unsigned i = 0; i < 50; ++i) write("a/" + std::to_string(i), text(i, 4000));
  must_publish();
  for (unsigned i = 0; i < 50; i += 5)
    write("a/" + std::to_string(i), text(i, 4000) + noise(9, 900));
  const auto result = must_publish();
  ASSERT_THAT(result.deltas, SizeIs(1));
  EXPECT_GT(result.deltas[0].patch_bytes, 9000u);
  EXPECT_GT(result.deltas[0].joint_bytes, 0u);
  EXPECT_LT(result.deltas[0].joint_bytes, 1500u) << "what is the same, once; and no digests";
  EXPECT_LT(update_from(result.head.previous[0]), 2000u);
  // A tree that has been there is published again: nothing new but the head.
  for (unsigned i = 0; i < 50; i += 5) write("a/" + std::to_string(i), text(i, 4000));
  must_publish();
  for (unsigned i = 0; i < 50; i += 5)
    write("a/" + std::to_string(i), text(i, 4000) + noise(9, 900));
  const auto again = must_publish();
  ASSERT_FALSE(again.deltas.empty());
  EXPECT_EQ(again.deltas[0].joint_bytes, result.deltas[0].joint_bytes);
  EXPECT_EQ(again.new_files, 0u);
}

TEST_F(Deltas, WhatTakesTooMuchMemoryTogetherStaysApart) {
  for (unsigned i = 0; i < 3; ++i) write("small/" + std::to_string(i), text(i, 4000));
  for (unsigned i = 0; i < 3; ++i) write("large/" + std::to_string(i), noise(i, 6'000'000));
  must_publish();
  const std::string more = noise(9, 900);
  for (unsigned i = 0; i < 3; ++i) write("small/" + std::to_string(i), text(i, 4000) + more);
  for (unsigned i = 0; i < 3; ++i) write("large/" + std::to_string(i), noise(i, 6'000'000) + more);
  const auto result = must_publish();
  const auto table = filetable::DeltaTable::parse(
      object(filetable::object_path(result.head.previous[0].delta->digest, Encoding::identity)));
  ASSERT_TRUE(table && table->joint());
  EXPECT_TRUE(table->joint()->makes(4900, 4000));
  EXPECT_FALSE(table->joint()->makes(6'000'900, 6'000'000)) << "all of one length or none";
  update_from(result.head.previous[0]);
}

TEST_F(Deltas, CostLittleWherePagesEndElsewhere) {
  const auto name = [](unsigned i) { return "folder/file-" + std::to_string(100000 + i * 7); };
  for (unsigned i = 0; i < 1500; ++i) write(name(i), noise(i, 10));
  must_publish();
  const std::uint64_t pages = head()->table.bytes;
  for (unsigned i = 0; i < 1500; i += 25) write(name(i) + "b", "");
  const auto result = must_publish();
  ASSERT_NE(result.head.table.bytes, pages);  // their number is another
  ASSERT_THAT(result.head.previous, SizeIs(1));
  EXPECT_LT(update_from(result.head.previous[0]), 6000u);
}

TEST_F(Deltas, AreKeptForTheLastReleasesOnly) {
  options_.keep_deltas = 2;
  for (unsigned i = 0; i < 5; ++i) {
    write("f", text(1, 20000) + std::to_string(i));
    must_publish();
  }
  ASSERT_THAT(head()->previous, SizeIs(2));
  EXPECT_EQ(head()->previous[0].version, 4u);
  EXPECT_EQ(head()->previous[1].version, 3u);
  options_.keep_deltas = 0;
  write("f", "x");
  must_publish();
  EXPECT_THAT(head()->previous, IsEmpty());
}

TEST_F(Deltas, PatchesThatSaveLittleAreNotKept) {
  write("f", noise(1, 20000));
  must_publish();
  write("f", noise(2, 20000));
  must_publish();
  ASSERT_THAT(head()->previous, SizeIs(1));
  EXPECT_FALSE(std::filesystem::exists(options_.origin + "/patches") &&
               !files_below(options_.origin + "/patches").empty());
  EXPECT_GE(update_from(head()->previous[0]), 20000u);
}

TEST_F(Deltas, GoBackWhenAnOlderReleaseIsPublishedAgain) {
  write("f", text(1, 20000));
  const auto first = must_publish();
  write("f", text(1, 20000) + "worse");
  write("g", "g");
  must_publish();
  options_.directory.clear();
  options_.from_release = 1;
  const auto back = must_publish();
  EXPECT_EQ(back.head.version, 3u);
  EXPECT_EQ(back.head.table, first.head.table);
  EXPECT_EQ(back.head.content_bytes, first.head.content_bytes);
  EXPECT_EQ(back.head.download_bytes, first.head.download_bytes);
  ASSERT_THAT(back.head.previous, SizeIs(1));
  EXPECT_EQ(back.head.previous[0].version, 2u);
  EXPECT_LT(update_from(back.head.previous[0]), 1000u);
  options_.from_release = 7;
  EXPECT_EQ(publish().error(), errc::invalid_argument);
}

TEST_F(Deltas, AnOlderReleaseThatIsNotCompleteIsNotPublishedAgain) {
  write("f", text(1, 20000));
  must_publish();
  write("f", "short");
  must_publish();
  std::filesystem::remove_all(options_.origin + "/zstd");
  options_.directory.clear();
  options_.from_release = 1;
  EXPECT_EQ(publish().error(), errc::not_found);
  EXPECT_THAT(why_, HasSubstr("content of f is gone"));
}

TEST_F(Deltas, AnOlderReleaseThatIsGoneIsPassedOver) {
  write("f", text(1, 20000));
  must_publish();
  std::filesystem::remove_all(options_.origin + "/zstd");
  write("f", text(1, 20000) + "x");
  const auto result = must_publish();
  EXPECT_THAT(result.warnings, SizeIs(1));
  ASSERT_THAT(result.head.previous, SizeIs(1));
  EXPECT_FALSE(result.head.previous[0].delta);
}

}  // namespace
}  // namespace larder::publish
