// Reading.
#include "larder/vfs_impl.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

namespace larder {
namespace {

bool is_kept(const Entry& entry) noexcept {
  return entry.key.kind != ObjectKey::Kind::none;
}

/// What becomes of a download whose last reader ran out of time.
fetch::Flights::Emptied emptied(const ReadOptions& options) {
  return options.keep_fetching ? fetch::Flights::Emptied::go_on : fetch::Flights::Emptied::stop;
}

}  // namespace

Result<Blob> Vfs::Impl::counted(Result<Blob> result, bool joined) {
  using fetch::Figure;
  if (result) {
    switch (result->source()) {
      case Source::bundle: counters_.add(Figure::from_bundle); break;
      case Source::store: counters_.add(Figure::from_store); break;
      case Source::origin: counters_.add(Figure::from_origin); break;
    }
    if (joined && result->source() == Source::origin) counters_.add(Figure::joined);
    counters_.add(Figure::bytes_served, result->size());
  } else {
    counters_.add(result.error() == condition::absent ? Figure::absent : Figure::failed);
  }
  return result;
}

Result<Blob> Vfs::Impl::filtered(std::string_view path, Result<Blob> result) const {
  if (!options_.read_filter || !result) return result;
  return options_.read_filter(path, std::move(*result));
}

void Vfs::Impl::count_wait(Clock::time_point began) noexcept {
  if (store_) store_->waited(Clock::now() - began);
}

Result<Blob> Vfs::Impl::read_locally(std::string_view path, const ViewPtr& held) {
  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(path, buffer);
  if (!request) return request.error();
  if (held) return read_locally(*held, *request, buffer);
  const auto view = view_.read();
  return read_locally(*view, *request, buffer);
}

Result<Blob> Vfs::Impl::read_locally(const View& view, const PathRequest& request,
                                     vfs::PathBuffer& buffer) {
  Wrapping wrapping;
  auto lent = lend_locally(view, request, buffer, wrapping);
  if (wrapping.is_encrypted) return opened(true, std::move(lent));
  return lent;
}

Result<Blob> Vfs::Impl::lend_locally(const View& view, const PathRequest& request,
                                     vfs::PathBuffer& buffer, Wrapping& wrapping) {
  const Layer* layer = nullptr;
  auto entry = view.resolve(request, buffer, layer);
  if (entry.error() == errc::would_fetch) {
    Entry page;
    entry = resolve_with_local_pages(view, *corridor_, request, buffer, layer, page);
  }
  if (entry) {
    wrapping = wrapping_of(*entry);
    return corridor_->lend(*layer->release, *entry);
  }
  // A page of the table is missing.
  if (entry.error() == errc::would_fetch && !layer->release->origin()) return errc::offline;
  return entry.error();
}

Result<Blob> Vfs::Impl::try_read(std::string_view path, const TryReadOptions& options,
                                 const ViewPtr& held) {
  counters_.add(fetch::Figure::reads);
  auto local = read_locally(path, held);
  if (options.start_fetching && local.error() == errc::would_fetch)
    start_fetching(path, options.priority, held_or_now(held));
  return filtered(path, counted(std::move(local)));
}

void Vfs::Impl::start_fetching(std::string_view path, Priority priority, const ViewPtr& view) {
  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(path, buffer);
  if (!request) return;
  const Layer* layer = nullptr;
  Entry page;
  const auto entry = resolve_with_local_pages(*view, *corridor_, *request, buffer, layer, page);
  if (!entry && entry.error() != errc::would_fetch) return;
  auto release = layer->release;
  if (entry.error() == errc::would_fetch) {
    corridor_->flights().board(
        release, page,
        [this, release, page, path = std::string(path), priority,
         view](const fetch::Landing& landing) {
          if (!landing.blob) return;
          release->keep(page, *landing.blob);
          worker_->post([this, path, priority, view] {
            if (read_locally(path, view).error() == errc::would_fetch)
              start_fetching(path, priority, view);
          });
        },
        Priority::high);
    return;
  }
  const bool kept =
      entry && (entry->route == Route::transient || (store_ && entry->route != Route::live));
  if (kept) corridor_->flights().start(std::move(release), *entry, priority);
}

Result<Blob> Vfs::Impl::read(std::string_view path, const ReadOptions& options,
                             const ViewPtr& held) {
  counters_.add(fetch::Figure::reads);
  if (options.report) *options.report = {};
  auto local = read_locally(path, held);
  if (local || local.error() != errc::would_fetch) return filtered(path, counted(std::move(local)));
  return filtered(path, wait_for_flight(path, options, held));
}

Result<Blob> Vfs::Impl::wait_for_flight(std::string_view path, const ReadOptions& options,
                                        const ViewPtr& held) {
  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(path, buffer);
  if (!request) return counted(request.error());
  const auto view = held_or_now(held);
  const auto deadline = options.timeout.count() > 0 ? Clock::now() + options.timeout : kForever;
  const Layer* layer = nullptr;
  auto entry = view->resolve(*request, buffer, layer);
  if (entry.error() == errc::would_fetch) {
    const auto found = look_up(*view, *request, buffer, deadline);
    if (!found) return counted(found.error());
    layer = found->layer;
    entry = found->entry;
    auto local = corridor_->lend(*layer->release, *entry);
    if (local || local.error() != errc::would_fetch)
      return counted(opened(entry->is_encrypted, std::move(local)));
  }
  if (!entry) return counted(entry.error());

  // Shared with the callback, which may still be inside set_value() when this thread goes on.
  auto promise = std::make_shared<std::promise<fetch::Landing>>();
  auto future = promise->get_future();
  const auto ticket = corridor_->flights().board(
      layer->release, *entry,
      [this, promise, kept = is_kept(*entry), began = Clock::now()](fetch::Landing landing) {
        if (kept) count_wait(began);
        promise->set_value(std::move(landing));
      },
      options.priority);
  if (deadline != kForever && future.wait_until(deadline) == std::future_status::timeout)
    corridor_->flights().leave(ticket, errc::timed_out, emptied(options));
  fetch::Landing landing = future.get();
  if (options.report) *options.report = landing.cost;
  return counted(opened(entry->is_encrypted, std::move(landing.blob)), landing.joined);
}

struct Vfs::Impl::AsyncRead {
  std::string path;
  ReadOptions options;
  Callback callback;
  ViewPtr view;  ///< null until something is not local, or a snapshot's
  std::shared_ptr<State> state = std::make_shared<State>();
};

std::shared_ptr<Vfs::Impl::State> Vfs::Impl::start_read(std::string_view path, ReadOptions options,
                                                        Callback callback, ViewPtr held) {
  counters_.add(fetch::Figure::reads);
  auto read = std::make_shared<AsyncRead>();
  read->path = path;
  read->options = options;
  read->callback = std::move(callback);
  read->view = std::move(held);
  read->state->vfs = weak_from_this();
  if (options.report) *options.report = {};
  if (options.timeout.count() > 0)
    io_->after(options.timeout,
               [weak = weak_from_this(), state = read->state, then = emptied(options)] {
                 if (const auto self = weak.lock()) self->withdraw(*state, errc::timed_out, then);
               });
  auto state = read->state;
  worker_->post([this, read = std::move(read)]() mutable { run_async(std::move(read)); });
  return state;
}

void Vfs::Impl::run_async(std::shared_ptr<AsyncRead> read) {
  auto local = read_locally(read->path, read->view);
  if (local || local.error() != errc::would_fetch)
    return deliver(std::move(read), counted(std::move(local)));

  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(read->path, buffer);
  const auto view = read->view = held_or_now(read->view);
  const Layer* layer = nullptr;
  Entry page;
  const auto entry =
      request ? resolve_with_local_pages(*view, *corridor_, *request, buffer, layer, page)
              : Result<Entry>(request.error());
  if (!entry && entry.error() != errc::would_fetch)
    return deliver(std::move(read), counted(entry.error()));
  auto release = layer->release;
  if (entry.error() == errc::would_fetch)
    return board_async(read, release, page, Priority::high,
                       [this, read, release, page](fetch::Landing landing) {
                         if (!landing.blob) return deliver(read, counted(landing.blob.error()));
                         release->keep(page, *landing.blob);
                         worker_->post([this, read] { run_async(read); });
                       });
  board_async(read, std::move(release), *entry, read->options.priority,
              [this, read, kept = is_kept(*entry), encrypted = entry->is_encrypted,
               began = Clock::now()](fetch::Landing landing) {
                if (kept) count_wait(began);
                if (read->options.report) *read->options.report = landing.cost;
                if (!encrypted || !landing.blob)
                  return deliver(read, counted(std::move(landing.blob), landing.joined));
                worker_->post([this, read, landing = std::move(landing)]() mutable {
                  deliver(read, counted(opened(true, std::move(landing.blob)), landing.joined));
                });
              });
}

void Vfs::Impl::board_async(const std::shared_ptr<AsyncRead>& read,
                            std::shared_ptr<const Release> release, const Entry& entry,
                            Priority priority, fetch::LandingCallback callback) {
  State& state = *read->state;
  std::error_code withdrawn;
  {
    std::lock_guard lock(state.mutex);
    if (state.withdrawn) withdrawn = state.why;
  }
  if (withdrawn) return deliver(read, counted(withdrawn));
  auto ticket =
      corridor_->flights().board(std::move(release), entry, std::move(callback), priority);
  std::unique_lock lock(state.mutex);
  state.ticket = ticket;
  if (!state.withdrawn) return;
  const std::error_code why = state.why;  // withdrawn while boarding
  lock.unlock();
  corridor_->flights().leave(
      ticket, why, why == errc::timed_out ? emptied(read->options) : fetch::Flights::Emptied::stop);
}

void Vfs::Impl::deliver(std::shared_ptr<AsyncRead> read, Result<Blob> result) {
  if (options_.read_filter && result)
    return worker_->post([this, read = std::move(read), result = std::move(result)]() mutable {
      auto mine = filtered(read->path, std::move(result));
      hand_over(std::move(read), std::move(mine));
    });
  hand_over(std::move(read), std::move(result));
}

void Vfs::Impl::hand_over(std::shared_ptr<AsyncRead> read, Result<Blob> result) {
  call([callback = std::move(read->callback), result = std::move(result)]() mutable {
    callback(std::move(result));
  });
}

void Vfs::Impl::call(std::function<void()> task) {
  if (options_.post)
    options_.post(std::move(task));
  else
    worker_->post(std::move(task));
}

void Vfs::Impl::withdraw(State& state, std::error_code why, fetch::Flights::Emptied emptied) {
  fetch::Ticket ticket;
  {
    std::lock_guard lock(state.mutex);
    if (state.withdrawn) return;
    state.withdrawn = true;
    state.why = why;
    ticket = state.ticket;
  }
  corridor_->flights().leave(ticket, why, emptied);
}

}  // namespace larder
