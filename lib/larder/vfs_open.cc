// Opening and closing: which rooms a Vfs has, and how they are wired.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <utility>

#include "bundle/native_bundle.h"
#include "compat/laya_client.h"
#include "digest/hash.h"
#include "digest/hex.h"
#include "filetable/origin_names.h"
#include "larder/vfs_impl.h"
#include "native/client.h"
#include "native/laya_contents.h"
#include "net/make_transport.h"
#include "net/url.h"
#include "sys/file_system.h"

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

/// Of a file, to know that it is there.
constexpr std::uint64_t kMostToTell = 64u << 10;

}  // namespace

Vfs::Impl::Impl(Options options) : options_(std::move(options)), log_(options_.on_log) {}

Vfs::Impl::~Impl() {
  close();
}

Result<void> Vfs::Impl::open() {
  if (options_.origin.empty() && options_.bundles.empty()) {
    log_.error("neither an origin nor a bundle is given: nothing could ever be served");
    return errc::invalid_argument;
  }
  if (options_.attempts == 0 || options_.connections_per_host == 0) return errc::invalid_argument;
  if (options_.refresh_every.count() < 0) return errc::invalid_argument;

  std::string base_url;
  if (!options_.origin.empty()) {
    auto base = base_url_of(options_.origin);
    if (!base) return base.error();
    base_url = std::move(*base);
  }
  for (const std::string& mirror : options_.mirrors) {
    auto base =
        options_.origin.empty() ? Result<std::string>(errc::invalid_argument) : base_url_of(mirror);
    if (!base) return base.error();
    mirror_urls_.push_back(std::move(*base));
  }
  rules_ = vfs::PathRules({base_url, options_.laya.lower_case, options_.laya.translations});
  if (const auto opened = open_store(); !opened) return opened;
  io_ = std::make_unique<IoThread>(log_);
  worker_ = std::make_unique<Worker>(log_);
  if (const auto opened = open_client(base_url); !opened) return opened;
  const bool guessed = options_.layout == Layout::automatic;
  return first_release(base_url, guessed ? Guess::allowed : Guess::made);
}

