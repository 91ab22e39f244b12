#include "larder/vfs_impl.h"

#include <chrono>
#include <future>
#include <span>
#include <utility>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "digest/hex.h"
#include "net/make_transport.h"
#include "net/url.h"

namespace larder {
namespace {

net::HttpOptions http_options(const Options& options) {
  net::HttpOptions http;
  http.connect_timeout = options.connect_timeout;
  http.idle_timeout = options.idle_timeout;
  http.connections_per_host = options.connections_per_host;
  http.redirects = options.redirects;
  http.ca_file = options.tls.ca_file;
  return http;
}

bool is_kept(const Entry& entry) noexcept {
  return entry.key.kind != ObjectKey::Kind::none;
}

/// What becomes of a download whose last reader ran out of time.
fetch::Flights::Emptied emptied(const ReadOptions& options) {
  return options.keep_fetching ? fetch::Flights::Emptied::go_on : fetch::Flights::Emptied::stop;
}

}  // namespace

Vfs::Impl::Impl(Options options) : options_(std::move(options)), log_(options_.on_log) {}

Vfs::Impl::~Impl() {
  close();
}

// ---------------------------------------------------------------- opening and closing

Result<void> Vfs::Impl::open() {
  if (options_.origin.empty() && options_.bundles.empty()) {
    log_.error("neither an origin nor a bundle is given: nothing could ever be served");
    return errc::invalid_argument;
  }
  if (options_.attempts == 0 || options_.connections_per_host == 0) return errc::invalid_argument;

  std::string base_url;
  if (!options_.origin.empty()) {
    std::string why;
    auto base = net::normalise_base(options_.origin, &why);
    if (!base) {
      log_.error("origin " + options_.origin + ": " + why);
      return base.error();
    }
    base_url = std::move(*base);
  }
  rules_ = vfs::PathRules({base_url, options_.laya.lower_case, options_.laya.translations});
  if (const auto opened = open_store(); !opened) return opened;
  io_ = std::make_unique<IoThread>(log_);
  worker_ = std::make_unique<Worker>(log_);
  if (const auto opened = open_client(base_url); !opened) return opened;
  return first_release();
}

Result<void> Vfs::Impl::open_store() {
  if (options_.store.empty()) return {};
  store::StoreOptions options;
  options.directory = options_.store;
  options.first_use = options_.first_use;
  options.quota_bytes = options_.store_quota_bytes;
  options.log = log_;
  auto store = store::Store::open(std::move(options));
  if (store) {
    store_ = std::move(*store);
  } else {
    log_.error("store " + options_.store + ": " + store.error().message() +
               "; going on without, nothing will be kept");
  }
  return {};
}

std::string Vfs::Impl::state_directory(const std::string& base_url) const {
  if (!store_) return {};
  const Digest digest = digest::sha256(std::as_bytes(std::span(base_url)));
  return options_.store + "/state/laya-" + digest::to_hex(std::span(digest.bytes).first(8));
}

Result<void> Vfs::Impl::open_client(const std::string& base_url) {
  std::string why;
  auto transport = net::make_transport(io_->context(), http_options(options_), &why);
  if (!transport) {
    log_.error(why);
    return transport.error();
  }
  transport_ = std::move(*transport);

  compat::LayaClientOptions options;
  options.base_url = base_url;
  options.app_url = options_.origin;
  options.offline = options_.offline;
  options.bundles = options_.bundles;
  options.state_directory = state_directory(base_url);
  options.max_file_bytes = options_.max_file_bytes;
  options.laya = options_.laya;
  options.log = log_;
  auto client = compat::LayaClient::create(std::move(options), *transport_);
  if (!client) return client.error();
  client_ = std::move(*client);

  sites_ = std::make_unique<net::Sites>(*io_);
  transient_ = std::make_unique<fetch::TransientCache>(options_.laya.transient_bytes, *io_);
  fetch::FlightServices services;
  services.store = store_.get();
  services.clock = io_.get();
  services.counters = &counters_;
  services.transient = transient_.get();
  services.sites = sites_.get();
  services.attempts = options_.attempts;
  services.retry_for = options_.retry_for;
  services.max_file_bytes = options_.max_file_bytes;
  services.hand_out_damaged = options_.laya.hand_out_damaged;
  services.log = log_;
  if (options_.on_damage)
    services.on_damage = [this](DamageReport report) {
      report.server_id = client_->server_id();
      options_.on_damage(report);
    };
  corridor_ = std::make_unique<fetch::Corridor>(std::move(services));
  set_network_policy(options_.network);
  return {};
}

Result<void> Vfs::Impl::first_release() {
  std::shared_ptr<const Release> release = client_->start();
  const bool may_ask = !options_.origin.empty() && !options_.offline;
  if (may_ask && (!release || options_.refresh_at == RefreshAt::open)) {
    const auto timeout = release ? options_.refresh_timeout : std::chrono::milliseconds(0);
    auto refreshed = client_->refresh(timeout);
    if (refreshed && *refreshed) release = std::move(*refreshed);
    if (!refreshed && !release) return refreshed.error();
    if (!refreshed)
      log_.warning("the origin cannot be asked for a newer filetable (" +
                   refreshed.error().message() + "); serving what is local");
  }
  if (!release) {
    log_.error("no filetable is known locally, and the origin may not be asked");
    return errc::offline;
  }
  release_.replace(std::move(release));
  return {};
}

void Vfs::Impl::close() noexcept {
  if (closed_.exchange(true)) return;
  cancel_prefetches();
  if (corridor_) corridor_->flights().cancel_all();
  // The worker may be about to board a flight: it ends while the transport still stands. Callbacks
  // that are due are made.
  if (worker_) worker_->finish();
  transport_.reset();  // every exchange has ended when this returns
  if (io_) io_->stop();
  store_.reset();
}

// ---------------------------------------------------------------- reading

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

void Vfs::Impl::count_wait(Clock::time_point began) noexcept {
  if (store_) store_->waited(Clock::now() - began);
}

Result<Blob> Vfs::Impl::read_locally(std::string_view path) {
  vfs::PathBuffer buffer;
  const auto request = rules_.parse(path, buffer);
  if (!request) return request.error();
  const auto release = release_.read();
  const auto entry = release->resolve(*request);
  if (!entry) return entry.error();
  return corridor_->lend(*release, *entry);
}

Result<Blob> Vfs::Impl::try_read(std::string_view path, const TryReadOptions& options) {
  counters_.add(fetch::Figure::reads);
  auto local = read_locally(path);
  if (options.start_fetching && local.error() == errc::would_fetch)
    start_fetching(path, options.priority);
  return counted(std::move(local));
}

void Vfs::Impl::start_fetching(std::string_view path, Priority priority) {
  vfs::PathBuffer buffer;
  const auto request = rules_.parse(path, buffer);
  if (!request) return;
  auto release = release_.share();
  const auto entry = release->resolve(*request);
  const bool kept =
      entry && (entry->route == Route::transient || (store_ && entry->route != Route::live));
  if (kept) corridor_->flights().start(std::move(release), *entry, priority);
}

Result<Blob> Vfs::Impl::read(std::string_view path, const ReadOptions& options) {
  counters_.add(fetch::Figure::reads);
  if (options.report) *options.report = {};
  auto local = read_locally(path);
  if (local || local.error() != errc::would_fetch) return counted(std::move(local));
  return wait_for_flight(path, options);
}

Result<Blob> Vfs::Impl::wait_for_flight(std::string_view path, const ReadOptions& options) {
  vfs::PathBuffer buffer;
  const auto request = rules_.parse(path, buffer);
  if (!request) return counted(request.error());
  auto release = release_.share();
  const auto entry = release->resolve(*request);
  if (!entry) return counted(entry.error());

  // Shared with the callback, which may still be inside set_value() when this thread goes on.
  auto promise = std::make_shared<std::promise<fetch::Landing>>();
  auto future = promise->get_future();
  const auto ticket = corridor_->flights().board(
      std::move(release), *entry,
      [this, promise, kept = is_kept(*entry), began = Clock::now()](fetch::Landing landing) {
        if (kept) count_wait(began);
        promise->set_value(std::move(landing));
      },
      options.priority);
  if (options.timeout.count() > 0 &&
      future.wait_for(options.timeout) == std::future_status::timeout)
    corridor_->flights().leave(ticket, errc::timed_out, emptied(options));
  fetch::Landing landing = future.get();
  if (options.report) *options.report = landing.cost;
  return counted(std::move(landing.blob), landing.joined);
}

struct Vfs::Impl::AsyncRead {
  std::string path;
  ReadOptions options;
  Callback callback;
  std::shared_ptr<State> state = std::make_shared<State>();
};

std::shared_ptr<Vfs::Impl::State> Vfs::Impl::start_read(std::string_view path, ReadOptions options,
                                                        Callback callback) {
  counters_.add(fetch::Figure::reads);
  auto read = std::make_shared<AsyncRead>();
  read->path = path;
  read->options = options;
  read->callback = std::move(callback);
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
  State& state = *read->state;
  auto local = read_locally(read->path);
  if (local || local.error() != errc::would_fetch)
    return deliver(std::move(read), counted(std::move(local)));

  vfs::PathBuffer buffer;
  const auto request = rules_.parse(read->path, buffer);
  auto release = release_.share();
  const auto entry = request ? release->resolve(*request) : Result<Entry>(request.error());
  if (!entry) return deliver(std::move(read), counted(entry.error()));

  std::error_code withdrawn;
  {
    std::lock_guard lock(state.mutex);
    if (state.withdrawn) withdrawn = state.why;
  }
  if (withdrawn) return deliver(std::move(read), counted(withdrawn));
  auto ticket = corridor_->flights().board(
      std::move(release), *entry,
      [this, read, kept = is_kept(*entry), began = Clock::now()](fetch::Landing landing) {
        if (kept) count_wait(began);
        if (read->options.report) *read->options.report = landing.cost;
        deliver(read, counted(std::move(landing.blob), landing.joined));
      },
      read->options.priority);
  std::unique_lock lock(state.mutex);
  state.ticket = ticket;
  if (!state.withdrawn) return;
  const std::error_code why = state.why;  // withdrawn while boarding
  lock.unlock();
  corridor_->flights().leave(
      ticket, why, why == errc::timed_out ? emptied(read->options) : fetch::Flights::Emptied::stop);
}

void Vfs::Impl::deliver(std::shared_ptr<AsyncRead> read, Result<Blob> result) {
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
