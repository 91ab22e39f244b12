// A filetable of many files in memory, whose pages are lent without copies.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/object_key.h"
#include "filetable/page_tree.h"
#include "filetable/page_writer.h"

namespace larder::filetable {

/// Pages of any number of trees. They live as long as it does; it is not thread-safe while it
/// grows.
class PageForest final : public PageSource {
 public:
  Result<Blob> page(const PageReference& page) noexcept override {
    const auto found = pages_.find(page.digest);
    if (found == pages_.end()) return errc::would_fetch;
    ++lent_;
    lent_bytes_ += page.bytes;
    static Immortal* const kOwner = new Immortal;
    kOwner->acquire();
    return Blob::adopt(kOwner, std::as_bytes(std::span(found->second)), Source::store);
  }

  PageReference plant(const std::vector<NamedEntry>& entries) {
    const auto root =
        write_tree(entries, [this](const PageReference& page, std::string_view bytes) {
          if (pages_.try_emplace(page.digest, bytes).second) {
            new_bytes_ += bytes.size();
            ++new_pages_;
          }
          return Result<void>();
        });
    if (!root) std::abort();
    return *root;
  }

  void count_anew() noexcept { lent_ = lent_bytes_ = new_pages_ = new_bytes_ = 0; }
  [[nodiscard]] std::uint64_t lent() const noexcept { return lent_; }
  [[nodiscard]] std::uint64_t lent_bytes() const noexcept { return lent_bytes_; }
  [[nodiscard]] std::uint64_t new_pages() const noexcept { return new_pages_; }
  [[nodiscard]] std::uint64_t new_bytes() const noexcept { return new_bytes_; }

 private:
  class Immortal final : public detail::BlobOwner {
    void dispose() noexcept override {}
  };
  struct Hash {
    std::size_t operator()(const Digest& digest) const noexcept {
      return ObjectKeyHash()(ObjectKey::of(digest));
    }
  };
  std::unordered_map<Digest, std::string, Hash> pages_;
  std::uint64_t lent_ = 0;
  std::uint64_t lent_bytes_ = 0;
  std::uint64_t new_pages_ = 0;
  std::uint64_t new_bytes_ = 0;
};

/// A game's tree: directories of some hundred files, paths of 48 bytes on average.
inline std::vector<NamedEntry> game_tree(std::size_t count) {
  std::mt19937_64 random(1);
  constexpr const char* kAreas[] = {"characters", "environment", "interface", "sound", "levels"};
  constexpr const char* kKinds[] = {"textures", "meshes", "animations", "materials"};
  constexpr const char* kEnds[] = {"_albedo.png", "_normal.ktx2", ".mesh", "_v2.json"};
  std::vector<NamedEntry> entries;
  entries.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t folder = i / 250;
    NamedEntry entry;
    entry.path = std::string(kAreas[folder % 5]) + "/" + kKinds[folder / 5 % 4] + "/set" +
                 std::to_string(folder) + "/item_" + std::to_string(100000 + random() % 900000) +
                 "_" + std::to_string(i % 250) + kEnds[i % 4];
    entry.entry.size_bytes = 1 + random() % 200000;
    entry.entry.encoded_bytes = entry.entry.size_bytes;
    for (std::byte& byte : entry.entry.digest.bytes) byte = static_cast<std::byte>(random());
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(),
            [](const NamedEntry& a, const NamedEntry& b) { return a.path < b.path; });
  return entries;
}

}  // namespace larder::filetable
