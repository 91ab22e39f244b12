// Opening and closing: which rooms a Vfs has, and how they are wired.
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "larder/vfs_impl.h"
#include "net/make_transport.h"

namespace larder {
namespace {

std::optional<std::string> environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? std::optional<std::string>(value) : std::nullopt;
}

Result<net::HttpOptions> http_options(const Options& options, std::string* why) {
  net::HttpOptions http;
  auto proxies = net::ProxyRules::make(options.proxy, environment, why);
  if (!proxies) return proxies.error();
  http.proxies = *std::move(proxies);
  http.pins = options.tls.pins;
  http.connect_timeout = options.connect_timeout;
  http.idle_timeout = options.idle_timeout;
  http.connections_per_host = options.connections_per_host;
  http.redirects = options.redirects;
  http.ca_file = options.tls.ca_file;
  return http;
}

}  // namespace

Vfs::Impl::Impl(Options options) : options_(std::move(options)), log_(options_.on_log) {}

Vfs::Impl::~Impl() {
  close();
}

Result<void> Vfs::Impl::open() {
  if (options_.attempts == 0 || options_.connections_per_host == 0) return errc::invalid_argument;
  if (options_.refresh_every.count() < 0) return errc::invalid_argument;
  if (const auto opened = open_store(); !opened) return opened;
  io_ = std::make_unique<IoThread>(log_);
  worker_ = std::make_unique<Worker>(log_);
  if (const auto opened = open_network(); !opened) return opened;
  auto root = Mount::open("", mount_options_of(options_), mount_services());
  if (!root) return root.error();
  root_ = std::move(*root);
  auto release = root_->first_release();
  if (!release) return release.error();
  view_.replace(std::make_shared<const View>(Layer{root_, std::move(*release)}));
  if (options_.refresh_every.count() > 0 && !options_.offline)
    repeater_ = std::make_unique<Repeater>(
        options_.refresh_every, [this] { static_cast<void>(refresh()); }, log_);
  return {};
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

Result<void> Vfs::Impl::open_network() {
  std::string why;
  auto http = http_options(options_, &why);
  auto transport = http ? net::make_transport(io_->context(), *std::move(http), &why)
                        : Result<std::unique_ptr<net::Transport>>(http.error());
  if (!transport) {
    log_.error(why);
    return transport.error();
  }
  transport_ = std::move(*transport);
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
  services.hedge = options_.hedge;
  services.on_event = options_.on_event;
  services.log = log_;
  if (options_.on_damage)
    services.on_damage = [this](DamageReport report, const Release& release) {
      report.server_id = server_id_of(release);
      options_.on_damage(report);
    };
  corridor_ = std::make_unique<fetch::Corridor>(std::move(services));
  set_network_policy(options_.network);
  return {};
}

MountServices Vfs::Impl::mount_services() {
  MountServices services;
  services.store = store_.get();
  services.transport = transport_.get();
  services.sites = sites_.get();
  services.options = &options_;
  services.fetch = [this](const std::shared_ptr<const Release>& release, const Entry& entry,
                          Clock::time_point deadline) { return fetch(release, entry, deadline); };
  services.fetch_pages = [this](const std::shared_ptr<const Release>& release,
                                std::span<const Entry> pages, Clock::time_point deadline) {
    return fetch_pages(release, pages, deadline);
  };
  if (store_)
    services.prepare = [this](const Mount& mount, const std::shared_ptr<const Release>& release,
                              Clock::time_point deadline) {
      return fetch_bootstrap(mount, release, deadline);
    };
  services.log = log_;
  return services;
}

void Vfs::Impl::close() noexcept {
  if (closed_.exchange(true)) return;
  cancel_prefetches();
  stop_clients();
  if (corridor_) corridor_->flights().cancel_all();
  repeater_.reset();  // a refresh that runs has been stopped
  // The worker may be about to board a flight: it ends while the transport still stands. Callbacks
  // that are due are made.
  if (worker_) worker_->finish();
  if (corridor_) corridor_->flights().settle();
  transport_.reset();  // every exchange has ended when this returns
  if (io_) io_->stop();
  store_.reset();
}

}  // namespace larder
