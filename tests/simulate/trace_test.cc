#include "simulate/trace.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <fstream>
#include <string>
#include <vector>

#include "support/temp_directory.h"

namespace larder::simulate {
namespace {

std::string compressed(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

class TraceFile : public ::testing::Test {
 protected:
  /// Reads a trace of this content to its end.
  void read(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    TraceReader reader(path_);
    requests_.clear();
    for (Request request; reader.next(request);) requests_.push_back(request);
    error_ = reader.error();
    Request request;
    EXPECT_FALSE(reader.next(request)) << "after the end";
  }

  test::TempDirectory directory_;
  std::string path_ = directory_.path() + "/trace";
  std::vector<Request> requests_;
  std::string error_;
};

TEST_F(TraceFile, HoldsIdsAndSizes) {
  read("a 1\nb/with blank.png 20\na 3\n");
  EXPECT_EQ(error_, "");
  ASSERT_EQ(requests_.size(), 3u);
  EXPECT_EQ(requests_[0].size_bytes, 1u);
  EXPECT_EQ(requests_[1].size_bytes, 20u);
  EXPECT_EQ(requests_[2].size_bytes, 3u);
  EXPECT_EQ(requests_[0].id, requests_[2].id);
  EXPECT_NE(requests_[0].id, requests_[1].id);
}

TEST_F(TraceFile, MayLackItsLastLineEndAndHaveThoseOfWindowsAndBlankLines) {
  read("a 1\r\n\r\n\nb\t2\r\na  3");
  EXPECT_EQ(error_, "");
  ASSERT_EQ(requests_.size(), 3u);
  EXPECT_EQ(requests_[1].size_bytes, 2u);
  EXPECT_EQ(requests_[0].id, requests_[2].id);
}

TEST_F(TraceFile, MayBeCompressedInSeveralFrames) {
  std::string text;
  for (int i = 0; i < 60000; ++i)
    text += "some/longer/name/of/a/file/" + std::to_string(i) + " 7\n";
  read(compressed(text) + compressed("a 1\n"));
  EXPECT_EQ(error_, "");
  EXPECT_EQ(requests_.size(), 60001u);
  EXPECT_EQ(requests_.back().size_bytes, 1u);
}

TEST_F(TraceFile, MayBeEmpty) {
  read("");
  EXPECT_EQ(error_, "");
  EXPECT_TRUE(requests_.empty());
}

TEST_F(TraceFile, NamesTheLineThatIsWrong) {
  read("a 1\nb 2\nnonsense\nd 4\n");
  EXPECT_EQ(requests_.size(), 2u);
  EXPECT_EQ(error_, path_ + ":3: `nonsense` is not `id size`");
  read("a 1\n\nb two\n");
  EXPECT_EQ(error_, path_ + ":3: `b two` does not end in a size");
  read("a 1\nb -2\n");
  EXPECT_EQ(error_, path_ + ":2: `b -2` does not end in a size");
  read("a 99999999999999999999999\n");
  EXPECT_EQ(error_, path_ + ":1: `a 99999999999999999999999` does not end in a size");
  read("a 999999999999999999\n");
  EXPECT_EQ(error_, path_ + ":1: the size 999999999999999999 is above 256 TiB");
  read(" 5\n");
  EXPECT_EQ(error_, path_ + ":1: ` 5` is not `id size`");
}

TEST_F(TraceFile, DoesNotFillTheMemoryWithALineWithoutEnd) {
  read("a 1\n" + std::string(1 << 20, 'x') + " 5\n");
  EXPECT_EQ(requests_.size(), 1u);
  EXPECT_EQ(error_, path_ + ":2: the line is longer than 64 KiB");
}

TEST_F(TraceFile, SaysWhenCompressedDataIsCutOffOrDamaged) {
  std::string text;
  for (int i = 0; i < 60000; ++i) text += std::to_string(i * 7919) + " 7\n";
  std::string packed = compressed(text);
  read(packed.substr(0, packed.size() / 2));
  EXPECT_NE(error_.find("the zstd data ends in the middle, after line "), std::string::npos)
      << error_;
  packed[6] = static_cast<char>(packed[6] ^ 0x7f);
  read(packed);
  EXPECT_NE(error_, "");
}

TEST_F(TraceFile, MayBeMissing) {
  TraceReader reader(path_ + "-is-not-there");
  Request request;
  EXPECT_FALSE(reader.next(request));
  EXPECT_NE(reader.error().find("-is-not-there: cannot be opened: "), std::string::npos);
}

}  // namespace
}  // namespace larder::simulate
