// Asynchronous reads with Boost.Asio completion tokens. Header-only; the only public header that
// needs Boost.
//
//   larder::Result<larder::Blob> blob =
//       co_await larder::async_read(*vfs, "level2.pak", boost::asio::use_awaitable);
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <larder/snapshot.h>
#include <larder/vfs.h>

namespace larder {
namespace detail {

/// One read on its way to an Asio handler. Shared by the read's callback and the handler's
/// cancellation slot.
template <class Handler>
class AsioRead : public std::enable_shared_from_this<AsioRead<Handler>> {
 public:
  using Executor = boost::asio::associated_executor_t<Handler, boost::asio::system_executor>;

  explicit AsioRead(Handler handler)
      : handler_(std::move(handler)), work_(boost::asio::get_associated_executor(handler_)) {}

  template <class From>
  void start(From& from, const std::string& path, const ReadOptions& options) {
    auto self = this->shared_from_this();
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected())
      slot.assign([weak = this->weak_from_this()](boost::asio::cancellation_type) {
        if (const auto read = weak.lock()) read->cancel();
      });
    auto cancellation = from.start_read(
        path, options, [self](Result<Blob> result) { self->complete(std::move(result)); });
    std::unique_lock lock(mutex_);
    cancellation_ = cancellation;
    const bool cancelled = cancelled_;  // while it was being started
    lock.unlock();
    if (cancelled) cancellation.cancel();
  }

 private:
  void cancel() {
    std::unique_lock lock(mutex_);
    cancelled_ = true;
    const auto cancellation = cancellation_;
    lock.unlock();
    cancellation.cancel();
  }

  void complete(Result<Blob> result) {
    // Outlives the posting: the handler may be the last thing that its context waited for, and a
    // context must not end while somebody is still posting to it.
    const auto work = work_;
    boost::asio::post(work.get_executor(),
                      [self = this->shared_from_this(), result = std::move(result)]() mutable {
                        boost::asio::get_associated_cancellation_slot(self->handler_).clear();
                        auto handler = std::move(self->handler_);
                        self->work_.reset();
                        self.reset();
                        std::move(handler)(std::move(result));
                      });
  }

  Handler handler_;
  boost::asio::executor_work_guard<Executor> work_;
  std::mutex mutex_;
  bool cancelled_ = false;          ///< guarded by mutex_
  Vfs::Cancellation cancellation_;  ///< guarded by mutex_
};

}  // namespace detail

/// Vfs::read_async() with an Asio completion token; the signature is `void(Result<Blob>)`.
///
/// The handler runs on its associated executor, never from inside this function. Its cancellation
/// slot, if connected, withdraws the read: the handler then gets errc::cancelled.
/// `vfs` must live until the operation has been started; closing it cancels the read.
template <class CompletionToken>
auto async_read(Vfs& vfs, std::string path, ReadOptions options, CompletionToken&& token) {
  return boost::asio::async_initiate<CompletionToken, void(Result<Blob>)>(
      [&vfs](auto handler, std::string name, ReadOptions how) {
        using Read = detail::AsioRead<decltype(handler)>;
        std::make_shared<Read>(std::move(handler))->start(vfs, name, how);
      },
      token, std::move(path), options);
}

template <class CompletionToken>
auto async_read(Vfs& vfs, std::string path, CompletionToken&& token) {
  return async_read(vfs, std::move(path), ReadOptions{}, std::forward<CompletionToken>(token));
}

/// Snapshot::read_async(), likewise. The operation has a copy of the snapshot until it has begun.
template <class CompletionToken>
auto async_read(const Snapshot& snapshot, std::string path, ReadOptions options,
                CompletionToken&& token) {
  return boost::asio::async_initiate<CompletionToken, void(Result<Blob>)>(
      [snapshot](auto handler, std::string name, ReadOptions how) {
        using Read = detail::AsioRead<decltype(handler)>;
        std::make_shared<Read>(std::move(handler))->start(snapshot, name, how);
      },
      token, std::move(path), options);
}

template <class CompletionToken>
auto async_read(const Snapshot& snapshot, std::string path, CompletionToken&& token) {
  return async_read(snapshot, std::move(path), ReadOptions{}, std::forward<CompletionToken>(token));
}

}  // namespace larder
