// FetchTurns: of all processes that use a store, one at a time fetches an object. Store-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/object_key.h"
#include "sys/byte_locks.h"

namespace larder::store {

/// What this process fetches, and what it waits for, as other processes see it. Where they cannot
/// see each other, each has every turn. Threads: any.
class FetchTurns {
 public:
  /// A turn, given back on destruction. Must not outlive the FetchTurns.
  class Lock {
   public:
    Lock(Lock&& other) noexcept
        : turns_(std::exchange(other.turns_, nullptr)), number_(other.number_) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
      if (turns_ && turns_->locks_) turns_->locks_->unlock(number_);
    }

   private:
    friend class FetchTurns;
    Lock(FetchTurns& turns, std::uint64_t number) noexcept : turns_(&turns), number_(number) {}

    FetchTurns* turns_;
    std::uint64_t number_;
  };

  /// Of the store in `directory`, which exists. `writable`: it may be written to.
  FetchTurns(const std::string& directory, bool writable);

  /// The turn to fetch what `key` names; empty while another process has it.
  [[nodiscard]] std::optional<Lock> take(const ObjectKey& key) noexcept;
  /// Tells whoever has the turn that this process waits for it, until it does not any more.
  void wait(const ObjectKey& key) noexcept;
  void stop_waiting(const ObjectKey& key) noexcept;
  /// Whether another process waits for anything.
  [[nodiscard]] bool somebody_waits() const noexcept;

 private:
  static std::uint64_t number_of(const ObjectKey& key) noexcept;

  std::unique_ptr<sys::ByteLocks> locks_;  ///< null: nobody waits for anybody
};

}  // namespace larder::store
