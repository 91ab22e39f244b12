// Whatever the bytes: a page whose answers agree with each other, or a refusal with a reason.
#include <cstdint>
#include <string>

#include "base/heap_blob.h"
#include "filetable/page.h"
#include "filetable/path_index.h"
#include "fuzz/require.h"

using larder::filetable::Page;
using larder::filetable::PageCursor;
using larder::filetable::PathIndex;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  std::string why;
  const auto page = Page::parse(
      larder::make_heap_blob({bytes.begin(), bytes.end()}, larder::Source::store), &why);
  require(page.has_value() == why.empty());
  if (!page) return 0;
  PathIndex index(page->size());
  require(page->level() != 0 || (index.add(*page) && index.complete()));
  PageCursor cursor(*page);
  std::string before;
  std::size_t items = 0;
  std::uint64_t entries = 0;
  for (; cursor.next(); ++items) {
    const std::string key(cursor.key());
    require(larder::content_path_problem(key) == nullptr);
    require(items == 0 || before < key);
    const auto found = page->find(key);
    require(found && found->exact && found->index == items);
    if (page->level() == 0) {
      larder::filetable::FileEntry entry;
      require(index.find(key, PathIndex::hash_of(key), entry) && entry == cursor.item().entry);
      ++entries;
    } else {
      require(page->find_child(key) == items);
      require(found->item.child == cursor.item().child);
      entries += cursor.item().child.entries;
    }
    const std::string between = key + "\x01";
    require(page->find(between)->index == items);
    before = key;
  }
  require(items == page->size() && entries == page->entries());
  return 0;
}
