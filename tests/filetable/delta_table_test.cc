#include "filetable/delta_table.h"

#include <gmock/gmock.h>

#include "page_store.h"

namespace larder::filetable {
namespace {

using ::testing::HasSubstr;

Digest some_digest(unsigned n) {
  return digest::sha256(std::as_bytes(std::span(&n, 1)));
}

std::vector<PatchNote> some_notes(unsigned count) {
  std::vector<PatchNote> notes;
  for (unsigned i = 0; i < count; ++i)
    notes.push_back({some_digest(i), some_digest(i + 1000000), 1 + i * 37ull});
  return notes;
}

TEST(DeltaTable, FindsWhatWasWrittenAndNothingElse) {
  for (const unsigned count : {0u, 1u, 31u, 32u, 33u, 5000u}) {
    const auto notes = some_notes(count);
    const auto table = DeltaTable::parse(blob_of(write_delta_table(notes)));
    ASSERT_TRUE(table);
    EXPECT_EQ(table->size(), count);
    for (const PatchNote& note : notes) {
      EXPECT_EQ(table->find(note.target, note.base), note.bytes);
      EXPECT_FALSE(table->find(note.target, some_digest(5)));
      EXPECT_FALSE(table->find(some_digest(999999), note.base));
    }
  }
}

TEST(DeltaTable, TakesFewBytesARow) {
  EXPECT_LE(write_delta_table(some_notes(2000)).size(), 2000u * 6);
}

TEST(DeltaTable, HasNoAnswerForPairsThatItsWriterKnewToHaveNone) {
  auto notes = some_notes(2000);
  const std::size_t rows = notes.size();
  for (std::size_t i = 0; i < rows; ++i) {
    PatchNote like = notes[i];  // it begins as a row does
    like.target.bytes[3 + i % 3] ^= std::byte{1};
    like.bytes = 0;
    notes.push_back(like);
  }
  notes.push_back({notes[0].target, notes[0].base, 0});  // of one pair the patch counts
  const auto table = DeltaTable::parse(blob_of(write_delta_table(notes)));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->size(), rows);
  EXPECT_EQ(table->find(notes[0].target, notes[0].base), notes[0].bytes);
  for (std::size_t i = rows; i < 2 * rows; ++i)
    EXPECT_FALSE(table->find(notes[i].target, notes[i].base)) << i;
}

TEST(DeltaTable, TellsRowsApartThatBeginAlike) {
  PatchNote a{some_digest(1), some_digest(2), 10};
  PatchNote b = a;
  b.target.bytes[20] ^= std::byte{1};
  b.bytes = 11;
  const PatchNote notes[] = {a, b, a};
  const auto table = DeltaTable::parse(blob_of(write_delta_table(notes)));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->size(), 2u);
  EXPECT_EQ(table->find(a.target, a.base), 10u);
  EXPECT_EQ(table->find(b.target, b.base), 11u);
}

JointPatch some_joint() {
  JointPatch joint;
  joint.digest = some_digest(77);
  joint.bytes = 5000;
  joint.makes_pages = true;
  joint.longest_pair = 1 << 20;
  joint.anchors = {{0, false}, {1, true}, {300, true}, {std::uint64_t{1} << 40, false}};
  return joint;
}

TEST(DeltaTable, NamesAJointPatchIfThereIsOne) {
  for (const unsigned count : {0u, 1u, 70u}) {
    const auto notes = some_notes(count);
    const JointPatch joint = some_joint();
    const auto table = DeltaTable::parse(blob_of(write_delta_table(notes, &joint)));
    ASSERT_TRUE(table);
    EXPECT_EQ(table->size(), count);
    for (const PatchNote& note : notes) {
      EXPECT_EQ(table->find(note.target, note.base), note.bytes);
      EXPECT_FALSE(table->find(note.target, some_digest(5)));
    }
    ASSERT_TRUE(table->joint());
    EXPECT_EQ(table->joint()->digest, joint.digest);
    EXPECT_EQ(table->joint()->bytes, joint.bytes);
    EXPECT_TRUE(table->joint()->makes_pages);
    EXPECT_EQ(table->joint()->longest_pair, joint.longest_pair);
    EXPECT_EQ(table->joint()->anchors, joint.anchors);
    // Without one it is as it always was.
    const std::string plain = write_delta_table(notes);
    EXPECT_EQ(plain[2], 1);
    EXPECT_FALSE(DeltaTable::parse(blob_of(plain))->joint());
  }
}

