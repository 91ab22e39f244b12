// larder verify: what is wrong with a store is said, mended when asked, and told by the exit
// status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "digest/hash.h"
#include "digest/hex.h"
#include "program.h"
#include "store/store.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    store::StoreOptions options;
    options.directory = directory_;
    const auto store = store::Store::open(options);
    ASSERT_TRUE(store);
    for (const std::string& text : {std::string(1000, 'a'), std::string(1000, 'b')}) {
      const auto bytes = std::as_bytes(std::span(text));
      auto transaction = (*store)->begin(bytes.size());
      EXPECT_FALSE(transaction->write(bytes));
      EXPECT_TRUE(transaction->commit(digest::sha256(bytes), {}));
    }
  }
  Said verify(std::vector<std::string> more = {}) {
    std::vector<std::string> words{"verify", "--store", directory_};
    words.insert(words.end(), more.begin(), more.end());
    return larder(words);
  }
  void damage_first_object() {
    const std::string path = directory_ + "/segments/00000001.seg";
    std::string bytes = read_file(path);
    bytes[4096 + 64 + 500] = 'x';
    write_file(path, bytes);
  }

  TempDirectory scratch_;
  const std::string directory_ = scratch_ / "store";
};

TEST_F(Verify, IsContentWithAWholeStore) {
  const Said said = verify();
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "2 objects in 1 segment, 2.0 KiB read: nothing is wrong\n");
  EXPECT_THAT(said.err, IsEmpty());
}

TEST_F(Verify, SaysWhatIsWrongAndThenMendsIt) {
  damage_first_object();
  const Said wrong = verify();
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.out, HasSubstr("in segment 1 is damaged\n"));
  EXPECT_THAT(wrong.out, HasSubstr("1 finding, 0 mended\n"));
  const Said mended = verify({"--repair"});
  EXPECT_EQ(mended.status, 0);
  EXPECT_THAT(mended.out, HasSubstr("in segment 1 is damaged; mended\n"));
  EXPECT_THAT(mended.out, HasSubstr("1 finding, all mended\n"));
  EXPECT_EQ(verify().out, "1 object in 1 segment, 1000 B read: nothing is wrong\n");
}

TEST_F(Verify, SaysItInJson) {
  damage_first_object();
  std::filesystem::copy(directory_ + "/segments/00000001.seg",
                        directory_ + "/segments/00000009.seg");
  const Said said = verify({"--json"});
  EXPECT_EQ(said.status, 1);
  const auto report = said.objects().at(0);
  EXPECT_EQ(number(report, "objects"), 2);
  EXPECT_EQ(number(report, "mended"), 0);
  const auto& findings = report.at("findings").as_array();
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(text(findings[0].as_object(), "kind"), "object_damaged");
  const std::string first(1000, 'a');
  EXPECT_EQ(text(findings[0].as_object(), "object"),
            digest::to_hex(digest::sha256(std::as_bytes(std::span(first))).bytes));
  EXPECT_EQ(text(findings[1].as_object(), "kind"), "segment_unreadable");
  EXPECT_EQ(number(findings[1].as_object(), "segment"), 9);
}

TEST_F(Verify, FailsWithoutAStore) {
  const Said said = larder({"verify", "--store", scratch_ / "nothing"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("there is no store in"));
}

}  // namespace
}  // namespace larder::test
