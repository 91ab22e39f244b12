#include "native/client.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "filetable/index_pack.h"
#include "filetable/origin_names.h"
#include "filetable/page.h"

namespace larder::native {
namespace {

using MaybeRelease = Result<std::shared_ptr<const Release>>;
const std::shared_ptr<const Release> kUnchanged;

/// Root documents that one refresh follows at most.
constexpr std::uint64_t kMostRoots = 64;

std::optional<trust::Head> read_head(std::string_view document) {
  const auto envelope = trust::Envelope::parse(document, nullptr);
  return envelope ? trust::Head::parse(envelope->text, nullptr) : std::nullopt;
}

/// Whether the anchors vouch for the head that is remembered under others.
trust::StateFile::Vouch voucher(const Anchors& anchors) {
  return [anchors](const trust::State& state) {
    const auto envelope = trust::Envelope::parse(state.head, nullptr);
    return envelope && (anchors.unsigned_too || trust::is_signed_by(*envelope, anchors.root.head));
  };
}

}  // namespace

struct Client::Offer {
  std::string document;
  std::string etag;
  trust::Judgement judgement;
  trust::State state;  ///< after the roots that the head asked for
  trust::Root root;
};

Result<std::unique_ptr<Client>> Client::create(ClientOptions options, net::Transport& transport) {
  std::string why;
  if (!trust::is_channel_name(options.trust.channel)) {
    options.log.error("`" + options.trust.channel + "` is no name of a channel");
    return errc::invalid_argument;
  }
  // Who never asks an origin needs no keys: what came with the app is trusted as the app is.
  if (options.base_url.empty() && options.trust.keys.empty()) options.trust.allow_unsigned = true;
  auto anchors = read_anchors(options.trust, &why);
  if (!anchors) {
    options.log.error(why);
    return anchors.error();
  }
  std::unique_ptr<Client> client(new Client(std::move(options), std::move(*anchors), transport));
  if (!client->read_bundles()) return errc::bad_bundle;
  return client;
}

bool Client::read_bundles() {
  for (const auto& bundle : options_.bundles) {
    trust::Head head;
    head.channel = options_.trust.channel;
    const auto& table = bundle->table();
    head.table = {table.digest, table.bytes, table.entries};
    if (!bundle->head().empty()) {
      const auto stamped = read_head(bundle->head());
      if (!stamped || stamped->table != head.table) {
        options_.log.error("a bundle is stamped with a release that is not its own");
        return false;
      }
      head = *stamped;
    }
    // Versions of different channels say nothing about each other.
    const bool newer =
        !shipped_ || (shipped_->channel == head.channel && shipped_->version < head.version);
    if (!newer) continue;
    shipped_ = head;
    shipped_document_ = bundle->head();
  }
  return true;
}

Client::Client(ClientOptions options, Anchors anchors, net::Transport& transport)
    : options_(std::move(options)),
      anchors_(std::move(anchors)),
      transport_(transport),
      objects_(std::make_shared<LocalObjects>(
          options_.store, std::vector<std::shared_ptr<LocalSource>>(options_.bundles.begin(),
                                                                    options_.bundles.end()))),
      state_(options_.state_directory, voucher(anchors_)),
      root_(anchors_.root) {}

std::shared_ptr<const NativeRelease> Client::current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

void Client::set_current(std::shared_ptr<const NativeRelease> release, const trust::Head& head,
                         std::string document, const trust::State& state) {
  document_ = std::move(document);
  std::lock_guard lock(mutex_);
  current_ = std::move(release);
  head_ = head;
  newest_version_ = std::max(state.floor_version, head.version);
  floor_time_ = state.floor_time;
}

std::string Client::server_id() const {
  std::lock_guard lock(mutex_);
  return newest_version_ == 0 ? "" : options_.trust.channel + "-" + std::to_string(newest_version_);
}

ReleaseInfo Client::info() const {
  const trust::Time system = options_.now();
  std::lock_guard lock(mutex_);
  ReleaseInfo info;
  if (!current_) return info;
  info.id = current_->id();
  info.files = current_->file_count();
  info.name = head_->name;
  info.channel = head_->channel;
  info.version = head_->version;
  info.message = head_->message;
  info.published = head_->published;
  if (head_->expires) info.expires = *head_->expires;
  info.stale = trust::is_expired(*head_, std::max(system, floor_time_));
  info.held_back = newest_version_ > head_->version;
  info.newest_version = newest_version_;
  info.bundle_version = shipped_ ? shipped_->version : 0;
  return info;
}

std::shared_ptr<const NativeRelease> Client::make_release(
    trust::Head head, std::shared_ptr<const Deltas> deltas) const {
  std::shared_ptr<NativeOrigin> origin;
  if (online()) {
    std::vector<std::string> bases{options_.base_url};
    bases.insert(bases.end(), options_.mirrors.begin(), options_.mirrors.end());
    origin = std::make_shared<NativeOrigin>(std::move(bases), transport_, deltas, options_.log);
  }
  return std::make_shared<NativeRelease>(std::move(head), objects_, std::move(origin),
                                         std::move(deltas));
}

std::shared_ptr<const Release> Client::start() {
  std::lock_guard work(work_mutex_);
  const trust::State state = state_.load(anchors_.name);
  if (!state.root.empty()) {
    // It was verified when it was stored; the app may have come with a newer one since.
    auto root = trust::trusted_root(state.root, nullptr);
    if (root && root->version > root_.version) root_ = std::move(*root);
  }
  auto head = read_head(state.head);
  if (head && head->channel != options_.trust.channel) head.reset();
  auto base = read_head(state.base);
  std::string document = state.head;
  if (shipped_ &&
      (!head || (shipped_->channel == head->channel && shipped_->version > head->version))) {
    // The app came with something newer. Objects in the store stay; those that are still named go
    // on being served.
    options_.log.info("taking the release of the bundle");
    base = std::exchange(head, shipped_);
    document = shipped_document_;
  }
  if (!head) return nullptr;
  auto release = make_release(*head, base ? deltas_to(*head, *base, false) : nullptr);
  set_current(release, *head, std::move(document), state);
  return release;
}

// ---------------------------------------------------------------- asking the origin

std::pair<std::error_code, net::Document> Client::get(const std::string& path, std::uint64_t limit,
                                                      const std::string& etag) {
  auto answer = get_url(options_.base_url + path, limit, etag);
  for (const std::string& mirror : options_.mirrors) {
    if (!answer.first || answer.first == errc::cancelled) break;
    answer = get_url(mirror + path, limit, etag);
  }
  return answer;
}

std::pair<std::error_code, net::Document> Client::get_url(std::string url, std::uint64_t limit,
                                                          const std::string& etag) {
  net::Request request;
  request.url = std::move(url);
  request.max_bytes = limit;
  request.stop = stop_.get_token();
  if (!etag.empty()) request.headers.emplace_back("If-None-Match", etag);
  if (deadline_ != kForever) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    request.timeout = std::max(left, std::chrono::milliseconds(1));
  }
  auto answer = net::get_document(transport_, std::move(request));
  table_bytes_ += answer.second.response.body_bytes;
  table_requests_ += answer.second.response.requests;
  if (answer.first && answer.first != errc::cancelled)
    options_.log.warning(answer.second.response.detail.empty() ? answer.first.message()
                                                               : answer.second.response.detail);
  return answer;
}

