// PourSink: verifies one attempt's bytes on their way into the store, or into memory.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <larder/options.h>
#include <larder/result.h>

#include "base/entry.h"
#include "base/sink.h"
#include "digest/verifier.h"
#include "fetch/ahead_verifier.h"
#include "store/store.h"

namespace larder::fetch {

class Arrival;

/// One attempt, or several that continue each other. Bytes go to a store transaction, or to memory
/// when there is no store, when the route is not one that is stored, or when the caller may have to
/// hand out bytes that fail. Threads: as Sink; announced(), written() and read_back() from any.
class PourSink final : public Sink, public std::enable_shared_from_this<PourSink> {
 public:
  /// `into` may be null: memory. `arrival` is told of what is written; it may be null, and is not
  /// owned. `priority` is that of what is stored. `hashing` may be null: the writer hashes.
  PourSink(const Entry& entry, std::uint64_t limit_bytes, store::Store* into,
           Arrival* arrival = nullptr, Priority priority = Priority::normal,
           std::shared_ptr<HashThread> hashing = nullptr);
  /// What came and did not end badly is left to the store, for take_up().
  ~PourSink() override;

  /// Goes on with what an earlier sink left to the store; to be called first. Returns the validator
  /// of what is there, or an empty one if there is nothing. `stop` may end it early.
  [[nodiscard]] std::string take_up(const std::stop_token& stop) noexcept;
  /// Another flight goes on with it: `arrival` is told from now on. Between attempts.
  void serve(Arrival* arrival) noexcept { arrival_ = arrival; }

  void identify(std::string_view validator) noexcept override;
  std::error_code expect(std::optional<std::uint64_t> size) noexcept override;
  /// errc::interrupted unless it has `from` bytes of an object of `size` bytes.
  std::error_code resume(std::uint64_t from, std::optional<std::uint64_t> size) noexcept override;
  std::error_code write(std::span<const std::byte> bytes) noexcept override;

  /// The size that the origin announced.
  [[nodiscard]] std::optional<std::uint64_t> announced() noexcept;
  /// Bytes that have come.
  [[nodiscard]] std::uint64_t written() noexcept;
  /// Copies unverified bytes from `offset` on, as far as they were written; returns how many.
  /// None any more once finish() was called.
  Result<std::size_t> read_back(std::uint64_t offset, std::span<std::byte> into) noexcept;

  struct Outcome {
    digest::Verifier::Verdict verdict;
    Blob blob;  ///< if the verdict is good, or the bytes are in memory
    bool stored = false;
    bool refused = false;   ///< unstored because the store's quota has no room for it
    std::error_code error;  ///< memory ran out, or the store lost the bytes
  };
  /// After the last write. Commits what is good under `key` and its digest. Call once.
  Outcome finish(const ObjectKey& key) noexcept;

 private:
  std::error_code start(std::optional<std::uint64_t> size) noexcept;
  /// Forgets everything that came.
  std::error_code start_over() noexcept;
  std::error_code take(std::span<const std::byte> bytes) noexcept;
  /// To where the bytes are kept.
  std::error_code pass(std::span<const std::byte> bytes);
  /// What the verifier gathered.
  std::error_code pass_rest() noexcept;

  Arrival* arrival_;
  std::mutex mutex_;  // held by every call
  const Checksum checksum_;
  const std::optional<std::uint64_t> entry_size_;
  const std::uint64_t limit_bytes_;
  const std::shared_ptr<HashThread> hashing_;
  std::optional<AheadVerifier> verifier_;  // never empty
  std::optional<std::uint64_t> size_;
  store::Store* store_;
  const store::About about_;
  std::string validator_;  // of what is announced next
  bool started_ = false;
  bool finished_ = false;
  bool failed_ = false;  // bytes were refused
  std::uint64_t written_ = 0;
  // To the transaction, or to memory_; the verifier has the rest.
  std::uint64_t passed_ = 0;
  std::unique_ptr<store::Transaction> transaction_;
  std::vector<std::byte> memory_;
};

}  // namespace larder::fetch
