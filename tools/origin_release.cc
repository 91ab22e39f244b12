#include "origin_release.h"

#include <chrono>
#include <map>
#include <utility>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "filetable/origin_names.h"
#include "larder/threads.h"
#include "native/keys.h"
#include "net/make_transport.h"
#include "net/url.h"
#include "output.h"
#include "trust/judge.h"

namespace larder::tool {
namespace {

/// Pages as they come from an origin.
class FetchedPages final : public filetable::PageSource {
 public:
  FetchedPages(std::string base_url, net::Transport& transport)
      : base_url_(std::move(base_url)), transport_(transport) {}

  Result<Blob> page(const filetable::PageReference& page) noexcept override {
    const auto known = pages_.find(page.digest);
    return known == pages_.end() ? Result<Blob>(errc::would_fetch) : known->second;
  }

  Result<Blob> fetch(const filetable::PageReference& page) {
    net::Request request;
    request.url = base_url_ + filetable::object_path(page.digest, Encoding::identity);
    request.max_bytes = page.bytes;
    const auto [error, document] = net::get_document(transport_, std::move(request));
    if (error) return error;
    const auto bytes = std::as_bytes(std::span(document.body));
    if (digest::sha256(bytes) != page.digest) return errc::damaged;
    Blob blob = make_heap_blob({bytes.begin(), bytes.end()}, Source::origin);
    pages_[page.digest] = blob;
    return blob;
  }

 private:
  const std::string base_url_;
  net::Transport& transport_;
  std::map<Digest, Blob> pages_;
};

std::nullopt_t fail(std::string_view command, const std::string& what, std::string_view why) {
  print_error(command, what, why);
  return std::nullopt;
}

}  // namespace

std::optional<OriginRelease> fetch_release(std::string_view command, const std::string& origin,
                                           const TrustOptions& trust) {
  std::string why;
  const auto anchors = native::read_anchors(trust, &why);
  if (!anchors) return fail(command, why, "--trust F.pub or --allow-unsigned");
  const auto base = net::normalise_base(origin, &why);
  if (!base) return fail(command, origin + ": " + why, "");
  IoThread io{Log()};
  auto transport = net::make_transport(io.context(), {}, &why);
  if (!transport) return fail(command, why, "");

  const auto get = [&](const std::string& name) {
    net::Request request;
    request.url = *base + name;
    request.max_bytes = trust::Envelope::kMaxBytes;
    return net::get_document(**transport, std::move(request));
  };
  auto [error, head_document] = get(filetable::head_path(trust.channel));
  if (error) {
    print_error(command, *base + filetable::head_path(trust.channel), error);
    return std::nullopt;
  }
  trust::Root root = anchors->root;
  const std::uint64_t wanted = trust::root_version_asked_for(head_document.body);
  while (!anchors->unsigned_too && root.version < wanted) {
    const auto [root_error, answer] = get(filetable::root_path(root.version + 1));
    auto next =
        root_error ? Result<trust::Root>(root_error) : trust::next_root(root, answer.body, &why);
    if (!next)
      return fail(command, filetable::root_path(root.version + 1) + ": " + next.error().message(),
                  why);
    root = std::move(*next);
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto judged =
      trust::judge(head_document.body, {root, trust.channel, anchors->unsigned_too}, {}, now, &why);
  if (!judged) return fail(command, origin + ": " + judged.error().message(), why);
  if (judged->expired && !trust.allow_expired)
    return fail(command, origin + ": the head has expired", "publish or sign it again");

  const auto& table = judged->head.table;
  auto pages = std::make_shared<FetchedPages>(*base, **transport);
  OriginRelease release;
  release.stamp.head = head_document.body;
  release.tree = std::make_shared<filetable::PageTree>(
      filetable::PageReference{table.digest, static_cast<std::uint32_t>(table.bytes), table.files},
      pages);
  for (;;) {
    const auto missing = release.tree->missing("");
    if (!missing) return fail(command, origin + ": " + missing.error().message(), "");
    if (missing->empty()) break;
    for (const auto& page : *missing) {
      auto bytes = pages->fetch(page);
      if (!bytes) {
        print_error(command, origin + ": a page of the table", bytes.error());
        return std::nullopt;
      }
      release.stamp.pages.emplace_back(page, std::move(*bytes));
    }
  }
  release.stamp.tree = release.tree.get();
  return release;
}

}  // namespace larder::tool
