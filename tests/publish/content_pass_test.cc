#include "publish/content_pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "publish/line_end_xor.h"
#include "publish/ordered_hash.h"
#include "tree_fixture.h"

namespace larder::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t kBuffer = ContentBuffer::kBytes;

class ContentPass : public TreeFixture {
 protected:
  void add(const std::string& path, const std::string& content) {
    write(path, content);
    files_.add(path, content.size());
    contents_.push_back(content);
  }
  Result<ContentReport> read(unsigned threads = 2) {
    request_.root = root_.get();
    request_.files = &files_;
    request_.threads = threads;
    return read_contents(request_, why_);
  }
  void expect_right(const ContentReport& report) {
    digest::Md5 md5;
    std::uint64_t bytes = 0;
    ASSERT_EQ(report.facts.size(), contents_.size());
    for (std::size_t i = 0; i < contents_.size(); ++i) {
      const auto content = std::as_bytes(std::span(contents_[i]));
      md5.update(content);
      bytes += content.size();
      digest::LayaXor plain;
      LineEndXor unified;
      plain.update(content);
      unified.update(content);
      const bool text = files_.path(i).ends_with(".txt");
      EXPECT_EQ(report.facts[i].size_bytes, content.size());
      EXPECT_EQ(report.facts[i].checksum, plain.value()) << files_.path(i);
      EXPECT_EQ(report.facts[i].line_end_checksum, text ? unified.value() : plain.value());
    }
    EXPECT_EQ(report.md5, md5.finish());
    EXPECT_EQ(report.bytes, bytes);
    EXPECT_THAT(report.unreadable, IsEmpty());
  }
  static std::string noise(std::size_t size) {
    std::mt19937 random(static_cast<unsigned>(size));
    std::string text(size, '\0');
    for (char& c : text) c = "ab\r\n"[random() % 4];
    return text;
  }

  FileList files_;
  std::vector<std::string> contents_;
  Descriptor root_ = open_tree();
  ContentRequest request_;
  std::string why_;
};

TEST_F(ContentPass, OfNothingHashesNothing) {
  const auto report = read();
  ASSERT_TRUE(report);
  expect_right(*report);
}

TEST_F(ContentPass, IsRightForManySmallFilesWithAnyNumberOfThreads) {
  for (int i = 0; i < 500; ++i)
    add("d" + std::to_string(i % 7) + "/f" + std::to_string(i) + (i % 3 ? ".txt" : ".bin"),
        noise(static_cast<std::size_t>(i) * 5));
  for (const unsigned threads : {1u, 2u, 5u}) {
    const auto report = read(threads);
    ASSERT_TRUE(report);
    expect_right(*report);
  }
}

TEST_F(ContentPass, IsRightAroundTheSizeOfABuffer) {
  for (const std::size_t size : {kBuffer - 1, std::size_t{0}, kBuffer, std::size_t{1}, kBuffer + 1,
                                 2 * kBuffer - 1, 2 * kBuffer, 2 * kBuffer + 1, std::size_t{9}})
    for (const char* extension : {".txt", ".bin"})
      add(std::to_string(size) + extension, noise(size));
  add("parted.txt", std::string(kBuffer - 1, 'x') + "\r\n");
  add("held.txt", std::string(kBuffer - 1, 'x') + "\r");
  const auto report = read();
  ASSERT_TRUE(report);
  expect_right(*report);
}

TEST_F(ContentPass, FingerprintsTellContentsApart) {
  add("a", "same");
  add("b", "same");
  add("c", "other");
  const auto report = read();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->facts[0].fingerprint, report->facts[1].fingerprint);
  EXPECT_NE(report->facts[0].fingerprint, report->facts[2].fingerprint);
}

