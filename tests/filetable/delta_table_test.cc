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

TEST(DeltaTable, SaysWhatIsWrong) {
  const auto expect_bad = [](const std::string& bytes, const char* because) {
    std::string why;
    EXPECT_EQ(DeltaTable::parse(blob_of(bytes), &why).error(), errc::bad_table);
    EXPECT_THAT(why, HasSubstr(because));
  };
  expect_bad("", "no delta table");
  expect_bad("LP\1\2", "no delta table");
  expect_bad(std::string("LD\2\2\0", 5), "version");
  expect_bad("LD\1\2", "cut off");
  expect_bad(std::string("LD\1\1\0", 5), "length");
  expect_bad(std::string("LD\1\x21\0", 5), "length");
  expect_bad(std::string("LD\1\2\0x", 6), "left over");
  expect_bad("LD\1\2\1ab", "row 0 is cut off");
  expect_bad(std::string("LD\1\2\1ab\0", 8), "no bytes");
  expect_bad("LD\1\2\2ab\1ab\1", "row 1: out of order");
  expect_bad("LD\1\2\2ab\1aa\1", "row 1: out of order");
  expect_bad(
      "LD\1\2\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
      "ab\1",
      "row 1 is cut off");
}

TEST(DeltaTable, MutatedAtRandomIsRefusedOrAnswers) {
  std::mt19937 random(3);
  const auto notes = some_notes(70);
  const std::string whole = write_delta_table(notes);
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = whole;
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
