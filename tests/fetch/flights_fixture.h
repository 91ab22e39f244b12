// FlightsTest: flights over an origin that answers when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "digest/verifier.h"
#include "fetch/fake_origin.h"
#include "fetch/flights.h"
#include "support/fake_clock.h"

namespace larder::fetch {

inline std::uint32_t checksum_of(std::string_view body) {
  digest::LayaXor hash;
  hash.update(std::as_bytes(std::span(body)));
  return hash.value();
}

inline Entry listed(std::string_view home, std::string_view body) {
  Entry entry;
  entry.key =
      ObjectKey::of_claim(1, "LAYA", std::hash<std::string_view>()(home), checksum_of(body));
  entry.checksum = digest::laya_checksum(checksum_of(body));
  entry.home = home;
  return entry;
}

class FlightsTest : public ::testing::Test {
 protected:
  FlightServices services() {
    FlightServices services;
    services.clock = &clock_;
    services.counters = &counters_;
    services.transient = &transient_;
    services.sites = &sites_;
    services.attempts = 3;
    services.max_file_bytes = 1000;
    services.on_damage = [this](DamageReport report, const Release&) {
      reports_.push_back(std::move(report));
    };
    return services;
  }
  Ticket board(Flights& flights, const Entry& entry, std::optional<Landing>& into,
               Priority priority = Priority::normal) {
    return flights.board(
        release_, entry,
        [&into](Landing landing) {
          EXPECT_FALSE(into) << "a callback came twice";
          into = std::move(landing);
        },
        priority);
  }
  /// Path of the oldest attempt that was not answered yet, which then brings "x".
  std::string answer_next() {
    auto pour = origin_.take();
    std::string path((*pour.request.entry)->home);
    pour.answer("x");
    return path;
  }

  test::FakeClock clock_;
  Counters counters_;
  TransientCache transient_{1000, clock_};
  net::Sites sites_{clock_};
  test::FakeOrigin origin_;
  std::shared_ptr<const Release> release_ = std::make_shared<test::FakeRelease>(&origin_);
  std::vector<DamageReport> reports_;
};

}  // namespace larder::fetch