TEST_F(ContentPass, ReportsEveryFileThatCannotBeRead) {
  for (int i = 0; i < 100; ++i) add("f" + std::to_string(i), "content");
  std::filesystem::remove(tree() + "/f3");
  std::filesystem::remove(tree() + "/f70");
  const auto report = read();
  ASSERT_TRUE(report);
  ASSERT_EQ(report->unreadable.size(), 2u);
  EXPECT_EQ(report->unreadable[0].file, 3u);
  EXPECT_EQ(report->unreadable[1].file, 70u);
  EXPECT_FALSE(report->unreadable[0].changing);
}

TEST_F(ContentPass, ReportsAFileWhoseReadFails) {
  link("/proc/self/mem", "memory");  // a regular file; its first page is not mapped
  files_.add("memory", 0);
  request_.copy_of = nullptr;
  const auto report = read();
  ASSERT_TRUE(report);
  ASSERT_EQ(report->unreadable.size(), 1u);
}

TEST_F(ContentPass, ReportsAFileThatIsNotAsLongAsItSays) {
  link("/proc/version", "version");  // says it is empty
  files_.add("version", 0);
  const auto report = read();
  ASSERT_TRUE(report);
  ASSERT_EQ(report->unreadable.size(), 1u);
  EXPECT_TRUE(report->unreadable[0].changing);
}

TEST_F(ContentPass, ReportsAFileThatBecameSomethingElse) {
  make_directory("was-a-file");
  files_.add("was-a-file", 0);
  const auto report = read();
  ASSERT_TRUE(report);
  ASSERT_EQ(report->unreadable.size(), 1u);
  EXPECT_FALSE(report->unreadable[0].changing);
}

TEST_F(ContentPass, TellsItsProgress) {
  add("a", std::string(3 * kBuffer + 5, 'x'));
  add("b", "y");
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  request_.progress = [&](std::uint64_t files_now, std::uint64_t bytes_now) {
    EXPECT_GE(files_now, files);
    EXPECT_GE(bytes_now, bytes);
    files = files_now;
    bytes = bytes_now;
  };
  ASSERT_TRUE(read());
  EXPECT_EQ(files, 2u);
  EXPECT_EQ(bytes, 3 * kBuffer + 6);
}

TEST_F(ContentPass, StopsWhenTold) {
  add("a", "x");
  const std::atomic<bool> stop = true;
  request_.stop = &stop;
  EXPECT_EQ(read().error(), errc::cancelled);
}

TEST_F(ContentPass, CopiesWhatItIsAskedToCopy) {
  add("small", "content");
  add("large", noise(5 * kBuffer / 2));
  add("not", "this one");
  add("empty", "");
  auto directory = OutputDirectory::open(beside("out"), sys::FileSystem::real());
  ASSERT_TRUE(directory);
  request_.copy_of = [&](std::size_t file) -> Result<std::unique_ptr<OutputFile>> {
    if (file == 2) return std::unique_ptr<OutputFile>();
    return (*directory)->create("copy" + std::to_string(file));
  };
  const auto report = read();
  ASSERT_TRUE(report);
  expect_right(*report);
  ASSERT_TRUE((*directory)->commit());
  directory->reset();
  EXPECT_EQ(files_below(beside("out")),
            (Files{{"copy0", contents_[0]}, {"copy1", contents_[1]}, {"copy3", ""}}));
}

TEST_F(ContentPass, EndsWithTheErrorOfACopy) {
  add("a", "x");
  request_.copy_of = [](std::size_t) -> Result<std::unique_ptr<OutputFile>> {
    return errc::no_space;
  };
  EXPECT_EQ(read().error(), errc::no_space);
  EXPECT_THAT(why_, ::testing::HasSubstr("the copy of a"));
}

TEST_F(ContentPass, PassesOnWhatProgressThrows) {
  for (int i = 0; i < 200; ++i) add("f" + std::to_string(i), "x");
  request_.progress = [](std::uint64_t, std::uint64_t) { throw std::runtime_error("enough"); };
  EXPECT_THROW((void)read(), std::runtime_error);
}

}  // namespace
}  // namespace larder::publish
