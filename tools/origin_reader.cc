#include "origin_reader.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <span>
#include <vector>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "filetable/origin_names.h"
#include "net/make_transport.h"
#include "net/url.h"
#include "output.h"
#include "publish/on_threads.h"

namespace larder::tool {
namespace {

constexpr unsigned kPagesAtATime = 8;

/// Does not wait: says what is missing, level by level. Threads: one.
class HeldPages final : public filetable::PageSource {
 public:
  Result<Blob> page(const filetable::PageReference& page) noexcept override {
    const auto known = pages.find(page.digest);
    return known == pages.end() ? Result<Blob>(errc::would_fetch) : known->second;
  }
  std::map<Digest, Blob> pages;
};

}  // namespace

std::shared_ptr<OriginReader> OriginReader::open(std::string_view command,
                                                 const std::string& origin) {
  std::string why;
  auto base = net::normalise_base(origin, &why);
  if (!base) {
    print_error(command, origin + ": " + why);
    return nullptr;
  }
  std::shared_ptr<OriginReader> reader(new OriginReader(std::move(*base)));
  auto transport = net::make_transport(reader->io_.context(), {}, &why);
  if (!transport) {
    print_error(command, why);
    return nullptr;
  }
  reader->transport_ = std::move(*transport);
  return reader;
}

std::pair<std::error_code, std::string> OriginReader::get(const std::string& path,
                                                          std::uint64_t limit) {
  net::Request request;
  request.url = base_url_ + path;
  request.max_bytes = limit;
  auto [error, document] = net::get_document(*transport_, std::move(request));
  return {error, std::move(document.body)};
}

Result<Blob> OriginReader::object(const Digest& digest, std::uint64_t bytes) {
  const auto [error, body] = get(filetable::object_path(digest, Encoding::identity), bytes);
  if (error) return error;
  const auto content = std::as_bytes(std::span(body));
  if (content.size() != bytes || digest::sha256(content) != digest) return errc::damaged;
  return make_heap_blob({content.begin(), content.end()}, Source::origin);
}

Result<Blob> OriginReader::page(const filetable::PageReference& page) noexcept try {
  {
    std::lock_guard lock(mutex_);
    if (const auto known = pages_.find(page.digest); known != pages_.end()) return known->second;
  }
  auto bytes = object(page.digest, page.bytes);
  if (!bytes) return bytes;
  std::lock_guard lock(mutex_);
  return pages_.try_emplace(page.digest, std::move(*bytes)).first->second;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<OriginReader::Pages> OriginReader::read_all(const filetable::PageReference& root) {
  const auto held = std::make_shared<HeldPages>();
  const filetable::PageTree tree(root, held);
  Pages pages;
  for (;;) {
    const auto missing = tree.missing("");
    if (!missing) return missing.error();
    if (missing->empty()) return pages;
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::error_code failed;  // guarded by mutex
    publish::run_on_threads(
        std::min<unsigned>(kPagesAtATime, static_cast<unsigned>(missing->size())),
        [&] {
          for (std::size_t i; (i = next.fetch_add(1)) < missing->size();)
            if (const auto bytes = page((*missing)[i]); !bytes) {
              std::lock_guard lock(mutex);
              failed = bytes.error();
              next = missing->size();
            }
        },
        [&] { next = missing->size(); });
    if (failed) return failed;
    for (const filetable::PageReference& reference : *missing) {
      auto bytes = page(reference);
      if (!bytes) return bytes.error();
      held->pages[reference.digest] = *bytes;
      pages.emplace_back(reference, std::move(*bytes));
    }
  }
}

}  // namespace larder::tool
