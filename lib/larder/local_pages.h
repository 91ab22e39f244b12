// Looking things up where parts of the table may lie in local sources.
#pragma once

#include "base/release.h"
#include "fetch/corridor.h"
#include "larder/view.h"

namespace larder {

/// More than any question about one name needs.
inline constexpr int kMostPages = 4096;

/// Has a release keep a page that a local source has. False: none has it.
inline bool keep_if_local(fetch::Corridor& corridor, const Release& release, const Entry& page) {
  const auto bytes = corridor.lend(release, page);
  if (bytes) release.keep(page, *bytes);
  return bytes.has_value();
}

/// As View::resolve(), but errc::would_fetch only if the page is not local.
inline Result<Entry> resolve_with_local_pages(const View& view, fetch::Corridor& corridor,
                                              const PathRequest& request, vfs::PathBuffer& buffer,
                                              const Layer*& layer, Entry& page) {
  auto entry = view.resolve(request, buffer, layer, &page);
  for (int i = 0; i < kMostPages; ++i) {
    if (entry || entry.error() != errc::would_fetch) break;
    if (!keep_if_local(corridor, *layer->release, page)) break;
    entry = view.resolve(request, buffer, layer, &page);
  }
  return entry;
}

}  // namespace larder