Result<std::string> Vfs::Impl::base_url_of(const std::string& origin) const {
  std::string why;
  auto base = net::normalise_base(origin, &why);
  if (!base) log_.error("origin " + origin + ": " + why);
  return base;
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

std::string Vfs::Impl::state_directory(std::string_view layout, const std::string& base_url) const {
  if (!store_) return {};
  const Digest digest = digest::sha256(std::as_bytes(std::span(base_url)));
  return options_.store + "/state/" + std::string(layout) + "-" +
         digest::to_hex(std::span(digest.bytes).first(8));
}

Result<void> Vfs::Impl::open_client(const std::string& base_url) {
  std::string why;
  auto transport = net::make_transport(io_->context(), http_options(options_), &why);
  if (!transport) {
    log_.error(why);
    return transport.error();
  }
  transport_ = std::move(*transport);
  const Layout layout = layout_of(base_url);
  open_corridor(layout);
  if (layout == Layout::native) return open_native_client(base_url);
  if (layout == Layout::laya) return open_laya_client(base_url);
  return open_list_client(base_url, layout);
}

void Vfs::Impl::open_corridor(Layout layout) {
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
  services.hand_out_damaged = layout == Layout::laya && options_.laya.hand_out_damaged;
  services.on_event = options_.on_event;
  services.log = log_;
  if (options_.on_damage)
    services.on_damage = [this](DamageReport report) {
      report.server_id = client_->server_id();
      options_.on_damage(report);
    };
  corridor_ = std::make_unique<fetch::Corridor>(std::move(services));
  set_network_policy(options_.network);
}

Result<void> Vfs::Impl::open_laya_client(const std::string& base_url) {
  compat::LayaClientOptions options;
  options.base_url = base_url;
  options.mirrors = mirror_urls_;
  options.sites = sites_.get();
  options.app_url = options_.origin;
  options.offline = options_.offline;
  options.ignore_case = options_.ignore_case;
  options.bundles = options_.bundles;
  options.state_directory = state_directory("laya", base_url);
  options.max_file_bytes = options_.max_file_bytes;
  options.laya = options_.laya;
  options.log = log_;
  auto client = compat::LayaClient::create(std::move(options), *transport_);
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

Result<void> Vfs::Impl::open_native_client(const std::string& base_url) {
  native::ClientOptions options;
  for (const std::string& text : options_.bundles) {
    std::string why;
    std::error_code unreadable;  // which opening it as a file tells
    if (std::filesystem::is_directory(text, unreadable)) {
      auto contents =
          native::LayaContents::open(text, bundle::laya_host_path(options_.origin), &why);
      if (!contents) {
        log_.error("bundle " + why);
        return contents.error();
      }
      options.contents.push_back(std::move(*contents));
      continue;
    }
    auto opened = bundle::NativeBundle::open(bundle::parse_place(text), options_.first_use, &why);
    if (!opened) {
      log_.error("bundle " + why);
      return opened.error();
    }
    options.bundles.push_back(std::move(*opened));
  }
  options.base_url = base_url;
  options.mirrors = mirror_urls_;
  options.offline = options_.offline;
  options.ignore_case = options_.ignore_case;
  options.trust = options_.trust;
  options.state_directory = state_directory("native-" + options_.trust.channel, base_url);
  options.store = store_.get();
  options.fetch = [this](const std::shared_ptr<const Release>& release, const Entry& entry,
                         Clock::time_point deadline) { return fetch(release, entry, deadline); };
  options.fetch_pages = [this](const std::shared_ptr<const Release>& release,
                               std::span<const Entry> pages, Clock::time_point deadline) {
    return fetch_pages(release, pages, deadline);
  };
  options.log = log_;
  auto client = native::Client::create(std::move(options), *transport_);
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

bool Vfs::Impl::has_file(const std::string& base_url, const std::string& name) {
  if (base_url.empty() || options_.offline) return false;
  net::Request request;
  request.url = base_url + name;
  request.max_bytes = kMostToTell;
  request.timeout = options_.refresh_timeout;
  const std::error_code error = net::get_document(*transport_, std::move(request)).first;
  return !error || error == errc::too_large;
}

bool Vfs::Impl::has_head(const std::string& base_url) {
  return has_file(base_url, filetable::head_path(options_.trust.channel));
}

Layout Vfs::Impl::layout_of(const std::string& base_url) {
  if (is_native(base_url)) return Layout::native;
  if (options_.layout != Layout::automatic) return options_.layout;
  return known_list_layout(base_url);
}

bool Vfs::Impl::is_native(const std::string& base_url) {
  if (options_.layout != Layout::automatic) return options_.layout == Layout::native;
  if (!options_.trust.keys.empty()) return true;  // nothing weaker will do
  for (const std::string& text : options_.bundles)
    if (bundle::is_native_bundle(bundle::parse_place(text))) return true;
  if (!options_.trust.allow_unsigned) return false;
  const std::string known = state_directory("native-" + options_.trust.channel, base_url);
  return (!known.empty() && sys::FileSystem::real().exists(known + "/state.json")) ||
         has_head(base_url);
}

// An origin without a filetable of LayaDCC's is one in development, or a native one.
bool Vfs::Impl::is_native_without_trust(const Release& release, const std::string& base_url) {
  const bool guessed = options_.layout == Layout::automatic && options_.trust.keys.empty() &&
                       !options_.trust.allow_unsigned;
  if (!guessed || !release.id().empty() || !has_head(base_url)) return false;
  log_.error(
      options_.origin +
      " has native releases, and no key is trusted: give the public key of whoever publishes "
      "them, or say that they need no signature");
  return true;
}

Result<void> Vfs::Impl::first_release(const std::string& base_url, Guess guess) {
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
  if (may_ask && is_native_without_trust(*release, base_url)) return errc::bad_signature;
  // An origin without a filetable of LayaDCC's may have a list of another system's.
  if (may_ask && release->id().empty() && guess == Guess::allowed)
    if (const Layout layout = layout_by_list(base_url); layout != Layout::laya) {
      if (const auto opened = open_list_client(base_url, layout); !opened) return opened;
      return first_release(base_url, Guess::made);
    }
  if (may_ask && release->id().empty())
    log_.warning(base_url +
                 "update/assetsid.txt does not exist: development mode, every file is downloaded "
                 "each time (pack the tree with `larder layadcc`, or publish it)");
  load_names_for_case(*release);
  release_.replace(std::move(release));
  if (options_.refresh_every.count() > 0 && may_ask)
    repeater_ = std::make_unique<Repeater>(
        options_.refresh_every, [this] { static_cast<void>(refresh()); }, log_);
  return {};
}

// A LayaDCC table does not have the names that a path is compared with.
void Vfs::Impl::load_names_for_case(const Release& release) {
  if (!options_.ignore_case || release.file_count() == 0) return;
  if (release.list("").error() != errc::unsupported || client_->load_names(true)) return;
  log_.warning(
      "letter case is not ignored: the origin has no update/allfiles.txt that tells names");
}

void Vfs::Impl::close() noexcept {
  if (closed_.exchange(true)) return;
  cancel_prefetches();
  if (client_) client_->stop();
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