TEST(DeltaTable, SaysWhatIsWrongWithAJointPatch) {
  const auto expect_bad = [](const std::string& bytes, const char* because) {
    std::string why;
    EXPECT_EQ(DeltaTable::parse(blob_of(bytes), &why).error(), errc::bad_table);
    EXPECT_THAT(why, HasSubstr(because));
  };
  const auto expect_bad_joint = [&](const JointPatch& joint, const char* because) {
    expect_bad(write_delta_table(some_notes(2), &joint), because);
  };
  const JointPatch good = some_joint();
  const std::string whole = write_delta_table(some_notes(2), &good);
  for (std::size_t end = 2 * 6 + 5; end < whole.size(); ++end)
    expect_bad(whole.substr(0, end), "cut off");
  expect_bad(whole + "x", "left over");
  JointPatch joint = good;
  joint.bytes = 0;
  expect_bad_joint(joint, "impossible length");
  joint.bytes = kMaxUpdateBytes + 1;
  expect_bad_joint(joint, "impossible length");
  joint.makes_pages = false;
  EXPECT_TRUE(DeltaTable::parse(blob_of(write_delta_table({}, &joint))));
  joint.bytes = kMaxJointMemory + 1;
  expect_bad_joint(joint, "impossible length");
  joint = good;
  joint.longest_pair = kMaxJointMemory + 1;
  expect_bad_joint(joint, "impossible length");
  joint = good;
  joint.anchors = {{(std::uint64_t{1} << 61) + 5, true}, {(std::uint64_t{1} << 62) + 5, true}};
  expect_bad_joint(joint, "impossible entry");
  std::string unknown = write_delta_table({}, &good);
  unknown[5 + 32 + 2] = 2;  // behind the digest and the length
  expect_bad(unknown, "unknown kind");
}

TEST(DeltaTable, SaysWhatIsWrong) {
  const auto expect_bad = [](const std::string& bytes, const char* because) {
    std::string why;
    EXPECT_EQ(DeltaTable::parse(blob_of(bytes), &why).error(), errc::bad_table);
    EXPECT_THAT(why, HasSubstr(because));
  };
  expect_bad("", "no delta table");
  expect_bad("LP\1\2", "no delta table");
  expect_bad(std::string("LD\3\2\0", 5), "version");
  expect_bad("LD\1\2", "cut off");
  expect_bad(std::string("LD\1\1\0", 5), "length");
  expect_bad(std::string("LD\1\x21\0", 5), "length");
  expect_bad(std::string("LD\1\2\0x", 6), "left over");
  expect_bad("LD\1\2\1ab", "a row is cut off");
  expect_bad(std::string("LD\1\2\1ab\0", 8), "no bytes");
  expect_bad("LD\1\2\2ab\1ab\1", "out of order");
  expect_bad("LD\1\2\2ab\1aa\1", "out of order");
  expect_bad(
      "LD\1\2\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
      "ab\1",
      "a row is cut off");
}

TEST(DeltaTable, MutatedAtRandomIsRefusedOrAnswers) {
  std::mt19937 random(3);
  const auto notes = some_notes(70);
  const JointPatch joint = some_joint();
  const std::string plain = write_delta_table(notes);
  const std::string with_joint = write_delta_table(notes, &joint);
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = round % 2 == 0 ? plain : with_joint;
    bytes[random() % bytes.size()] ^= static_cast<char>(1 + random() % 255);
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const auto table = DeltaTable::parse(blob_of(bytes));
    if (!table) continue;
    ++accepted;
    for (const PatchNote& note : notes) {
      const auto found = table->find(note.target, note.base);
      ASSERT_NE(found, 0u);
    }
  }
  EXPECT_GT(accepted, 50);
}

}  // namespace
}  // namespace larder::filetable
