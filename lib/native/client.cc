#include "native/client.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "filetable/index_pack.h"
#include "filetable/origin_names.h"
#include "native/read_head.h"

namespace larder::native {
namespace {

std::vector<std::shared_ptr<LocalSource>> all_sources(const ClientOptions& options) {
  std::vector<std::shared_ptr<LocalSource>> sources(options.bundles.begin(), options.bundles.end());
  sources.insert(sources.end(), options.contents.begin(), options.contents.end());
  return sources;
}

/// Whether the anchors vouch for the head that is remembered under others.
trust::StateFile::Vouch voucher(const Anchors& anchors) {
  return [anchors](const trust::State& state) {
    const auto envelope = trust::Envelope::parse(state.head, nullptr);
    return envelope && (anchors.unsigned_too || trust::is_signed_by(*envelope, anchors.root.head));
  };
}

}  // namespace

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
      objects_(std::make_shared<LocalObjects>(options_.store, all_sources(options_))),
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
  return std::make_shared<NativeRelease>(
      std::move(head), objects_, std::move(origin), std::move(deltas),
      options_.ignore_case ? NativeRelease::Case::is_ignored : NativeRelease::Case::matters,
      options_.mount_point);
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

// ---------------------------------------------------------------- an update in one piece

void Client::take_update(const trust::Head& head, const Deltas& deltas) {
  const auto& joint = deltas.joint();
  // Whoever has the new root has been there.
  if (!joint || !joint->makes_pages || objects_->holds(head.table.digest, head.table.bytes)) return;
  const auto entry = deltas.usable_joint();
  if (!entry) return;
  const auto bytes = options_.fetch(current(), *entry, deadline_);
  if (!bytes) return;  // what is missing is fetched one by one
  if (const auto made = deltas.unpack(*bytes); !made)
    options_.log.warning("a joint patch cannot be used: " + made.error().message());
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
    if (objects_->has_store())
      objects_->store(digest, page, Priority::high);  // else fetched one by one, then
    else
      objects_->put(digest, make_heap_blob({page.begin(), page.end()}, Source::origin));
  }
  return {};
}

}  // namespace larder::native
