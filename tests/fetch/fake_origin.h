// FakeOrigin: answers from a script, on the test's own thread or at once.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/release.h"

namespace larder::test {

/// One attempt that waits for the test to answer it.
struct PendingPour {
  PourRequest request;
  std::shared_ptr<Sink> sink;
  Origin::Done done;

  /// Pours `body` and ends well.
  void answer(std::string_view body, Freshness freshness = {}) {
    std::error_code error = sink->expect(body.size());
    if (!error) error = sink->write(std::as_bytes(std::span(body)));
    PourReply reply;
    reply.wire_bytes = body.size();
    reply.requests = 1;
    reply.freshness = std::move(freshness);
    done(error, std::move(reply));
  }
  void fail(std::error_code error) {
    PourReply reply;
    reply.requests = 1;
    done(error, std::move(reply));
  }
  void not_modified() {
    PourReply reply;
    reply.requests = 1;
    reply.not_modified = true;
    done({}, std::move(reply));
  }
};

class FakeOrigin final : public Origin {
 public:
  void pour(PourRequest request, std::shared_ptr<Sink> sink, Done done) override {
    std::lock_guard lock(mutex_);
    pending_.push_back({std::move(request), std::move(sink), std::move(done)});
    ++poured_;
  }
  [[nodiscard]] std::size_t mirrors(const Entry&) const noexcept override { return mirrors_; }
  using Origin::url_of;
  [[nodiscard]] std::string url_of(const Entry& entry, std::size_t mirror) const override {
    const std::string host = mirror == 0 ? "origin" : "mirror" + std::to_string(mirror);
    return "http://" + host + "/" + std::string(entry.home);
  }
  /// How many places have everything.
  void have_mirrors(std::size_t mirrors) { mirrors_ = mirrors; }

  /// The oldest attempt that was not answered yet.
  PendingPour take() {
    std::lock_guard lock(mutex_);
    PendingPour pour = std::move(pending_.front());
    pending_.pop_front();
    return pour;
  }
  [[nodiscard]] std::size_t pending() const {
    std::lock_guard lock(mutex_);
    return pending_.size();
  }
  [[nodiscard]] std::size_t poured() const {
    std::lock_guard lock(mutex_);
    return poured_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<PendingPour> pending_;
  std::size_t poured_ = 0;
  std::size_t mirrors_ = 1;
};

/// A release that resolves nothing by itself: tests make the entries.
class FakeRelease final : public Release {
 public:
  explicit FakeRelease(Origin* origin, std::vector<LocalSource*> bundles = {})
      : origin_(origin), bundles_(std::move(bundles)) {}
  [[nodiscard]] Result<Entry> resolve(const PathRequest&, Entry*) const noexcept override {
    return errc::not_listed;
  }
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view, Entry*) const override {
    return errc::unsupported;
  }
  [[nodiscard]] Result<bool> is_directory(std::string_view, Entry*) const noexcept override {
    return false;
  }
  [[nodiscard]] std::string id() const override { return "fake"; }
  [[nodiscard]] std::uint64_t file_count() const noexcept override { return 0; }
  [[nodiscard]] std::span<LocalSource* const> bundles() const noexcept override { return bundles_; }
  [[nodiscard]] Origin* origin() const noexcept override { return origin_; }
  [[nodiscard]] bool hands_out_damaged() const noexcept override { return hand_out_damaged; }
  [[nodiscard]] const MountPoint* mount_point() const noexcept override { return &mount_point_; }

  bool hand_out_damaged = false;

 private:
  const MountPoint mount_point_{"dlc/"};
  Origin* origin_;
  std::vector<LocalSource*> bundles_;
};

}  // namespace larder::test
