#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <larder/error.h>

#include "net/client.h"
#include "net/url.h"
#include "support/temp_directory.h"

namespace larder::test {
namespace {

class FileTransport : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = directory / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  std::string url(const std::string& path) const {
    return *net::normalise_base(directory.path()) + path;
  }

  TempDirectory directory;
  Client client;
};

TEST_F(FileTransport, PoursAFile) {
  write("sub/a file%.bin", std::string(1'000'000, 'x'));
  const auto sink = std::make_shared<NotingSink>();
  const Outcome outcome = client.get(Client::request_for(url("sub/a%20file%25.bin?v=1")), sink);
  EXPECT_FALSE(outcome.error) << outcome.response.detail;
  EXPECT_EQ(outcome.body, std::string(1'000'000, 'x'));
  EXPECT_EQ(sink->expected, 1'000'000u);
  EXPECT_EQ(outcome.response.status, 200u);
  EXPECT_EQ(outcome.response.body_bytes, 1'000'000u);
  EXPECT_GT(sink->writes, 1);
}

TEST_F(FileTransport, PoursAnEmptyFile) {
  write("empty", "");
  const auto sink = std::make_shared<NotingSink>();
  EXPECT_FALSE(client.get(Client::request_for(url("empty"), 0), sink).error);
  EXPECT_EQ(sink->expected, 0u);
}

TEST_F(FileTransport, DoesNotFindWhatIsNoFile) {
  std::filesystem::create_directory(directory / "dir");
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  write("file", "x");
  for (const char* path : {"absent", "dir", "dir/", "", "file/below", "pipe"}) {
    const Outcome outcome = client.get(url(path));
    EXPECT_EQ(outcome.error, errc::not_found) << path;
    EXPECT_EQ(outcome.response.status, 404u);
  }
  EXPECT_EQ(client.get(url(std::string(300, 'n'))).error, errc::not_found);
}

TEST_F(FileTransport, DoesNotLeaveTheDirectoryUpwards) {
  write("secret", "x");
  write("base/y", "y");
  for (const char* path : {"base/../secret", "base/%2e%2e/secret", "base/%2E./secret", "..",
                           "base/..%2fsecret", "base/x%00y"})
    EXPECT_EQ(client.get(url(path)).error, errc::invalid_argument) << path;
  EXPECT_EQ(client.get("file://elsewhere/etc/hostname").error, errc::invalid_argument);
}

TEST_F(FileTransport, FollowsSymbolicLinks) {
  write("real", "content");
  std::filesystem::create_symlink("real", directory / "link");
  EXPECT_EQ(client.get(url("link")).body, "content");
}

TEST_F(FileTransport, AnswersACondition) {
  write("a", "one");
  const std::string etag = client.get(url("a")).response.etag;
  net::Request request = Client::request_for(url("a"));
  request.headers = {{"if-none-match", etag}};
  const Outcome same = client.get(request);
  EXPECT_FALSE(same.error);
  EXPECT_EQ(same.response.status, 304u);
  EXPECT_EQ(same.body, "");
  write("a", "longer");
  const Outcome changed = client.get(request);
  EXPECT_EQ(changed.body, "longer");
  EXPECT_NE(changed.response.etag, etag);
}

TEST_F(FileTransport, NeverPoursMoreThanAllowed) {
  write("a", "12345");
  EXPECT_EQ(client.get(Client::request_for(url("a"), 4)).error, errc::too_large);
  EXPECT_EQ(client.get(Client::request_for(url("a"), 5)).body, "12345");
}

TEST_F(FileTransport, StopsWithTheErrorOfTheSink) {
  write("a", "12345");
  auto sink = std::make_shared<NotingSink>();
  sink->write_error = make_error_code(errc::no_space);
  EXPECT_EQ(client.get(Client::request_for(url("a")), sink).error, errc::no_space);
}

TEST_F(FileTransport, CanBeStoppedAndDestroyed) {
  write("a", std::string(1'000'000, 'x'));
  std::stop_source stop;
  stop.request_stop();
  net::Request request = Client::request_for(url("a"));
  request.stop = stop.get_token();
  EXPECT_EQ(client.get(request).error, errc::cancelled);

  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 50; ++i) running.push_back(client.start(Client::request_for(url("a"))));
  client.destroy_transport();
  for (auto& future : running) {
    const std::error_code error = future.get().error;
    EXPECT_TRUE(!error || error == errc::cancelled);
  }
}

}  // namespace
}  // namespace larder::test
