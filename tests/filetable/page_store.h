// Pages in memory, and trees made of them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/heap_blob.h"
#include "digest/hash.h"
#include "filetable/page_tree.h"
#include "filetable/page_writer.h"

namespace larder::filetable {

inline Blob blob_of(std::string_view bytes) {
  const auto view = std::as_bytes(std::span(bytes));
  return make_heap_blob({view.begin(), view.end()}, Source::store);
}

/// Lends what was put in, unless it is hidden; counts.
class PageStore final : public PageSource {
 public:
  Result<Blob> page(const PageReference& page) noexcept override {
    ++asked[page.digest];
    const auto found = pages.find(page.digest);
    if (found == pages.end() || hidden.contains(page.digest)) return errc::would_fetch;
    return blob_of(found->second);
  }

  PageReference put(const std::vector<NamedEntry>& entries) {
    const auto root =
        write_tree(entries, [this](const PageReference& page, std::string_view bytes) {
          EXPECT_EQ(digest::sha256(std::as_bytes(std::span(bytes))), page.digest);
          EXPECT_EQ(bytes.size(), page.bytes);
          pages[page.digest] = bytes;
          return Result<void>();
        });
    EXPECT_TRUE(root);
    return *root;
  }
  void hide_all() {
    for (const auto& [digest, bytes] : pages) hidden.insert(digest);
  }

  std::map<Digest, std::string> pages;
  std::set<Digest> hidden;
  std::map<Digest, int> asked;
};

inline FileEntry entry_of(std::string_view content) {
  return {.digest = digest::sha256(std::as_bytes(std::span(content))),
          .size_bytes = content.size(),
          .encoded_bytes = content.size()};
}

/// `count` files in folders of different sizes, each called after its content.
inline std::vector<NamedEntry> some_tree(std::size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::map<std::string, FileEntry> files;
  while (files.size() < count) {
    std::string path;
    for (unsigned depth = random() % 4; depth != 0; --depth)
      path += "folder" + std::to_string(random() % (4 * depth)) + "/";
    path += "name-" + std::to_string(random() % (4 * count)) + ".png";
    files[path] = entry_of(path);
  }
  std::vector<NamedEntry> entries;
  for (auto& [path, entry] : files) entries.push_back({path, entry});
  return entries;
}

}  // namespace larder::filetable
