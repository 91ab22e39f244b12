// Pages and contents as they lie in an origin's directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <larder/result.h>

#include "filetable/file_entry.h"
#include "filetable/page_tree.h"
#include "trust/head.h"

namespace larder::publish {

/// The root that a head names.
[[nodiscard]] inline filetable::PageReference reference_of(const trust::TableRef& table) noexcept {
  return {table.digest, static_cast<std::uint32_t>(table.bytes), table.files};
}

/// Lends the pages of a directory; errc::not_found, errc::damaged. Threads: any.
class OriginPages final : public filetable::PageSource {
 public:
  explicit OriginPages(std::string origin) : origin_(std::move(origin)) {}
  Result<Blob> page(const filetable::PageReference& page) noexcept override;

 private:
  std::string origin_;
};

/// The content of an entry, decoded. Held against its digest: errc::damaged. Throws std::bad_alloc.
Result<std::vector<std::byte>> read_content(const std::string& origin,
                                            const filetable::FileEntry& entry);

/// All pages of a tree in the order of index packs. Empty if there is only one page, or they have
/// more than filetable::kMaxWrittenPackBytes together. The errors of `pages`. Throws
/// std::bad_alloc.
Result<std::optional<std::string>> make_pack(const filetable::PageReference& root,
                                             filetable::PageSource& pages);

}  // namespace larder::publish
