#include "publish/origin_pages.h"

#include <exception>
#include <span>
#include <string_view>

#include "codec/zstd.h"
#include "digest/hash.h"
#include "filetable/index_pack.h"
#include "filetable/origin_names.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

using filetable::object_path;
using filetable::Page;
using filetable::PageReference;

/// Appends the page and what is below it. False: too much.
Result<bool> collect(const PageReference& reference, filetable::PageSource& source,
                     std::uint64_t& bytes, std::vector<Blob>& into) {
  auto blob = source.page(reference);
  if (!blob) return blob.error();
  bytes += blob->size();
  if (bytes > filetable::kMaxWrittenPackBytes) return false;
  into.push_back(*blob);
  const auto page = Page::parse(std::move(*blob));
  if (!page) return page.error();
  if (page->level() == 0) return true;
  filetable::PageCursor cursor(*page);
  while (cursor.next()) {
    const auto done = collect(cursor.item().child, source, bytes, into);
    if (!done || !*done) return done;
  }
  return true;
}

}  // namespace

Result<Blob> OriginPages::page(const PageReference& page) noexcept try {
  auto blob =
      sys::lend_file(origin_ + "/" + object_path(page.digest, Encoding::identity), Source::origin);
  if (!blob) return blob.error();
  if (blob->size() != page.bytes || digest::sha256(blob->bytes()) != page.digest)
    return errc::damaged;
  return blob;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<std::vector<std::byte>> read_content(const std::string& origin,
                                            const filetable::FileEntry& entry) {
  const auto blob =
      sys::lend_file(origin + "/" + object_path(entry.digest, entry.encoding), Source::origin);
  if (!blob) return blob.error();
  if (blob->size() != entry.encoded_bytes) return errc::damaged;
  std::vector<std::byte> content(blob->bytes().begin(), blob->bytes().end());
  if (entry.encoding == Encoding::zstd) {
    auto decoded = codec::zstd_decompress(blob->bytes(), entry.size_bytes);
    if (!decoded) return errc::damaged;
    content = std::move(*decoded);
  }
  if (digest::sha256(content) != entry.digest) return errc::damaged;
  return content;
}

Result<std::optional<std::string>> make_pack(const PageReference& root,
                                             filetable::PageSource& pages) {
  std::vector<Blob> blobs;
  std::uint64_t bytes = 0;
  const auto all = collect(root, pages, bytes, blobs);
  if (!all) return all.error();
  if (!*all || blobs.size() < 2) return std::optional<std::string>();
  std::vector<std::string_view> texts;
  for (const Blob& blob : blobs) texts.push_back(blob.text());
  return std::optional(filetable::write_pack(texts));
}

}  // namespace larder::publish
