// OriginReader: a native origin, at a URL or in a directory, read file by file and without a store.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "filetable/page_tree.h"
#include "larder/threads.h"
#include "net/transport.h"

namespace larder::tool {

/// Keeps the pages that it has read. Threads: any.
class OriginReader final : public filetable::PageSource {
 public:
  /// Null if `origin` cannot be read from at all, which was said on stderr.
  static std::shared_ptr<OriginReader> open(std::string_view command, const std::string& origin);

  /// Ends in `/`.
  [[nodiscard]] const std::string& base_url() const noexcept { return base_url_; }
  /// A file of at most `limit` bytes, by its path in the origin. Waits for it.
  std::pair<std::error_code, std::string> get(const std::string& path, std::uint64_t limit);
  /// An object of `bytes` bytes, verified. errc::damaged.
  Result<Blob> object(const Digest& digest, std::uint64_t bytes);

  /// Unlike other sources of pages it waits for what it does not have.
  Result<Blob> page(const filetable::PageReference& page) noexcept override;
  /// All pages of a tree, level by level from the root. Reads several at a time.
  using Pages = std::vector<std::pair<filetable::PageReference, Blob>>;
  Result<Pages> read_all(const filetable::PageReference& root);

 private:
  explicit OriginReader(std::string base_url) : base_url_(std::move(base_url)) {}

  const std::string base_url_;
  IoThread io_{Log()};
  std::unique_ptr<net::Transport> transport_;
  std::mutex mutex_;
  std::map<Digest, Blob> pages_;  ///< guarded by mutex_
};

}  // namespace larder::tool
