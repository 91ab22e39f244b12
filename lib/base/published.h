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
/// has seen every stripe empty once: whoever could have loaded the old pointer has left by then.
/// So a reader must not keep a Reading across anything that blocks; share() is for that.
template <class T>
class Published {
  struct alignas(64) Stripe {
    std::atomic<std::size_t> readers{0};
  };
  static constexpr std::size_t kStripes = 32;

 public:
  /// Access to the current value for the duration of a look-up. Not copyable, not movable.
  class Reading {
   public:
    explicit Reading(const Published& from) noexcept : stripe_(from.stripe_of_this_thread()) {
      stripe_.readers.fetch_add(1, std::memory_order_seq_cst);
      value_ = from.current_.load(std::memory_order_seq_cst);
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { stripe_.readers.fetch_sub(1, std::memory_order_release); }

    const T* operator->() const noexcept { return value_; }
    const T& operator*() const noexcept { return *value_; }
    explicit operator bool() const noexcept { return value_ != nullptr; }

   private:
    Stripe& stripe_;
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
    current_.store(next.get(), std::memory_order_seq_cst);
    for (Stripe& stripe : stripes_)
      while (stripe.readers.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
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
  mutable std::mutex mutex_;           // serialises replace() and share()
  std::shared_ptr<const T> owner_;     // keeps *current_ alive; guarded by mutex_
};

}  // namespace larder
