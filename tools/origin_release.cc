#include "origin_release.h"

#include <chrono>
#include <utility>

#include "filetable/origin_names.h"
#include "native/keys.h"
#include "origin_reader.h"
#include "output.h"
#include "trust/judge.h"

namespace larder::tool {
namespace {

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
  const auto reader = OriginReader::open(command, origin);
  if (!reader) return std::nullopt;
  const auto get = [&](const std::string& name) {
    return reader->get(name, trust::Envelope::kMaxBytes);
  };
  const auto [error, document] = get(filetable::head_path(trust.channel));
  if (error) {
    print_error(command, reader->base_url() + filetable::head_path(trust.channel), error);
    return std::nullopt;
  }
  trust::Root root = anchors->root;
  const std::uint64_t wanted = trust::root_version_asked_for(document);
  while (!anchors->unsigned_too && root.version < wanted) {
    const auto [root_error, answer] = get(filetable::root_path(root.version + 1));
    auto next = root_error ? Result<trust::Root>(root_error) : trust::next_root(root, answer, &why);
    if (!next)
      return fail(command, filetable::root_path(root.version + 1) + ": " + next.error().message(),
                  why);
    root = std::move(*next);
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto judged =
      trust::judge(document, {root, trust.channel, anchors->unsigned_too}, {}, now, &why);
  if (!judged) return fail(command, origin + ": " + judged.error().message(), why);
  if (judged->expired && !trust.allow_expired)
    return fail(command, origin + ": the head has expired", "publish or sign it again");

  const auto& table = judged->head.table;
  OriginRelease release;
  release.stamp.head = document;
  release.tree = std::make_shared<filetable::PageTree>(
      filetable::PageReference{table.digest, static_cast<std::uint32_t>(table.bytes), table.files},
      reader);
  auto pages = reader->read_all(release.tree->root());
  if (!pages) {
    print_error(command, origin + ": a page of the table", pages.error());
    return std::nullopt;
  }
  release.stamp.pages = std::move(*pages);
  release.stamp.tree = release.tree.get();
  return release;
}

}  // namespace larder::tool
