// Files that are read in parts, also while they are being downloaded.
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "flow/game.h"

namespace larder {
namespace {

using std::chrono::milliseconds;
using test::Game;
using test::Gate;
using test::LayaTree;
using test::Reply;
using test::ScriptedServer;

std::string noise(std::size_t bytes) {
  std::string content(bytes, '\0');
  std::uint32_t state = 12345;
  for (char& c : content) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return content;
}

Result<std::string> read(File& file, std::uint64_t offset, std::size_t bytes,
                         milliseconds timeout = milliseconds(10'000)) {
  std::string into(bytes, '\0');
  const auto count = file.read(offset, std::as_writable_bytes(std::span(into)), timeout);
  if (!count) return count.error();
  into.resize(*count);
  return into;
}

class FileFlow : public ::testing::Test {
 protected:
  void SetUp() override {
    game_.publish(tree_);
    game_.follow([this](const std::string& path) -> std::optional<Reply> {
      if (path != "movie.webm" || sent_ == replies_.size()) return std::nullopt;
      return replies_[sent_++];
    });
  }
  /// Sends a part, waits for the gate, and sends `rest`.
  Reply in_two_parts(Gate gate, const std::string& rest) const {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kSize);
    return Reply(head + "\r\n\r\n" + movie_.substr(0, kPart)).wait_for(std::move(gate)).send(rest);
  }
  Reply in_two_parts(Gate gate) const {
    return in_two_parts(std::move(gate), movie_.substr(kPart));
  }

  // Larger than what the store keeps in memory, and than what shares a segment.
  static constexpr std::size_t kSize = 6'000'001;
  static constexpr std::size_t kPart = 2'000'000;
  const std::string movie_ = noise(kSize);
  LayaTree tree_{{{"movie.webm", movie_}, {"small.txt", "small"}}};
  Game game_;
  std::vector<Reply> replies_;
  std::size_t sent_ = 0;
};

TEST_F(FileFlow, ReadsWhatHasComeBeforeTheRest) {
  Gate gate;
  replies_ = {in_two_parts(gate)};
  Vfs vfs = game_.open();
  auto movie = vfs.open_file("movie.webm", {.before_verified = true});
  ASSERT_TRUE(movie);
  EXPECT_EQ(*read(*movie, 0, 70'000), movie_.substr(0, 70'000));
  EXPECT_EQ(*read(*movie, 1'234'567, 700'000), movie_.substr(1'234'567, 700'000));
  EXPECT_EQ(*read(*movie, kPart - 1, 1), movie_.substr(kPart - 1, 1));
  EXPECT_EQ(movie->size_bytes(), kSize);
  EXPECT_FALSE(movie->complete());
  EXPECT_EQ(read(*movie, kPart - 10, 20, milliseconds(30)).error(), errc::timed_out);
  EXPECT_EQ(movie->whole(milliseconds(1)).error(), errc::timed_out);

  gate.open();
  EXPECT_EQ(*read(*movie, kPart - 10, 20), movie_.substr(kPart - 10, 20));
  EXPECT_EQ(*read(*movie, kSize - 5, 100), movie_.substr(kSize - 5)) << "the end is short";
  EXPECT_EQ(*read(*movie, kSize + 5, 100), "");
  const auto whole = movie->whole();
  ASSERT_TRUE(whole);
  EXPECT_TRUE(whole->text() == movie_);
  EXPECT_TRUE(movie->complete());
  EXPECT_EQ(game_.fetched(), std::vector<std::string>{"movie.webm"});
  EXPECT_EQ(vfs.read("movie.webm")->source(), Source::store);
}

TEST_F(FileFlow, WaitsForTheCheckUnlessToldOtherwise) {
  Gate gate;
  replies_ = {in_two_parts(gate)};
  Vfs vfs = game_.open();
  auto movie = vfs.open_file("movie.webm");
  ASSERT_TRUE(movie);
  EXPECT_EQ(read(*movie, 0, 10, milliseconds(50)).error(), errc::timed_out);
  gate.open();
  EXPECT_EQ(*read(*movie, 0, 10), movie_.substr(0, 10));
  EXPECT_TRUE(movie->complete());
}

TEST_F(FileFlow, SharesTheDownloadOfAnOrdinaryRead) {
  Gate gate;
  replies_ = {in_two_parts(gate)};
  Vfs vfs = game_.open();
  auto movie = vfs.open_file("movie.webm", {.before_verified = true});
  ASSERT_TRUE(movie && read(*movie, 0, 10));
  auto second = vfs.open_file("movie.webm", {.before_verified = true});
  ASSERT_TRUE(second);
  EXPECT_EQ(*read(*second, 100, 10), movie_.substr(100, 10));
  { const File first = std::move(*movie); }  // closed; the second goes on
  gate.open();
  EXPECT_TRUE(second->whole()->text() == movie_);
  EXPECT_EQ(game_.fetched().size(), 1u);
}

TEST_F(FileFlow, NeverMixesTheBytesOfTwoAttempts) {
  Gate first, second;
  replies_ = {in_two_parts(first, std::string(kSize - kPart, '!')), in_two_parts(second)};
  Vfs vfs = game_.open();
  auto movie = vfs.open_file("movie.webm", {.before_verified = true});
  ASSERT_TRUE(movie);
  ASSERT_TRUE(read(*movie, 0, 1000));
  first.open();
  // Bytes of the first attempt, until the second begins.
  EXPECT_TRUE(ScriptedServer::eventually([&] { return !read(*movie, kPart - 1000, 1000); }));
  EXPECT_EQ(read(*movie, 0, 1000).error(), errc::damaged);
  EXPECT_EQ(vfs.stats().damaged, 1u);
  auto again = vfs.open_file("movie.webm", {.before_verified = true});
  ASSERT_TRUE(again);
  EXPECT_EQ(*read(*again, 0, 1000), movie_.substr(0, 1000));
  second.open();
  EXPECT_TRUE(again->whole()->text() == movie_);
  EXPECT_TRUE(movie->whole()->text() == movie_);
}

TEST_F(FileFlow, LocalContentIsCompleteAtOnce) {
  Vfs vfs = game_.open();
  ASSERT_TRUE(vfs.read("small.txt"));
  auto file = vfs.open_file("small.txt");
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->complete());
  EXPECT_EQ(file->size_bytes(), 5u);
  EXPECT_EQ(*read(*file, 1, 3), "mal");
  EXPECT_EQ(*read(*file, 3, 30), "ll");
}

TEST_F(FileFlow, ClosingTheLastHandleEndsTheDownload) {
  Gate gate;
  replies_ = {in_two_parts(gate)};
  Vfs vfs = game_.open();
  {
    auto movie = vfs.open_file("movie.webm", {.before_verified = true});
    ASSERT_TRUE(movie && read(*movie, 0, 10));
  }
  gate.open();
  EXPECT_TRUE(ScriptedServer::eventually([this] { return game_.connections() == 0; }));
  EXPECT_EQ(vfs.try_read("movie.webm").error(), errc::would_fetch);
  EXPECT_TRUE(vfs.read("movie.webm"));
  EXPECT_EQ(game_.fetched().size(), 2u);
}

TEST_F(FileFlow, OutlivesItsVfs) {
  Gate gate;
  replies_ = {in_two_parts(gate)};
  std::optional<Vfs> vfs = game_.open();
  auto movie = vfs->open_file("movie.webm", {.before_verified = true});
  ASSERT_TRUE(movie && read(*movie, 0, 10));
  vfs.reset();
  EXPECT_EQ(read(*movie, kPart, 10).error(), errc::cancelled);
  EXPECT_EQ(movie->whole().error(), errc::cancelled);
  EXPECT_FALSE(movie->complete());
}

TEST_F(FileFlow, ErrorsAreThoseOfReading) {
  replies_ = {test::answer(404), test::answer(404), test::answer(404)};
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.open_file("../up").error(), errc::bad_path);
  auto movie = vfs.open_file("movie.webm", {.before_verified = true});
  ASSERT_TRUE(movie);
  EXPECT_EQ(read(*movie, 0, 10).error(), errc::not_found);
  EXPECT_EQ(movie->size_bytes(), std::nullopt);
}

}  // namespace
}  // namespace larder
