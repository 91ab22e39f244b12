#include "compat/laya_client.h"

#include <algorithm>
#include <span>
#include <utility>

#include "bundle/laya_directory.h"
#include "digest/hash.h"
#include "net/random_text.h"

namespace larder::compat {
namespace {

constexpr std::uint64_t kMaxIdBytes = 4096;
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20;
/// `assetsid.txt` does not change when files are renamed in an order-preserving way, so the table
/// itself is revalidated now and then.
constexpr std::int64_t kRevalidateAfterSeconds = 24 * 3600;

using MaybeRelease = Result<std::shared_ptr<const Release>>;
const std::shared_ptr<const Release> kUnchanged;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool is_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<LayaClient>> LayaClient::create(LayaClientOptions options,
                                                       net::Transport& transport) {
  std::unique_ptr<LayaClient> client(new LayaClient(std::move(options), transport));
  const auto& opened = client->options_;
  const std::string host_path = bundle::laya_host_path(opened.app_url);
  for (const std::string& path : opened.bundles) {
    std::string why;
    auto bundle = LayaBundle::open(path, host_path, &why);
    if (!bundle) {
      opened.log.error("bundle " + why);
      return bundle.error();
    }
    client->bundles_.push_back(std::move(*bundle));
  }
  return client;
}

LayaClient::LayaClient(LayaClientOptions options, net::Transport& transport)
    : options_(std::move(options)),
      transport_(transport),
      state_(options_.state_directory),
      documents_(bases_of(options_.base_url, options_.mirrors), transport_, options_.sites) {
  if (online())
    origin_ = std::make_shared<LayaOrigin>(
        LayaOrigin::Options{bases_of(options_.base_url, options_.mirrors), options_.max_file_bytes,
                            options_.laya.rewrite_url},
        transport_);
}

LayaTraits LayaClient::traits() const {
  LayaTraits traits;
  traits.scope = scope_of(options_.base_url);
  traits.version_key = options_.laya.version_key;
  traits.ignore_case = options_.ignore_case;
  traits.hand_out_damaged = options_.laya.hand_out_damaged;
  traits.origin = origin_;
  traits.mount_point = options_.mount_point;
  traits.bundles.assign(bundles_.begin(), bundles_.end());
  return traits;
}

std::shared_ptr<const LayaRelease> LayaClient::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

std::string LayaClient::server_id() const {
  std::lock_guard lock(mutex_);
  return server_id_;
}

ReleaseInfo LayaClient::info() const {
  ReleaseInfo info;
  if (const auto release = current()) {
    info.id = release->id();
    info.files = release->file_count();
  }
  return info;
}

void LayaClient::set_current(std::shared_ptr<const LayaRelease> release) {
  std::lock_guard lock(mutex_);
  current_ = std::move(release);
}

Result<filetable::LayaTable> LayaClient::parse(std::string_view bytes, const std::string& whence) {
  std::string why;
  auto table = filetable::LayaTable::parse(std::as_bytes(std::span(bytes)), {}, &why);
  if (!table) {
    options_.log.error(whence + ": not a LayaDCC filetable: " + why);
  } else if (const auto ids = table->ambiguous_ids(); !ids.empty()) {
    options_.log.warning(whence + ": " + std::to_string(ids.size()) +
                         " path ids stand for several files with different checksums; such files "
                         "are fetched each time instead of being guessed at");
  }
  return table;
}

std::shared_ptr<const Release> LayaClient::start() {
  std::lock_guard work(work_mutex_);
  remembered_ = state_.load();
  const LayaBundle* bundle = bundles_.empty() ? nullptr : bundles_.front().get();
  const bool reinstalled = bundle && remembered_.bundle_id != bundle->id();

  if (!reinstalled) {
    if (const auto bytes = state_.load_table(remembered_)) {
      if (auto table = parse(*bytes, "remembered filetable")) {
        set_current(std::make_shared<LayaRelease>(traits(), remembered_.id, std::move(*table)));
        return current();
      }
    }
  }
  if (!bundle) return nullptr;

  // Nothing usable is remembered, or the app came with another bundle: its table it is. Objects in
  // the store stay; those that the table still names go on being served.
  const std::string& bytes = bundle->directory().table_file();
  auto table = parse(bytes, bundle->directory().directory());
  if (!table) return nullptr;
  if (reinstalled) options_.log.info("new bundle: taking its filetable " + bundle->id());
  remembered_ = {};
  remembered_.id = bundle->id();
  remembered_.bundle_id = bundle->id();
  remembered_.checked_at = now_seconds();
  if (const auto saved = state_.save(remembered_, bytes); !saved)
    options_.log.warning("the filetable cannot be remembered: " + saved.error().message());
  set_current(std::make_shared<LayaRelease>(traits(), remembered_.id, std::move(*table)));
  return current();
}

FetchedDocument LayaClient::fetch(const std::string& name, const std::string& query,
                                  std::uint64_t limit, bool past_caches, const std::string& etag) {
  return documents_.fetch({"update/" + name + "?" + query, limit, past_caches, etag});
}

Result<std::string> LayaClient::fetch_id() {
  auto fetched = fetch("assetsid.txt", "rand=" + net::random_hex(), kMaxIdBytes, false);
  if (fetched.error) {
    if (fetched.error != errc::not_found)
      options_.log.warning(fetched.response.detail.empty() ? fetched.error.message()
                                                           : fetched.response.detail);
    return fetched.error;
  }
  const std::string_view id = trim(fetched.body);
  if (id.empty() || id.size() > 64 || !is_hex(id)) {
    options_.log.error(fetched.response.url +
                       ": not an assets id (a captive portal or an error page?); the local table "
                       "stays in use");
    return errc::bad_table;
  }
  std::string lower(id);
  for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
  std::lock_guard lock(mutex_);
  server_id_ = lower;
  return lower;
}

MaybeRelease LayaClient::refresh(std::chrono::milliseconds timeout) {
  std::lock_guard work(work_mutex_);
  if (!online()) return errc::offline;
  documents_.set_timeout(timeout);
  const auto id = fetch_id();
  if (!id) return id.error() == errc::not_found ? without_id() : MaybeRelease(id.error());

  const auto now = current();
  if (now && now->has_table() && remembered_.id == *id) return revalidate();

  auto fetched = fetch_table(*id);
  if (!fetched) return fetched.error();
  return adopt(*id, std::move(*fetched));
}

MaybeRelease LayaClient::without_id() {
  const auto now = current();
  if (now && now->has_table()) {
    options_.log.error(options_.base_url +
                       "update/assetsid.txt is gone, though this origin had a filetable before; "
                       "the local table stays in use");
    return errc::not_found;
  }
  if (now) return kUnchanged;
  set_current(std::make_shared<LayaRelease>(traits()));
  return MaybeRelease(current());
}

MaybeRelease LayaClient::revalidate() {
  const std::int64_t now = now_seconds();
  if (now - remembered_.checked_at < kRevalidateAfterSeconds && now >= remembered_.checked_at)
    return kUnchanged;
  // Failing to revalidate is no news: the id says that the table is current.
  auto fetched = fetch("filetable.bin", remembered_.id, kMaxTableBytes, true, remembered_.etag);
  if (fetched.error) return kUnchanged;
  remembered_.checked_at = now;
  if (fetched.response.status == 304) {
    static_cast<void>(state_.save(remembered_));
    return kUnchanged;
  }
  auto table = parse(fetched.body, fetched.response.url);
  if (!table || (!table->id().empty() && table->id() != remembered_.id)) return kUnchanged;
  const auto held = state_.load_table(remembered_);
  if (held && *held == fetched.body) {
    remembered_.etag = fetched.response.etag;
    static_cast<void>(state_.save(remembered_));
    return kUnchanged;
  }
  options_.log.info("the filetable changed under the same id " + remembered_.id);
  return adopt(remembered_.id, {std::move(fetched.body), fetched.response.etag, std::move(*table)});
}

Result<LayaClient::NewTable> LayaClient::fetch_table_as(const std::string& name,
                                                        const std::string& id, bool past_caches) {
  const WantedDocument wanted{"update/" + name + "?" + id, kMaxTableBytes, past_caches, {}};
  return documents_.ask_bases([&](const std::string& base, std::size_t bases_left) {
    return check_table(documents_.fetch_from(base, bases_left, wanted), id);
  });
}

Result<LayaClient::NewTable> LayaClient::check_table(FetchedDocument fetched,
                                                     const std::string& id) {
  if (fetched.error) {
    if (fetched.error != errc::not_found) options_.log.warning(fetched.response.detail);
    return fetched.error;
  }
  auto table = parse(fetched.body, fetched.response.url);
  if (!table) return table.error();
  if (table->id().empty() && table->size() == 0) {
    options_.log.warning(fetched.response.url + ": an empty answer is not a filetable");
    return errc::bad_table;
  }
  if (!table->id().empty() && table->id() != id) {
    options_.log.warning(fetched.response.url + ": belongs to id " + std::string(table->id()) +
                         ", but the origin announces " + id);
    return errc::table_mismatch;
  }
  return NewTable{std::move(fetched.body), fetched.response.etag, std::move(*table)};
}

Result<LayaClient::NewTable> LayaClient::fetch_table(const std::string& id) {
  const auto is_stale = [](const std::error_code& error) {
    return error == errc::bad_table || error == errc::table_mismatch;
  };
  auto table = fetch_table_as("filetable.bin", id, false);
  // An edge may hold the table of the past under this very URL: ask past it once.
  if (!table && is_stale(table.error())) table = fetch_table_as("filetable.bin", id, true);
  if (table || !(table.error() == errc::not_found || is_stale(table.error()))) return table;

  auto text = fetch_table_as("filetable.txt", id, false);
  if (text) return text;
  if (table.error() == errc::not_found && text.error() == errc::not_found)
    options_.log.error(options_.base_url +
                       "update/ has an assetsid.txt but no filetable.bin and no filetable.txt "
                       "(was the table not uploaded?)");
  // What was wrong with the binary table says more than that there is no text table.
  return table.error() == errc::not_found ? text.error() : table.error();
}

MaybeRelease LayaClient::adopt(const std::string& id, NewTable fetched) {
  auto release = std::make_shared<const LayaRelease>(traits(), id, std::move(fetched.table));
  if (options_.prepare)
    if (const auto prepared = options_.prepare(release, documents_.deadline()); !prepared)
      return prepared.error();
  remembered_.id = id;
  remembered_.etag = fetched.etag;
  remembered_.checked_at = now_seconds();
  if (const auto saved = state_.save(remembered_, fetched.bytes); !saved)
    options_.log.warning("the filetable cannot be remembered: " + saved.error().message());
  set_current(std::move(release));
  return MaybeRelease(current());
}

namespace {

bool add_names(const LayaRelease& release, std::string_view text) {
  auto names = filetable::NameList::parse(text);
  return names && release.add_names(std::move(*names));
}

}  // namespace

bool LayaClient::add_local_names(const LayaRelease& release) {
  if (const auto text = state_.load_names(remembered_); text && add_names(release, *text))
    return true;
  for (const auto& bundle : bundles_) {
    if (bundle->id() != remembered_.id) continue;
    if (const auto text = bundle->directory().names_file(); text && add_names(release, *text))
      return true;
  }
  return false;
}

Result<void> LayaClient::load_names(bool may_fetch) {
  std::lock_guard work(work_mutex_);
  const auto release = current();
  if (!release || !release->has_table()) return errc::unsupported;
  if (release->has_names()) return {};

  if (names_sought_locally_.lock() != release) {
    names_sought_locally_ = release;
    if (add_local_names(*release)) return {};
  }
  if (!may_fetch || !online() || names_sought_at_origin_.lock() == release)
    return errc::unsupported;

  documents_.set_timeout(std::chrono::milliseconds(0));
  auto fetched = fetch("allfiles.txt", remembered_.id, kMaxTableBytes, false);
  if (fetched.error && fetched.error != errc::not_found) return fetched.error;
  names_sought_at_origin_ = release;
  if (fetched.error) return errc::unsupported;
  if (!add_names(*release, fetched.body)) {
    options_.log.warning(fetched.response.url +
                         ": these names do not belong to the filetable in use");
    return errc::unsupported;
  }
  if (const auto saved = state_.save_names(remembered_, fetched.body); !saved)
    options_.log.warning("the name list cannot be remembered: " + saved.error().message());
  return {};
}

}  // namespace larder::compat
