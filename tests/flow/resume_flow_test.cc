// Large downloads that go on in the next run of the program, over real sockets.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "flow/game.h"
#include "store/partial_note.h"
#include "store/segment.h"

extern char** environ;

namespace larder {
namespace {

using test::answer;
using test::Game;
using test::LayaTree;
using test::Reply;
using test::SeenRequest;

constexpr std::size_t kMiB = 1u << 20;
constexpr std::size_t kBig = 9 * kMiB + 4321;

class ResumeFlow : public ::testing::Test {
 protected:
  void SetUp() override {
    tree_.files["big.bin"] = big_;
    game_.publish(tree_);
    game_.follow_requests([this](const SeenRequest& request) { return serve(request); });
  }
  /// The first so many bytes of big.bin, and then nothing; or the rest that is asked for.
  std::optional<Reply> serve(const SeenRequest& request) {
    if (!request.target.starts_with("/big.bin")) return std::nullopt;
    const std::lock_guard lock(mutex_);
    asked_.push_back({request.header("Range"), request.header("If-Range")});
    const std::string range = request.header("Range");
    std::size_t from = 0;
    if (!range.empty() && request.header("If-Range") == etag_)
      from = static_cast<std::size_t>(std::stoull(range.substr(6)));
    const std::string& body = from == 0 && first_body_ ? *first_body_ : big_;
    const std::size_t end = std::min(kBig, from + std::exchange(budget_, kBig));
    std::string head = from == 0 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 206 Part\r\n";
    if (from > 0)
      head += "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(kBig - 1) +
              "/" + std::to_string(kBig) + "\r\n";
    head += "ETag: " + etag_ + "\r\nContent-Length: " + std::to_string(kBig - from) + "\r\n\r\n";
    sent_ += end - from;
    Reply reply(head + body.substr(from, end - from));
    if (end < kBig) reply.stall();
    return reply;
  }

  /// The next answer ends after so many bytes.
  void allow(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    budget_ = bytes;
  }
  /// Ranges and conditions of the requests for big.bin, and what was sent for them, since the last
  /// call.
  struct Asked {
    std::string range;
    std::string if_range;
  };
  std::vector<Asked> asked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }
  std::uint64_t sent() {
    const std::lock_guard lock(mutex_);
    return std::exchange(sent_, 0);
  }
  /// What the server has from now on.
  void serve_as(std::string etag, std::optional<std::string> whole = std::nullopt) {
    const std::lock_guard lock(mutex_);
    etag_ = std::move(etag);
    first_body_ = std::move(whole);
  }

  /// How much of big.bin the store holds, as its note says.
  [[nodiscard]] std::uint64_t noted() {
    const std::string folder = store::segments_directory(game_.app().store);
    const auto names = sys::FileSystem::real().list(folder);
    std::uint64_t most = 0;
    if (!names) return 0;
    for (const std::string& name : *names) {
      const auto id = store::segment_id_of(name);
      const auto file = sys::FileSystem::real().open(folder + "/" + name, sys::Open::read);
      const auto header = id && file ? store::read_segment_header(**file, *id)
                                     : Result<store::SegmentHeader>(errc::not_found);
      if (!header) continue;
      const auto note = store::read_note(**file, *header);
      if (note && *note) most = std::max(most, (*note)->written_bytes);
    }
    return most;
  }
  /// A run of the app that ends, in order, in the middle of the download: not more than a MiB below
  /// `end`.
  void interrupt_at(std::size_t end) {
    allow(end - noted());
    Vfs vfs = game_.open();
    vfs.read_async("big.bin", [](const Result<Blob>&) {});
    ASSERT_TRUE(test::ScriptedServer::eventually([&] { return noted() + kMiB > end; }));
  }
  void expect_big() {
    Vfs vfs = game_.open();
    const auto blob = vfs.read("big.bin");
    ASSERT_TRUE(blob) << blob.error().message();
    EXPECT_TRUE(blob->text() == big_);
    EXPECT_EQ(vfs.stats().store_failures, 0u);
    const auto again = vfs.read("big.bin");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->source(), Source::store);
  }

