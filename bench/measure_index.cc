// What the index of a native release costs with a million files: bytes, pages and memory.
#include <malloc.h>

#include <cstdio>

#include "codec/zstd.h"
#include "filetable/page_bases.h"
#include "filetable/tree_compare.h"
#include "page_forest.h"

namespace {

using namespace larder;
using namespace larder::filetable;

constexpr std::size_t kFiles = 1'000'000;

void print(const char* what, std::uint64_t bytes, std::uint64_t pages, const char* limit) {
  std::printf("%-52s %9.1f KiB %6llu pages  %s\n", what, static_cast<double>(bytes) / 1024,
              static_cast<unsigned long long>(pages), limit);
}

std::uint64_t heap_bytes() {
  return ::mallinfo2().uordblks;
}

/// What a client fetches that has all pages of `before` and wants those of `after`.
void measure_update(const char* what, const PageReference& before,
                    const std::vector<NamedEntry>& after, PageForest& forest, const char* limit) {
  forest.count_anew();
  const PageReference root = forest.plant(after);
  print(what, forest.new_bytes(), forest.new_pages(), limit);
  forest.count_anew();
  const auto difference = compare_trees(before, root, forest, forest);
  if (!difference) std::abort();
  print("  read to compare the two releases", forest.lent_bytes(), forest.lent(), "");
  const PageTree old_tree(before, std::make_shared<PageForest>(forest));
  codec::ZstdEncoder encoder;
  std::uint64_t patch_bytes = 0;
  for (const DifferentPage& page : difference->new_pages) {
    const auto bases = bases_of_page(old_tree, page.first_key, page.level);
    const Blob bytes = *forest.page(page.page);
    std::size_t least = bytes.size();
    std::vector<std::byte> patch;
    const auto try_base = [&](const Blob& base) {
      if (base && encoder.make_patch(bytes.bytes(), base.bytes(), 19, least, patch))
        least = patch.size();
    };
    if (bases) {
      try_base(*forest.page(bases->page));
      try_base(join_bases(*bases, forest));
    }
    patch_bytes += least;
  }
  print("  with patches of pages", patch_bytes, difference->new_pages.size(), "");
}

}  // namespace

int main() {
  auto entries = game_tree(kFiles);
  std::uint64_t path_bytes = 0;
  for (const NamedEntry& entry : entries) path_bytes += entry.path.size();
  auto forest = std::make_shared<PageForest>();
  const PageReference root = forest->plant(entries);
  std::printf("%zu files, paths of %.1f bytes on average\n", entries.size(),
              static_cast<double>(path_bytes) / kFiles);
  print("the whole index", forest->new_bytes(), forest->new_pages(), "");

  {
    std::uint64_t most = 0;
    std::uint64_t sum = 0;
    constexpr std::size_t kSamples = 1000;
    for (std::size_t i = 0; i < kSamples; ++i) {
      forest->count_anew();
      const PageTree tree(root, forest);
      if (!tree.find(entries[i * (kFiles / kSamples)].path)) std::abort();
      most = std::max(most, forest->lent_bytes());
      sum += forest->lent_bytes();
    }
    print("first look-up after a cold start, on average", sum / kSamples, forest->lent(), "");
    print("first look-up after a cold start, the most of 1000", most, forest->lent(),
          "limit 64 KiB");
  }
  {
    const std::uint64_t before = heap_bytes();
    const PageTree tree(root, forest);
    for (const NamedEntry& entry : entries)
      if (!tree.find(entry.path)) std::abort();
    print("heap of a tree with all pages looked at", heap_bytes() - before, 0,
          "limit 16 MiB; pages are lent, mapped");
    forest->count_anew();
    const PageTree cold(root, forest);
    const auto listed =
        cold.list(entries[kFiles / 2].path.substr(0, entries[kFiles / 2].path.rfind('/')));
    if (!listed) std::abort();
    std::printf("  (the directory listed has %zu names)\n", listed->size());
    print("listing a directory after a cold start", forest->lent_bytes(), forest->lent(), "");
  }

  std::mt19937_64 random(3);
  const auto change = [&](FileEntry& entry) {
    for (std::byte& byte : entry.digest.bytes) byte = static_cast<std::byte>(random());
  };
  auto scattered = entries;
  for (int i = 0; i < 10; ++i) change(scattered[random() % kFiles].entry);
  measure_update("update: 10 random files changed", root, scattered, *forest, "limit 300 KiB");
  auto together = entries;
  for (std::size_t i = 0; i < 10; ++i) change(together[kFiles / 3 + i].entry);
  measure_update("update: 10 files of one directory changed", root, together, *forest,
                 "limit 100 KiB");
  auto added = entries;
  const std::string folder =
      entries[kFiles / 3].path.substr(0, entries[kFiles / 3].path.rfind('/'));
  for (int i = 0; i < 10; ++i) {
    added.push_back({folder + "/new_" + std::to_string(i), {}});
    change(added.back().entry);
  }
  std::sort(added.begin(), added.end(),
            [](const NamedEntry& a, const NamedEntry& b) { return a.path < b.path; });
  measure_update("update: 10 files added to one directory", root, added, *forest, "limit 100 KiB");
  return 0;
}