Result<net::Document> Client::get_head(const std::string& etag) {
  auto [error, document] = get(filetable::head_path(options_.trust.channel), kMaxHeadBytes, etag);
  if (error) return error;
  // Whoever was not asked for that has nothing to say.
  if (document.response.status == 304 && etag.empty()) return errc::bad_response;
  return std::move(document);
}

MaybeRelease Client::refresh(std::chrono::milliseconds timeout) {
  std::lock_guard work(work_mutex_);
  if (!online()) return errc::offline;
  deadline_ = timeout.count() > 0 ? std::chrono::steady_clock::now() + timeout : kForever;
  Offer offer;
  offer.state = state_.load(anchors_.name);
  offer.root = root_;
  // A release that was held back may be for us now, without the head having changed.
  const auto now = current();
  const bool settled = now && now->head().version == offer.state.floor_version;
  auto answer = get_head(settled ? offer.state.etag : "");
  if (!answer) return answer.error();
  if (answer->response.status == 304) return kUnchanged;
  offer.document = std::move(answer->body);
  offer.etag = answer->response.etag;

  if (const auto followed = follow_roots(offer.document, offer.state, offer.root); !followed)
    return followed.error();
  std::string why;
  auto judged =
      trust::judge(offer.document, {offer.root, options_.trust.channel, anchors_.unsigned_too},
                   offer.state, options_.now(), &why);
  if (!judged) {
    options_.log.error(answer->response.url + ": " + why + "; what is local stays in use");
    return judged.error();
  }
  if (judged->head.table.bytes > filetable::kMaxPageBytes) {
    options_.log.error(answer->response.url + ": the table's root is longer than a page");
    return errc::bad_head;
  }
  offer.judgement = std::move(*judged);
  return consider(std::move(offer));
}