  const std::string big_ = [] {
    std::string text(kBig, '\0');
    for (std::size_t i = 0; i < kBig; ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
    return text;
  }();
  LayaTree tree_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::string etag_ = "\"v1\"";
  std::optional<std::string> first_body_;  ///< of answers with the whole, instead of `big_`
  std::size_t budget_ = kBig;              ///< of the next answer
  std::uint64_t sent_ = 0;
  std::vector<Asked> asked_;
  Game game_;
};

TEST_F(ResumeFlow, GoesOnAfterTheProgramWasKilled) {
  allow(8 * kMiB);
  const Options app = game_.app();
  std::vector<std::string> words{LARDER_PROGRAM, "get",     "--origin", game_.url(),
                                 "--store",      app.store, "big.bin"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  ASSERT_EQ(::posix_spawn(&child, LARDER_PROGRAM, nullptr, nullptr, arguments.data(), environ), 0);
  EXPECT_TRUE(test::ScriptedServer::eventually([&] { return noted() + kMiB > 8 * kMiB; }));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));

  sent();
  asked();
  expect_big();
  EXPECT_LE(sent(), kBig - 7 * kMiB);
  const auto second = asked();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].if_range, "\"v1\"");
  ASSERT_TRUE(second[0].range.starts_with("bytes="));
  EXPECT_GE(std::stoull(second[0].range.substr(6)), 7 * kMiB);
}

TEST_F(ResumeFlow, GoesOnAfterTheProgramEnded) {
  interrupt_at(6 * kMiB);
  interrupt_at(8 * kMiB);
  sent();
  expect_big();
  EXPECT_LT(sent(), kBig - 7 * kMiB);
  const auto all = asked();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].if_range, "\"v1\"");
}

TEST_F(ResumeFlow, GoesOnWhenOneReadIsCancelledAndTheNextFollowsAtOnce) {
  allow(8 * kMiB);
  Vfs vfs = game_.open();
  std::promise<std::error_code> cancelled;
  auto first = vfs.start_read("big.bin", {},
                              [&](const Result<Blob>& blob) { cancelled.set_value(blob.error()); });
  ASSERT_TRUE(test::ScriptedServer::eventually([&] { return noted() + kMiB > 8 * kMiB; }));
  first.cancel();
  const auto blob = vfs.read("big.bin");
  EXPECT_EQ(cancelled.get_future().get(), errc::cancelled);
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_TRUE(blob->text() == big_);
  const auto all = asked();
  ASSERT_EQ(all.size(), 2u);
  ASSERT_TRUE(all[1].range.starts_with("bytes="));
  EXPECT_GE(std::stoull(all[1].range.substr(6)), 7 * kMiB);
}

TEST_F(ResumeFlow, BeginsAnewWhenTheObjectChanged) {
  interrupt_at(6 * kMiB);
  serve_as("\"v2\"");
  expect_big();
  const auto all = asked();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].if_range, "\"v1\"");
}

TEST_F(ResumeFlow, BeginsAnewOnceWhenWhatCameWasWrong) {
  std::string wrong = big_;
  wrong[1000] = static_cast<char>(wrong[1000] ^ 1);
  serve_as("\"v1\"", wrong);
  interrupt_at(6 * kMiB);
  serve_as("\"v1\"");
  expect_big();
  const auto all = asked();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_NE(all[1].range, "");
  EXPECT_EQ(all[2].range, "") << "the whole, once more";
}

TEST_F(ResumeFlow, BeginsAnewWhenWhatCameIsDamagedOnDisk) {
  interrupt_at(6 * kMiB);
  const std::string folder = store::segments_directory(game_.app().store);
  const auto names = sys::FileSystem::real().list(folder);
  ASSERT_TRUE(names);
  for (const std::string& name : *names) {
    auto file = sys::FileSystem::real().open(folder + "/" + name, sys::Open::read_write);
    ASSERT_TRUE(file);
    const std::byte other{0x55};
    for (std::uint64_t at = 3 * kMiB; at < 3 * kMiB + 10; ++at)
      ASSERT_TRUE((*file)->write_at(at, {&other, 1}));
  }
  expect_big();
  const auto all = asked();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].range, "");
}

TEST_F(ResumeFlow, KeepsNothingWithoutAStrongValidator) {
  serve_as("W/\"v1\"");
  allow(6 * kMiB);
  {
    Vfs vfs = game_.open();
    auto file = vfs.open_file("big.bin", {.before_verified = true});
    ASSERT_TRUE(file);
    std::vector<std::byte> piece(1);
    ASSERT_TRUE(file->read(6 * kMiB - 1, piece));
  }
  EXPECT_EQ(noted(), 0u);
  expect_big();
  const auto all = asked();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].range, "");
}

}  // namespace
}  // namespace larder
