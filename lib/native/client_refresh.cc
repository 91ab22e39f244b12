// How a client comes by a newer release: it asks, believes, and takes over.
#include <algorithm>
#include <utility>

#include "filetable/origin_names.h"
#include "filetable/page.h"
#include "native/client.h"
#include "native/read_head.h"
#include "net/retry_after.h"

namespace larder::native {
namespace {

using MaybeRelease = Result<std::shared_ptr<const Release>>;
const std::shared_ptr<const Release> kUnchanged;

/// Root documents that one refresh follows at most.
constexpr std::uint64_t kMostRoots = 64;

}  // namespace

struct Client::Offer {
  std::string document;
  std::string etag;
  trust::Judgement judgement;
  trust::State state;  ///< after the roots that the head asked for
  trust::Root root;
};

// ---------------------------------------------------------------- asking the origin

std::vector<std::string> Client::bases_to_ask() const {
  std::vector<std::string> given{options_.base_url};
  given.insert(given.end(), options_.mirrors.begin(), options_.mirrors.end());
  std::vector<std::string> sites;
  for (const std::string& base : given) sites.push_back(net::site_of(base));
  std::vector<std::string> bases;
  for (const std::size_t i : options_.sites->order(sites)) bases.push_back(given[i]);
  return bases;
}

std::pair<std::error_code, net::Document> Client::get(const std::string& path,
                                                      std::uint64_t limit) {
  const auto bases = bases_to_ask();
  std::pair<std::error_code, net::Document> worst{errc::not_found, {}};
  for (std::size_t i = 0; i < bases.size(); ++i) {
    auto answer = get_from(bases[i], bases.size() - i, path, limit);
    if (!answer.first || answer.first == errc::cancelled) return answer;
    // That one has nothing says less than that another one cannot be asked.
    if (worst.first == errc::not_found) worst = std::move(answer);
  }
  return worst;
}

std::pair<std::error_code, net::Document> Client::get_from(const std::string& base,
                                                           std::size_t bases_left,
                                                           const std::string& path,
                                                           std::uint64_t limit,
                                                           const std::string& etag) {
  net::Request request;
  request.url = base + path;
  request.max_bytes = limit;
  request.stop = stop_.get_token();
  if (!etag.empty()) request.headers.emplace_back("If-None-Match", etag);
  if (deadline_ != kForever) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    const auto share = left / static_cast<std::chrono::milliseconds::rep>(bases_left);
    request.timeout = std::max(share, std::chrono::milliseconds(1));
  }
  auto answer = net::get_document(transport_, std::move(request));
  const net::Response& response = answer.second.response;
  table_bytes_ += response.body_bytes;
  table_requests_ += response.requests;
  options_.sites->report(
      net::site_of(base),
      {answer.first, net::retry_after_of(response, std::chrono::system_clock::now()),
       response.body_bytes, response.requests, response.latency});
  if (answer.first && answer.first != errc::cancelled)
    options_.log.warning(response.detail.empty() ? answer.first.message() : response.detail);
  return answer;
}

Result<net::Document> Client::get_head(const std::string& etag, std::uint64_t floor) {
  const auto bases = bases_to_ask();
  std::optional<net::Document> behind;
  std::error_code worst = errc::not_found;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    auto [error, document] =
        get_from(bases[i], bases.size() - i, filetable::head_path(options_.trust.channel),
                 kMaxHeadBytes, etag);
    if (error == errc::cancelled) return error;
    // Whoever was not asked for that has nothing to say.
    if (!error && document.response.status == 304 && etag.empty()) error = errc::bad_response;
    if (error) {
      if (worst == errc::not_found) worst = error;
      continue;
    }
    if (document.response.status == 304) return std::move(document);
    // Not to be believed yet, but enough to see that another mirror is further on.
    const auto head = read_head(document.body);
    if (head && head->version >= floor) return std::move(document);
    if (!behind) behind = std::move(document);
  }
  if (behind) return std::move(*behind);
  return worst;
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
  auto answer = get_head(settled ? offer.state.etag : "", offer.state.floor_version);
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

Result<trust::State> Client::record(const Offer& offer, const std::string& what,
                                    const std::function<void(trust::State&)>& more) {
  std::optional<trust::State> kept;
  const auto saved = state_.update(anchors_.name, [&](trust::State& state) -> Result<void> {
    const trust::Head& head = offer.judgement.head;
    if (state.floor_version > head.version && state.root == offer.state.root)
      return errc::rolled_back;  // another process was faster
    state.root = offer.state.root;
    state.floor_version = offer.state.floor_version;
    state.floor_time = offer.state.floor_time;
    trust::raise_floors(state, head);
    more(state);
    kept = state;
    return {};
  });
  if (!kept) return saved.error();
  if (!saved)
    options_.log.warning("the " + what + " cannot be remembered: " + saved.error().message());
  root_ = offer.root;
  return std::move(*kept);
}

void Client::remember(const Offer& offer, bool in_use) {
  const auto kept = record(offer, "head", [&](trust::State& state) {
    if (in_use) state.head = offer.document;
    state.etag = in_use ? offer.etag : "";
  });
  if (!kept) return;
  if (in_use) document_ = offer.document;
  std::lock_guard lock(mutex_);
  if (in_use) head_ = offer.judgement.head;
  newest_version_ = std::max(kept->floor_version, head_ ? head_->version : 0);
  floor_time_ = kept->floor_time;
}

// ---------------------------------------------------------------- taking over a release

MaybeRelease Client::adopt(Offer offer) {
  const trust::Head& head = offer.judgement.head;
  const auto before = current();
  const auto deltas = before ? deltas_to(head, before->head(), true) : nullptr;
  if (deltas) take_update(head, *deltas);
  auto release = make_release(head, deltas);
  if (const auto staged = stage(release); !staged) {
    options_.log.warning("version " + std::to_string(head.version) +
                         " cannot be taken over: " + staged.error().message());
    return staged.error();
  }
  if (options_.prepare)
    if (const auto prepared = options_.prepare(release, deadline_); !prepared)
      return prepared.error();
  const auto kept = record(offer, "release", [&](trust::State& state) {
    state.base = document_;
    state.head = offer.document;
    state.etag = offer.etag;
  });
  if (!kept) return kept.error();
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

}  // namespace larder::native
