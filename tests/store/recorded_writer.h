// RecordedWriter: uses a store while every change of its files is recorded, and keeps account of
// what it was promised.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store_fixture.h"
#include "support/disk_log.h"
#include "support/recording_file_system.h"
#include "support/recording_sqlite.h"
#include "support/temp_directory.h"

namespace larder::store {

/// Objects are named by the seed of their content.
using Seed = std::uint64_t;

struct Written {
  explicit Written(Bytes content) : bytes(std::move(content)), key(key_of(bytes)) {}
  Bytes bytes;
  ObjectKey key;
};

/// What a store owes from a point in time on, whatever happens.
struct Promise {
  std::set<Seed> objects;                ///< durable
  std::map<std::uint64_t, Seed> claims;  ///< durable
};

/// Threads: one.
class RecordedWriter {
 public:
  explicit RecordedWriter(StoreOptions options) : options_(std::move(options)) {
    options_.file_system = &file_system_;
    options_.commit_interval = std::chrono::hours(1);  // only flush() makes anything durable
  }

  void open() {
    options_.directory = directory_->path() + "/store";
    auto store = Store::open(options_);
    ASSERT_TRUE(store) << store.error().message();
    store_ = std::move(*store);
  }
  /// The destructor flushes.
  void close() {
    store_.reset();
    settle();
  }
  /// As if the process had been killed: what it wrote is in the page cache, not on the disk.
  void be_killed() {
    auto next = std::make_unique<test::TempDirectory>(test::memory_directory());
    std::filesystem::copy(directory_->path(), next->path(),
                          std::filesystem::copy_options::recursive);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(next->path()))
      if (entry.path().native().ends_with("-shm")) std::filesystem::remove(entry.path());
    log_.move_to(next->path());
    store_.reset();
    directory_ = std::move(next);
    open();
  }

  void put(Seed seed, std::size_t size, std::optional<std::uint64_t> claim = {},
           bool known_size = true) {
    const std::size_t before = log_.size();
    bool stored = false;
    store::put(*store_, written(seed, size).bytes, claims_of(seed, claim), known_size, 50'000,
               &stored);
    EXPECT_TRUE(stored || options_.quota_bytes != 0);
    if (stored)
      due_.objects.insert(seed);
    else
      release(seed, before);
    look_what_was_evicted(before);
  }
  /// Durable at once. It is never evicted from now on.
  void pin(Seed seed) {
    ASSERT_TRUE(store_->pin({&written_.at(seed).key, 1}));
    settle();
    pinned_.insert(seed);
  }
  /// Another claim on an object that is there.
  void claim(std::uint64_t claim, Seed seed) {
    const auto claims = claims_of(seed, claim);
    EXPECT_TRUE(store_->claim(claims[0], Digest{written_.at(seed).key.bytes}));
  }
  void drop(Seed seed) {
    release(seed, log_.size());
    store_->drop(written_.at(seed).key);
  }
  void flush() {
    const std::size_t before = log_.size();
    const auto done = store_->flush();
    ASSERT_TRUE(done) << done.error().message();
    look_what_was_evicted(before);
    settle();
  }
  /// An object that is being written while others come and go.
  std::unique_ptr<Transaction> begin(Seed seed, std::size_t size) {
    auto transaction = store_->begin(size);
    EXPECT_FALSE(transaction->write(written(seed, size).bytes));
    return transaction;
  }
  void commit(std::unique_ptr<Transaction> transaction, Seed seed) {
    EXPECT_TRUE(transaction->commit(Digest{written_.at(seed).key.bytes}, {}));
    EXPECT_TRUE(transaction->stored());
    due_.objects.insert(seed);
  }
  [[nodiscard]] Store& store() noexcept { return *store_; }
  [[nodiscard]] const StoreOptions& options() const noexcept { return options_; }

  [[nodiscard]] const test::DiskLog& log() const noexcept { return log_; }
  /// What is promised once `operations` operations are done.
  [[nodiscard]] Promise promised_after(std::size_t operations) const {
    auto after = promises_.upper_bound(operations);
    return after == promises_.begin() ? Promise() : (--after)->second;
  }
  /// All objects ever written, and what each claim ever named.
  [[nodiscard]] const std::map<Seed, Written>& objects() const noexcept { return written_; }
  [[nodiscard]] const std::map<std::uint64_t, std::set<Seed>>& claims() const noexcept {
    return claims_;
  }

 private:
  std::vector<ObjectKey> claims_of(Seed seed, std::optional<std::uint64_t> claim) {
    if (!claim) return {};
    claims_[*claim].insert(seed);
    // What it named before may be replaced at once.
    if (!promises_.empty()) {
      Promise fewer = promises_.rbegin()->second;
      fewer.claims.erase(*claim);
      promises_[log_.size()] = fewer;
    }
    due_.claims[*claim] = seed;
    return {claim_of(*claim)};
  }
  /// Nothing is promised of `seed` from that operation on.
  void release(Seed seed, std::size_t operation) {
    const auto forget = [seed](Promise& promise) {
      promise.objects.erase(seed);
      std::erase_if(promise.claims, [seed](const auto& claim) { return claim.second == seed; });
    };
    Promise fewer = promised_after(operation);
    forget(fewer);
    promises_[operation] = fewer;
    for (auto later = promises_.upper_bound(operation); later != promises_.end(); ++later)
      forget(later->second);
    forget(due_);
  }
  /// A store with a quota may have dropped anything since that operation.
  void look_what_was_evicted(std::size_t operation) {
    if (options_.quota_bytes == 0) return;
    for (const auto& [seed, object] : written_) {
      if (!due_.objects.contains(seed) || store_->size_of(object.key)) continue;
      EXPECT_FALSE(pinned_.contains(seed));
      release(seed, operation);
    }
  }
  void settle() { promises_[log_.size()] = due_; }
  const Written& written(Seed seed, std::size_t size) {
    return written_.try_emplace(seed, content(seed, size)).first->second;
  }

  std::unique_ptr<test::TempDirectory> directory_ =
      std::make_unique<test::TempDirectory>(test::memory_directory());
  test::DiskLog log_{directory_->path()};
  test::RecordingFileSystem file_system_{log_};
  test::RecordingSqlite sqlite_{log_};
  StoreOptions options_;
  Promise due_;                              // with the next flush
  std::map<std::size_t, Promise> promises_;  // by the operation from which on they hold
  std::set<Seed> pinned_;
  std::map<Seed, Written> written_;
  std::map<std::uint64_t, std::set<Seed>> claims_;
  std::unique_ptr<Store> store_;
};

}  // namespace larder::store
