// Flights of two processes that use one store: here, of two stores in one directory.
#include <optional>
#include <string>
#include <thread>

#include "fetch/flights_fixture.h"
#include "store/store.h"
#include "support/temp_directory.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

class FlightsOfTwo : public FlightsTest {
 protected:
  std::unique_ptr<store::Store> open() {
    store::StoreOptions options;
    options.directory = directory_ / "store";
    options.commit_interval = 1h;
    auto store = store::Store::open(options);
    EXPECT_TRUE(store);
    return store ? std::move(*store) : nullptr;
  }
  FlightServices with(store::Store& store) {
    FlightServices services = this->services();
    services.store = &store;
    services.max_file_bytes = 100u << 20;
    return services;
  }
  /// Looks again and again, for a minute at most.
  bool comes(const std::optional<Landing>& landing) {
    for (int i = 0; i < 6000 && !landing; ++i) {
      std::this_thread::sleep_for(10ms);
      clock_.advance(1ms);  // so that nobody runs out of patience
    }
    return landing && landing->blob;
  }

  const test::TempDirectory directory_;
  const std::unique_ptr<store::Store> ours_ = open();
  const std::unique_ptr<store::Store> theirs_ = open();
};

TEST_F(FlightsOfTwo, FetchAnObjectOnce) {
  Flights one(with(*ours_));
  Flights two(with(*theirs_));
  std::optional<Landing> mine, other;
  board(one, listed("a", "hello"), mine);
  board(two, listed("a", "hello"), other);
  auto pour = origin_.take();
  EXPECT_EQ(origin_.pending(), 0u);
  clock_.advance(100ms);
  EXPECT_EQ(origin_.pending(), 0u) << "it waits for the other one";
  pour.answer("hello");
  ASSERT_TRUE(comes(mine));
  EXPECT_EQ(mine->blob->source(), Source::origin);
  // What came is in memory here and will be in the index in an hour, unless somebody waits.
  ASSERT_TRUE(comes(other));
  EXPECT_EQ(other->blob->text(), "hello");
  EXPECT_EQ(other->blob->source(), Source::store);
  EXPECT_EQ(other->cost.requests, 0u);
  EXPECT_EQ(origin_.poured(), 1u);
}

TEST_F(FlightsOfTwo, FetchItThemselvesWhenTheOtherOneFails) {
  FlightServices hasty = with(*ours_);
  hasty.attempts = 1;
  Flights one(hasty);
  Flights two(with(*theirs_));
  std::optional<Landing> mine, other;
  board(one, listed("a", "hello"), mine);
  board(two, listed("a", "hello"), other);
  origin_.take().fail(errc::unreachable);
  EXPECT_EQ(mine->blob.error(), errc::unreachable);
  clock_.advance(20ms);
  ASSERT_EQ(origin_.pending(), 1u);
  origin_.take().answer("hello");
  ASSERT_TRUE(comes(other));
}

TEST_F(FlightsOfTwo, WaitNoLongerThanIsWorthWhile) {
  Flights one(with(*ours_));
  Flights two(with(*theirs_));
  std::optional<Landing> mine, other, mine_low, other_low;
  board(one, listed("a", "hello"), mine);
  board(two, listed("a", "hello"), other);
  board(one, listed("b", "hello"), mine_low);
  board(two, listed("b", "hello"), other_low, Priority::low);
  EXPECT_EQ(origin_.pending(), 2u);
  clock_.advance(400ms);
  EXPECT_EQ(origin_.pending(), 2u);
  clock_.advance(200ms);
  EXPECT_EQ(origin_.pending(), 3u) << "somebody waits for this one";
  clock_.advance(2s);
  EXPECT_EQ(origin_.pending(), 3u);
  clock_.advance(1s);
  EXPECT_EQ(origin_.pending(), 4u);
  one.cancel_all();
  two.cancel_all();
}

TEST_F(FlightsOfTwo, WaitLongerForWhatIsLarge) {
  Flights one(with(*ours_));
  Flights two(with(*theirs_));
  std::optional<Landing> mine, other;
  Entry large = listed("a", "hello");
  large.size = 40u << 20;
  board(one, large, mine);
  board(two, large, other);
  clock_.advance(10s);
  EXPECT_EQ(origin_.pending(), 1u);
  clock_.advance(1s);
  EXPECT_EQ(origin_.pending(), 2u);
  one.cancel_all();
  two.cancel_all();
}

TEST_F(FlightsOfTwo, StopWaitingWhenTheyAreCancelled) {
  Flights one(with(*ours_));
  Flights two(with(*theirs_));
  std::optional<Landing> mine, other;
  board(one, listed("a", "hello"), mine);
  const Ticket ticket = board(two, listed("a", "hello"), other);
  two.leave(ticket, errc::cancelled);
  EXPECT_EQ(other->blob.error(), errc::cancelled);
  clock_.advance(20ms);
  origin_.take().answer("hello");
  ASSERT_TRUE(comes(mine));
  EXPECT_EQ(origin_.pending(), 0u);
}

}  // namespace
}  // namespace larder::fetch
