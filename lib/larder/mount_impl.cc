#include "larder/mount_impl.h"

#include <chrono>
#include <filesystem>
#include <span>
#include <utility>

#include "bundle/native_bundle.h"
#include "compat/laya_client.h"
#include "digest/hash.h"
#include "digest/hex.h"
#include "filetable/origin_names.h"
#include "native/client.h"
#include "native/laya_contents.h"
#include "net/url.h"
#include "sys/file_system.h"

namespace larder {
namespace {

/// Of a file, to know that it is there.
constexpr std::uint64_t kMostToTell = 64u << 10;

/// Lines say which mount they are about.
Log log_of(const std::string& prefix, const Log& log) {
  if (prefix.empty() || !log) return log;
  return Log([prefix, log](LogLevel level, std::string_view line) {
    log(level, "mount " + prefix + ": " + std::string(line));
  });
}

}  // namespace

MountOptions mount_options_of(const Options& options) {
  MountOptions mount;
  mount.origin = options.origin;
  mount.mirrors = options.mirrors;
  mount.bundles = options.bundles;
  mount.layout = options.layout;
  mount.ignore_case = options.ignore_case;
  mount.refresh_at = options.refresh_at;
  mount.laya = options.laya;
  mount.lists = options.lists;
  mount.trust = options.trust;
  mount.bootstrap = options.bootstrap;
  return mount;
}

Mount::Mount(const std::string& prefix, MountOptions options, MountServices services)
    : options_(std::move(options)),
      services_(std::move(services)),
      point_(std::make_shared<const MountPoint>(prefix)),
      log_(log_of(prefix, services_.log)) {}

Result<std::shared_ptr<Mount>> Mount::open(const std::string& prefix, MountOptions options,
                                           MountServices services) {
  auto mount = std::make_shared<Mount>(prefix, std::move(options), std::move(services));
  if (const auto prepared = mount->prepare(); !prepared) return prepared.error();
  if (const auto opened = mount->open_client(mount->find_layout()); !opened) return opened.error();
  return mount;
}

Layout Mount::find_layout() {
  if (is_native()) return Layout::native;
  if (options_.layout != Layout::automatic) return options_.layout;
  return known_list_layout();
}

Result<void> Mount::open_client(Layout layout) {
  switch (layout) {
    case Layout::native: return open_native_client();
    case Layout::cocos:
    case Layout::flist: return open_list_client(layout);
    case Layout::automatic:
    case Layout::laya: break;
  }
  return open_laya_client();
}

Result<void> Mount::prepare() {
  if (options_.origin.empty() && (options_.bundles.empty() || !options_.mirrors.empty())) {
    log_.error(options_.bundles.empty()
                   ? "neither an origin nor a bundle is given: nothing could ever be served"
                   : "mirrors are given, but no origin");
    return errc::invalid_argument;
  }
  if (!options_.origin.empty()) {
    auto base = base_url_of(options_.origin);
    if (!base) return base.error();
    base_url_ = std::move(*base);
  }
  for (const std::string& mirror : options_.mirrors) {
    auto base = base_url_of(mirror);
    if (!base) return base.error();
    mirror_urls_.push_back(std::move(*base));
  }
  rules_ = vfs::PathRules({base_url_, options_.laya.lower_case, options_.laya.translations});
  return {};
}

Result<std::string> Mount::base_url_of(const std::string& origin) const {
  std::string why;
  auto base = net::normalise_base(origin, &why);
  if (!base) log_.error("origin " + origin + ": " + why);
  return base;
}

bool Mount::may_ask() const noexcept {
  return !options_.origin.empty() && !services_.options->offline;
}

Prepare Mount::before_taking_over() const {
  if (options_.bootstrap.empty() || !services_.prepare) return {};
  return [this](const std::shared_ptr<const Release>& release,
                std::chrono::steady_clock::time_point deadline) {
    return services_.prepare(*this, release, deadline);
  };
}

std::string Mount::state_directory(std::string_view layout) const {
  if (!services_.store || base_url_.empty()) return {};
  const Digest digest = digest::sha256(std::as_bytes(std::span(base_url_)));
  return services_.options->store + "/state/" + std::string(layout) + "-" +
         digest::to_hex(std::span(digest.bytes).first(8));
}

Result<void> Mount::open_laya_client() {
  compat::LayaClientOptions options;
  options.base_url = base_url_;
  options.mirrors = mirror_urls_;
  options.sites = services_.sites;
  options.app_url = options_.origin;
  options.offline = services_.options->offline;
  options.ignore_case = options_.ignore_case;
  options.bundles = options_.bundles;
  options.state_directory = state_directory("laya");
  options.max_file_bytes = services_.options->max_file_bytes;
  options.laya = options_.laya;
  options.mount_point = point_;
  options.prepare = before_taking_over();
  options.log = log_;
  auto client = compat::LayaClient::create(std::move(options), *services_.transport);
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

Result<void> Mount::open_native_client() {
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
    auto opened =
        bundle::NativeBundle::open(bundle::parse_place(text), services_.options->first_use, &why);
    if (!opened) {
      log_.error("bundle " + why);
      return opened.error();
    }
    options.bundles.push_back(std::move(*opened));
  }
  options.base_url = base_url_;
  options.mirrors = mirror_urls_;
  options.sites = services_.sites;
  options.offline = services_.options->offline;
  options.ignore_case = options_.ignore_case;
  options.trust = options_.trust;
  options.state_directory = state_directory("native-" + options_.trust.channel);
  options.store = services_.store;
  options.mount_point = point_;
  options.prepare = before_taking_over();
  options.fetch = services_.fetch;
  options.fetch_pages = services_.fetch_pages;
  options.log = log_;
  auto client = native::Client::create(std::move(options), *services_.transport);
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

bool Mount::has_file(const std::string& name) {
  if (!may_ask()) return false;
  net::Request request;
  request.url = base_url_ + name;
  request.max_bytes = kMostToTell;
  request.timeout = services_.options->refresh_timeout;
  const std::error_code error = net::get_document(*services_.transport, std::move(request)).first;
  return !error || error == errc::too_large;
}

bool Mount::has_head() {
  return has_file(filetable::head_path(options_.trust.channel));
}

bool Mount::is_native() {
  if (options_.layout != Layout::automatic) return options_.layout == Layout::native;
  if (!options_.trust.keys.empty()) return true;  // nothing weaker will do
  for (const std::string& text : options_.bundles)
    if (bundle::is_native_bundle(bundle::parse_place(text))) return true;
  if (!options_.trust.allow_unsigned) return false;
  const std::string known = state_directory("native-" + options_.trust.channel);
  return (!known.empty() && sys::FileSystem::real().exists(known + "/state.json")) || has_head();
}

// An origin without a filetable of LayaDCC's is one in development, or a native one.
bool Mount::is_native_without_trust(const Release& release) {
  const bool guessed = options_.layout == Layout::automatic && options_.trust.keys.empty() &&
                       !options_.trust.allow_unsigned;
  if (!guessed || !release.id().empty() || !has_head()) return false;
  log_.error(
      options_.origin +
      " has native releases, and no key is trusted: give the public key of whoever publishes "
      "them, or say that they need no signature");
  return true;
}

Result<std::shared_ptr<const Release>> Mount::first_release() {
  auto release = begin();
  if (!release) return release;
  if (may_ask() && is_native_without_trust(**release)) return errc::bad_signature;
  const bool has_none = may_ask() && (*release)->id().empty();
  // An origin without a table of LayaDCC's may have a list of another system's.
  if (has_none && options_.layout == Layout::automatic)
    if (const Layout layout = layout_by_list(); layout != Layout::laya) {
      if (const auto opened = open_client(layout); !opened) return opened.error();
      return begin();
    }
  if (has_none)
    log_.warning(base_url_ +
                 "update/assetsid.txt does not exist: development mode, every file is downloaded "
                 "each time (pack the tree with `larder layadcc`, or publish it)");
  load_names_for_case(**release);
  return release;
}

Result<std::shared_ptr<const Release>> Mount::begin() {
  std::shared_ptr<const Release> release = client_->start();
  if (may_ask() && (!release || options_.refresh_at == RefreshAt::open)) {
    const auto timeout =
        release ? services_.options->refresh_timeout : std::chrono::milliseconds(0);
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
  return release;
}

Result<std::shared_ptr<const Release>> Mount::refresh() {
  auto found = client_->refresh(std::chrono::milliseconds(0));
  if (found && *found) load_names_for_case(**found);
  return found;
}

// A LayaDCC table does not have the names that a path is compared with.
void Mount::load_names_for_case(const Release& release) {
  if (!options_.ignore_case || release.file_count() == 0) return;
  if (release.list("").error() != errc::unsupported || client_->load_names(true)) return;
  log_.warning(
      "letter case is not ignored: the origin has no update/allfiles.txt that tells names");
}

}  // namespace larder
