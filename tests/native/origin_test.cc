// What a native origin is asked for when an attempt goes on with the last one.
#include "native/origin.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "digest/hash.h"

namespace larder::native {
namespace {

/// Keeps the requests, for the test to answer them.
class PatientTransport final : public net::Transport {
 public:
  struct Asked {
    net::Request request;
    std::shared_ptr<Sink> sink;
    Done done;
  };
  void get(net::Request request, std::shared_ptr<Sink> sink, Done done) override {
    asked.push_back({std::move(request), std::move(sink), std::move(done)});
  }
  std::vector<Asked> asked;
};

class TextSink final : public Sink {
 public:
  std::error_code expect(std::optional<std::uint64_t>) noexcept override { return {}; }
  std::error_code write(std::span<const std::byte>) noexcept override { return {}; }
};

class NativeOriginTest : public ::testing::Test {
 protected:
  PourReply pour(Encoding encoding, net::Response response, std::error_code error) {
    Entry entry;
    entry.key = ObjectKey::of(digest_);
    entry.checksum = {Checksum::Kind::sha256, digest_.bytes};
    entry.size = 100;
    entry.encoding = encoding;
    entry.encoded_bytes = 60;
    PourRequest request;
    request.entry = std::make_shared<OwnedEntry>(entry);
    request.resume_from = 40;
    request.resume_validator = "\"v1\"";
    std::optional<PourReply> reply;
    origin_.pour(std::move(request), std::make_shared<TextSink>(),
                 [&](std::error_code, PourReply got) { reply = std::move(got); });
    transport_.asked.back().done(error, std::move(response));
    EXPECT_TRUE(reply);
    return reply.value_or(PourReply());
  }
  [[nodiscard]] const net::Request& asked() const { return transport_.asked.back().request; }

  const Digest digest_ = digest::sha256({});
  PatientTransport transport_;
  NativeOrigin origin_{{"http://origin/"}, transport_, nullptr, Log()};
};

TEST_F(NativeOriginTest, AsksForTheRestOfAnObject) {
  net::Response response;
  response.etag = "\"v1\"";
  const PourReply reply = pour(Encoding::identity, response, errc::interrupted);
  EXPECT_EQ(asked().resume_from, 40u);
  EXPECT_EQ(asked().resume_etag, "\"v1\"");
  EXPECT_EQ(asked().max_bytes, 100u);
  EXPECT_EQ(reply.freshness.etag, "\"v1\"");
  EXPECT_FALSE(reply.range_refused);
  response.range_refused = true;
  EXPECT_TRUE(pour(Encoding::identity, response, errc::interrupted).range_refused);
}

TEST_F(NativeOriginTest, AsksForTheWholeOfACompressedObject) {
  net::Response response;
  response.etag = "\"v1\"";
  const PourReply reply = pour(Encoding::zstd, response, errc::interrupted);
  EXPECT_EQ(asked().resume_from, 0u);
  EXPECT_EQ(asked().resume_etag, "");
  EXPECT_EQ(asked().max_bytes, 60u);
  EXPECT_EQ(reply.freshness.etag, "") << "of what is compressed";
}

}  // namespace
}  // namespace larder::native