Result<void> Client::follow_roots(std::string_view document, trust::State& state,
                                  trust::Root& root) {
  const std::uint64_t wanted = trust::root_version_asked_for(document);
  if (anchors_.unsigned_too || wanted <= root.version) return {};
  if (wanted - root.version > kMostRoots) {
    options_.log.error("the head asks for root document " + std::to_string(wanted) +
                       ", too far from " + std::to_string(root.version));
    return errc::bad_head;
  }
  while (root.version < wanted) {
    auto [error, answer] = get(filetable::root_path(root.version + 1), trust::Envelope::kMaxBytes);
    if (error) return error;
    std::string why;
    auto next = trust::next_root(root, answer.body, &why);
    if (!next) {
      options_.log.error(answer.response.url + ": " + why);
      return next.error();
    }
    trust::take_root(state, root, *next, std::move(answer.body));
    root = std::move(*next);
  }
  return {};
}

MaybeRelease Client::consider(Offer offer) {
  const trust::Head& head = offer.judgement.head;
  const auto now = current();
  const bool in_use =
      now && now->head().version == head.version && now->head().table.digest == head.table.digest;
  if (in_use) {
    remember(offer, true);
    return kUnchanged;
  }
  if (shipped_ && head.channel == shipped_->channel && head.version <= shipped_->version) {
    if (head.version == shipped_->version) {
      options_.log.error("the origin's version " + std::to_string(head.version) +
                         " is not the one that the bundle has");
      return errc::rolled_back;
    }
    options_.log.info("the origin is behind the bundle");
    remember(offer, false);
    return kUnchanged;
  }
  if (offer.judgement.expired && !options_.trust.allow_expired) {
    options_.log.error("the origin's head expired at " + trust::to_text(*head.expires) +
                       " (by this clock it is " +
                       trust::to_text(trust::time_now(offer.state, options_.now())) +
                       "); what is local stays in use");
    return errc::expired;
  }
  const bool usable = trust::app_is_new_enough(head, options_.trust.app_version);
  if (!now && !usable) {
    options_.log.error("the release needs version " + head.min_app + " of the app");
    return errc::unsupported;
  }
  if (now && (!usable || !trust::takes_part(head, offer.state.install))) {
    options_.log.info("version " + std::to_string(head.version) + " is not for this " +
                      (usable ? "installation yet" : "version of the app"));
    remember(offer, false);
    return kUnchanged;
  }
  return adopt(std::move(offer));
}

void Client::remember(const Offer& offer, bool in_use) {
  const trust::Head& head = offer.judgement.head;
  std::optional<trust::State> kept;
  const auto saved = state_.update(anchors_.name, [&](trust::State& state) -> Result<void> {
    if (state.floor_version > head.version && state.root == offer.state.root)
      return errc::rolled_back;  // another process was faster
    state.root = offer.state.root;
    state.floor_version = offer.state.floor_version;
    state.floor_time = offer.state.floor_time;
    trust::raise_floors(state, head);
    if (in_use) state.head = offer.document;
    state.etag = in_use ? offer.etag : "";
    kept = state;
    return {};
  });
  if (!kept) return;
  if (!saved) options_.log.warning("the head cannot be remembered: " + saved.error().message());
  root_ = offer.root;
  if (in_use) document_ = offer.document;
  std::lock_guard lock(mutex_);
  if (in_use) head_ = head;
  newest_version_ = std::max(kept->floor_version, head_ ? head_->version : 0);
  floor_time_ = kept->floor_time;
}

// ---------------------------------------------------------------- taking over a release

