// Published<T>: a pointer that many threads read without a shared lock and one thread replaces.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace larder {

/// Holds a `std::shared_ptr<const T>` that is read far more often than replaced.
///
/// A reader marks its stripe, loads the raw pointer, uses it, unmarks: two uncontended atomics, no
/// reference count that all readers share. replace() exchanges the pointer and then waits until it
/// has seen every mark gone once: whoever could have loaded the old pointer has left by then. Marks
/// are counted by the parity of an epoch that replace() turns, so that readers who come without a
/// pause cannot keep it waiting.
/// A reader must not keep a Reading while it waits for something; share() is for that.
template <class T>
class Published {
  struct alignas(64) Stripe {
    std::array<std::atomic<std::size_t>, 2> readers{};  ///< by parity of the epoch
  };
  static constexpr std::size_t kStripes = 32;

 public:
  /// Access to the current value for the duration of a look-up. Not copyable, not movable.
  class Reading {
   public:
    explicit Reading(const Published& from) noexcept
        : mark_(from.stripe_of_this_thread().readers[from.epoch_.load() & 1]) {
      mark_.fetch_add(1);  // before the pointer is loaded: sequentially consistent, as all here
      value_ = from.current_.load();
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { mark_.fetch_sub(1, std::memory_order_release); }

    const T* operator->() const noexcept { return value_; }
    const T& operator*() const noexcept { return *value_; }
    explicit operator bool() const noexcept { return value_ != nullptr; }

   private:
    std::atomic<std::size_t>& mark_;
    const T* value_;
  };

  Published() = default;
  explicit Published(std::shared_ptr<const T> first) : owner_(std::move(first)) {
    current_.store(owner_.get());
  }

  [[nodiscard]] Reading read() const noexcept { return Reading(*this); }

  /// An owning copy, for work that takes time.
  [[nodiscard]] std::shared_ptr<const T> share() const {
    std::lock_guard lock(mutex_);
    return owner_;
  }

  /// Makes `next` current. Returns when no reader can still see the previous value.
  void replace(std::shared_ptr<const T> next) {
    std::lock_guard lock(mutex_);
    current_.store(next.get());
    // Two turns, since a reader may have read the epoch before the first and marked after it.
    for (int turn = 0; turn < 2; ++turn) {
      const std::size_t parity = epoch_.fetch_add(1) & 1;
      for (Stripe& stripe : stripes_)
        while (stripe.readers[parity].load() != 0) std::this_thread::yield();
    }
    owner_.swap(next);
  }

 private:
  Stripe& stripe_of_this_thread() const noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed) % kStripes;
    return stripes_[mine];
  }

  mutable std::array<Stripe, kStripes> stripes_;
  std::atomic<const T*> current_{nullptr};
  std::atomic<std::size_t> epoch_{0};
  mutable std::mutex mutex_;        // serialises replace() and share()
  std::shared_ptr<const T> owner_;  // keeps *current_ alive; guarded by mutex_
};

}  // namespace larder
