// OriginRelease: the release that an origin has now, with all pages of its table.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <larder/options.h>

#include "filetable/page_tree.h"
#include "publish/make_bundle.h"

namespace larder::tool {

struct OriginRelease {
  publish::StampedRelease stamp;
  std::shared_ptr<filetable::PageTree> tree;
};

/// Fetches and verifies it. Nothing if that fails, which was said on stderr.
[[nodiscard]] std::optional<OriginRelease> fetch_release(std::string_view command,
                                                         const std::string& origin,
                                                         const TrustOptions& trust);

}  // namespace larder::tool