MaybeRelease Client::adopt(Offer offer) {
  const trust::Head& head = offer.judgement.head;
  const auto before = current();
  auto release = make_release(head, before ? deltas_to(head, before->head(), true) : nullptr);
  if (const auto staged = stage(release); !staged) {
    options_.log.warning("version " + std::to_string(head.version) +
                         " cannot be taken over: " + staged.error().message());
    return staged.error();
  }
  std::optional<trust::State> kept;
  const auto saved = state_.update(anchors_.name, [&](trust::State& state) -> Result<void> {
    if (state.floor_version > head.version && state.root == offer.state.root)
      return errc::rolled_back;  // another process was faster
    state.root = offer.state.root;
    state.floor_version = offer.state.floor_version;
    state.floor_time = offer.state.floor_time;
    trust::raise_floors(state, head);
    state.base = document_;
    state.head = offer.document;
    state.etag = offer.etag;
    kept = state;
    return {};
  });
  if (!kept) return saved.error();
  if (!saved) options_.log.warning("the release cannot be remembered: " + saved.error().message());
  root_ = offer.root;
  set_current(release, head, offer.document, *kept);
  return MaybeRelease(release);
}

Result<void> Client::stage(const std::shared_ptr<const NativeRelease>& release) {
  const auto before = current();
  for (;;) {
    const auto pages = release->missing_to_follow(before.get());
    if (!pages) return pages.error();
    if (pages->empty()) return {};
    if (const auto fetched = options_.fetch_pages(release, *pages, deadline_); !fetched)
      return fetched;
  }
}

std::shared_ptr<const Deltas> Client::deltas_to(const trust::Head& head, const trust::Head& before,
                                                bool may_fetch) {
  const auto known = std::find_if(head.previous.begin(), head.previous.end(), [&](const auto& one) {
    return one.delta && one.table.digest == before.table.digest;
  });
  if (known == head.previous.end() || known->delta->bytes > filetable::kMaxDeltaTableBytes)
    return nullptr;
  const auto& [digest, bytes] = *known->delta;
  Blob table_bytes = objects_->lend(digest, bytes);
  if (!table_bytes && may_fetch) {
    Entry entry = entry_of(digest, bytes);
    entry.home = "(deltas)";
    entry.is_index = true;
    if (auto fetched = options_.fetch(current(), entry, deadline_))
      table_bytes = std::move(*fetched);
  }
  if (!table_bytes) return nullptr;
  std::string why;
  auto table = filetable::DeltaTable::parse(std::move(table_bytes), &why);
  if (!table) {
    options_.log.warning("a table of patches cannot be used: " + why);
    return nullptr;
  }
  return std::make_shared<const Deltas>(std::move(*table), head.table.digest,
                                        tree_of(before.table, objects_), objects_);
}

// ---------------------------------------------------------------- the whole index at once

Result<void> Client::load_names(bool may_fetch) {
  std::lock_guard work(work_mutex_);
  const auto release = current();
  if (!release) return errc::unsupported;
  const auto& pack = release->head().pack;
  // Without a pack the pages are fetched one by one, where they are needed.
  if (!may_fetch || !online() || !pack || pack->bytes > filetable::kMaxPackBytes ||
      release->missing_pages("").empty())
    return {};
  deadline_ = kForever;
  auto [error, answer] = get(filetable::object_path(pack->digest, Encoding::identity), pack->bytes);
  if (error) return error;
  if (digest::sha256(std::as_bytes(std::span(answer.body))) != pack->digest) {
    options_.log.warning(answer.response.url + ": the index pack does not match its digest");
    return errc::damaged;
  }
  return keep_pages(answer.body);
}

Result<void> Client::keep_pages(std::string_view pack) {
  const auto pages = filetable::read_pack(std::as_bytes(std::span(pack)));
  if (!pages) return pages.error();
  for (const auto& page : *pages) {
    const Digest digest = digest::sha256(page);
    if (!options_.store) {
      objects_->put(digest, make_heap_blob({page.begin(), page.end()}, Source::origin));
      continue;
    }
    const auto place = options_.store->begin(page.size(), {ObjectKey::of(digest), Priority::high});
    if (!place || place->write(page)) continue;  // fetched one by one, then
    static_cast<void>(place->commit(digest, {}));
  }
  return {};
}

}  // namespace larder::native
