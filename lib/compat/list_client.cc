#include "compat/list_client.h"

#include <utility>

#include "net/url.h"

namespace larder::compat {
namespace {

constexpr std::uint64_t kMaxVersionBytes = 1u << 20;
constexpr std::uint64_t kMaxListBytes = std::uint64_t{256} << 20;
constexpr std::string_view kFile = "file:";

const std::shared_ptr<const Release> kUnchanged;

std::string_view scheme_of(std::string_view url) noexcept {
  return url.substr(0, url.find("://"));
}

}  // namespace

Result<std::unique_ptr<ListClient>> ListClient::create(ListClientOptions options,
                                                       net::Transport& transport) {
  std::unique_ptr<ListClient> client(new ListClient(std::move(options), transport));
  const auto& opened = client->options_;
  for (const std::string& directory : opened.packages) {
    std::string why;
    auto package = ListPackage::open(directory, opened.system, &why);
    if (!package) {
      opened.log.error("bundle " + why);
      return package.error();
    }
    client->packages_.push_back(std::move(*package));
  }
  return client;
}

ListClient::ListClient(ListClientOptions options, net::Transport& transport)
    : options_(std::move(options)),
      transport_(transport),
      state_(options_.state_directory),
      documents_(bases_of(options_.base_url, options_.mirrors), transport_, options_.sites) {}

// ---------------------------------------------------------------- what is known

std::shared_ptr<const ListRelease> ListClient::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

std::string ListClient::server_id() const {
  std::lock_guard lock(mutex_);
  return server_version_;
}

ReleaseInfo ListClient::info() const {
  std::lock_guard lock(mutex_);
  ReleaseInfo info;
  info.held_back = held_back_;
  if (!current_) return info;
  info.id = current_->id();
  info.files = current_->file_count();
  return info;
}

std::optional<std::int64_t> ListClient::app_version() const noexcept {
  if (options_.lists.app_version) return options_.lists.app_version;
  return package() ? package()->listing().version.app_version : std::nullopt;
}

std::shared_ptr<const Release> ListClient::set_current(std::shared_ptr<const ListRelease> release) {
  std::lock_guard lock(mutex_);
  current_ = std::move(release);
  return current_;
}

Result<Listing> ListClient::parse(std::string_view text, const std::string& whence) const {
  std::string why;
  auto listing = options_.system->parse(text, &why);
  if (!listing) options_.log.error(whence + ": " + why);
  return listing;
}

std::vector<std::string> ListClient::content_bases(const std::string& package_url) const {
  auto bases = bases_of(options_.base_url, options_.mirrors);
  // Who tries a published directory out means its files, not those that are deployed already.
  if (package_url.empty() || options_.base_url.starts_with(kFile)) return bases;
  std::string why;
  auto base = net::normalise_base(package_url, &why);
  const bool plain_for_secure =
      base && scheme_of(options_.base_url) == "https" && scheme_of(*base) != "https";
  if (base && base->starts_with(kFile)) why = "a list may not lead to files of this machine";
  if (plain_for_secure) why = "it is not https, as the origin is";
  if (why.empty())
    bases.front() = std::move(*base);
  else
    options_.log.error("the list's packageUrl " + package_url + " is not used: " + why);
  return bases;
}

std::shared_ptr<const ListRelease> ListClient::make_release(Listing listing) {
  ListTraits traits;
  traits.system = options_.system;
  traits.mount_point = options_.mount_point;
  traits.log = options_.log;
  traits.scope = scope_of(options_.base_url);
  traits.ignore_case = options_.ignore_case;
  traits.package_shows_through = options_.lists.package_shows_through;
  traits.search_paths = options_.lists.search_paths;
  traits.packages = packages_;
  std::unique_ptr<ListOrigin> origin;
  if (online())
    origin = std::make_unique<ListOrigin>(
        ListOrigin::Options{content_bases(listing.package_url), options_.max_file_bytes},
        options_.system, transport_);
  return std::make_shared<ListRelease>(std::move(traits), std::move(listing), std::move(origin));
}

// ---------------------------------------------------------------- at the start

bool ListClient::package_wins(const Listing& remembered) const {
  if (!package()) return false;
  const auto app = app_version();
  const auto& for_app = remembered.version.app_version;
  if (app && for_app && *app != *for_app) return true;  // the app was upgraded
  return remembered_.bundle_id != package()->id() &&
         options_.system->is_update(remembered.version.version,
                                    package()->listing().version.version);
}

std::shared_ptr<const Release> ListClient::start() {
  std::lock_guard work(work_mutex_);
  remembered_ = state_.load();
  if (const auto text = state_.load_table(remembered_)) {
    if (auto listing = parse(*text, "remembered list")) {
      if (listing->version.version.empty()) listing->version.version = remembered_.id;
      if (!package_wins(*listing)) return set_current(make_release(std::move(*listing)));
      options_.log.info("the package's list is newer than what was remembered: taking version " +
                        package()->listing().version.version);
    }
  }
  if (!package()) return nullptr;

  // Objects in the store stay; those that the package's list still names go on being served.
  remembered_ = {};
  remembered_.id = package()->listing().version.version;
  remembered_.bundle_id = package()->id();
  if (const auto saved = state_.save(remembered_, package()->list_text()); !saved)
    options_.log.warning("the list cannot be remembered: " + saved.error().message());
  return set_current(make_release(package()->listing()));
}

// ---------------------------------------------------------------- asking the origin

bool ListClient::needs_newer_app(const ListVersion& version) {
  const auto app = app_version();
  const bool newer = app && version.app_version && *version.app_version > *app;
  if (newer)  // an error where there is nothing else to serve
    options_.log(current() ? LogLevel::warning : LogLevel::error,
                 "the origin's version " + version.version + " needs version " +
                     std::to_string(*version.app_version) + " of the app; this is " +
                     std::to_string(*app));
  std::lock_guard lock(mutex_);
  held_back_ = newer;
  return newer;
}

Result<bool> ListClient::is_wanted(const ListVersion& offered) {
  {
    std::lock_guard lock(mutex_);
    server_version_ = offered.version;
  }
  const auto now = current();
  if (needs_newer_app(offered)) {
    if (now) return false;
    return errc::unsupported;
  }
  if (!now) return true;
  const auto app = app_version();
  if (app && offered.app_version && *offered.app_version < *app) {
    options_.log.info("the origin's version " + offered.version + " is for an older app");
    return false;
  }
  return options_.system->is_update(now->id(), offered.version);
}

Result<std::optional<ListVersion>> ListClient::fetch_version() {
  auto fetched = documents_.fetch({options_.system->version_file(), kMaxVersionBytes, false, {}});
  if (fetched.error == errc::not_found) return std::optional<ListVersion>();
  if (fetched.error) {
    options_.log.warning(fetched.response.detail);
    return fetched.error;
  }
  std::string why;
  auto version = options_.system->parse_version(fetched.body, &why);
  if (!version) {
    options_.log.error(fetched.response.url + ": " + why);
    return version.error();
  }
  return std::optional(std::move(*version));
}

Result<std::optional<ListClient::NewList>> ListClient::check_list(
    FetchedDocument fetched, const std::optional<ListVersion>& announced) {
  if (fetched.error) {
    options_.log.warning(fetched.response.detail);
    return fetched.error;
  }
  if (fetched.response.status == 304) return std::optional<NewList>();
  auto listing = parse(fetched.body, fetched.response.url);
  if (!listing) return listing.error();
  if (announced && listing->version.version.empty()) {
    listing->version = *announced;
  } else if (announced && listing->version.version != announced->version) {
    options_.log.warning(fetched.response.url + ": is version " + listing->version.version +
                         ", but the origin announces " + announced->version);
    return errc::table_mismatch;
  }
  return std::optional(
      NewList{std::move(fetched.body), fetched.response.etag, std::move(*listing)});
}

Result<std::optional<ListClient::NewList>> ListClient::fetch_list(
    const std::optional<ListVersion>& announced) {
  const auto fetch = [&](bool past_caches) {
    WantedDocument wanted{options_.system->list_file(), kMaxListBytes, past_caches, {}};
    // Where a version was announced, the list that is held is not the one that is wanted.
    if (!announced && current()) wanted.etag = remembered_.etag;
    return documents_.ask_bases([&](const std::string& base, std::size_t bases_left) {
      return check_list(documents_.fetch_from(base, bases_left, wanted), announced);
    });
  };
  auto list = fetch(false);
  // An edge may hold the list of the past: ask past it once.
  if (list.error() == errc::table_mismatch || list.error() == errc::bad_table) list = fetch(true);
  return list;
}

Result<std::shared_ptr<const Release>> ListClient::refresh(std::chrono::milliseconds timeout) {
  std::lock_guard work(work_mutex_);
  if (!online()) return errc::offline;
  documents_.set_timeout(timeout);
  const auto announced = fetch_version();
  if (!announced) return announced.error();
  if (*announced) {
    const auto wanted = is_wanted(**announced);
    if (!wanted) return wanted.error();
    if (!*wanted) return kUnchanged;
  }
  auto list = fetch_list(*announced);
  if (!list) return list.error();
  if (!*list) return kUnchanged;
  if (!*announced) {
    const auto wanted = is_wanted((*list)->listing.version);
    if (!wanted) return wanted.error();
    if (!*wanted) return kUnchanged;
  }
  return adopt(std::move(**list));
}

Result<std::shared_ptr<const Release>> ListClient::adopt(NewList list) {
  auto release = make_release(std::move(list.listing));
  if (options_.prepare)
    if (const auto prepared = options_.prepare(release, documents_.deadline()); !prepared)
      return prepared.error();
  TableState::Current next;
  next.id = release->id();
  next.etag = std::move(list.etag);
  next.bundle_id = package() ? package()->id() : "";
  if (const auto saved = state_.save(next, list.text); !saved)
    options_.log.warning("the list cannot be remembered: " + saved.error().message());
  remembered_ = std::move(next);
  return set_current(std::move(release));
}

}  // namespace larder::compat
