// What happens at every look-up and every hit asks nothing of the heap.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <larder/snapshot.h>
#include <larder/vfs.h>

#include "counted_new.h"
#include "filetable/laya_format.h"
#include "filetable/laya_table.h"
#include "filetable/page_store.h"
#include "support/laya_tree.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder {
namespace {

using test::allocations;

TEST(Allocations, AreSeen) {
  const std::uint64_t before = allocations();
  ::operator delete(::operator new(1));  // called as functions: the compiler may not leave them out
  ::operator delete[](::operator new[](1000));
  EXPECT_EQ(allocations(), before + 2);
}

TEST(Allocations, NoneToLookUpInANativeFiletable) {
  const auto entries = filetable::some_tree(20000);
  const auto pages = std::make_shared<filetable::PageStore>();
  const filetable::PageTree tree(pages->put(entries), pages);
  std::vector<std::string> absent;
  for (const auto& entry : entries) {
    ASSERT_TRUE(tree.find(entry.path));
    absent.push_back(entry.path + "x");
    ASSERT_FALSE(tree.find(absent.back()));
  }
  const std::uint64_t before = allocations();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!tree.find(entries[i].path)) FAIL();
    if (tree.find(absent[i])) FAIL();
  }
  EXPECT_EQ(allocations(), before);
}

TEST(Allocations, NoneToLookUpInALayaTable) {
  test::LayaTree tree;
  for (int i = 0; i < 5000; ++i) tree.files["art/" + std::to_string(i)] = "x";
  const std::string bytes = tree.binary_table();
  const auto table = filetable::LayaTable::parse(std::as_bytes(std::span(bytes)));
  ASSERT_TRUE(table);
  std::vector<std::uint32_t> ids;
  for (const auto& [path, content] : tree.files) ids.push_back(filetable::laya_path_id_cesu8(path));
  const std::uint64_t before = allocations();
  std::size_t found = 0;
  for (const std::uint32_t id : ids) found += table->find(id) ? 1 : 0;
  for (std::uint32_t id = 0; id < 5000; ++id) found += table->find(id) ? 1 : 0;
  EXPECT_EQ(allocations(), before);
  EXPECT_GE(found, ids.size());
}

/// An origin in `folder`; its paths.
std::vector<std::string> write_origin(const std::string& folder) {
  test::LayaTree tree;
  std::vector<std::string> paths;
  for (int i = 0; i < 200; ++i) {
    paths.push_back("art/" + std::to_string(i) + ".png");
    tree.files[paths.back()] =
        std::string(static_cast<std::size_t>(i) * 100 + 1, 'x') + paths.back();
  }
  for (const auto& [path, content] : tree.files) test::write_file(folder + "/" + path, content);
  test::write_file(folder + "/update/filetable.bin", tree.binary_table());
  test::write_file(folder + "/update/assetsid.txt", tree.id());
  return paths;
}

template <class From>
void expect_none_for_hits(From& from, const std::vector<std::string>& paths) {
  for (const auto& path : paths) ASSERT_TRUE(from.read(path)) << path;
  for (const auto& path : paths) ASSERT_TRUE(from.try_read(path)) << path;  // first use
  const std::uint64_t before = allocations();
  for (const auto& path : paths)
    if (!from.try_read(path)) FAIL();
  EXPECT_EQ(allocations(), before);
}

TEST(Allocations, NoneForAHitInAVfs) {
  const test::TempDirectory scratch;
  const auto paths = write_origin(scratch / "origin");
  auto vfs = Vfs::open({.origin = scratch / "origin", .store = scratch / "store"});
  ASSERT_TRUE(vfs);
  expect_none_for_hits(*vfs, paths);
}

TEST(Allocations, NoneForAHitThroughASnapshot) {
  const test::TempDirectory scratch;
  const auto paths = write_origin(scratch / "origin");
  auto vfs = Vfs::open({.origin = scratch / "origin", .store = scratch / "store"});
  ASSERT_TRUE(vfs);
  const Snapshot snapshot = vfs->snapshot();
  expect_none_for_hits(snapshot, paths);
}

TEST(Allocations, NoneForAHitThroughAMount) {
  const test::TempDirectory scratch;
  auto paths = write_origin(scratch / "origin");
  auto vfs = Vfs::open({.origin = scratch / "origin", .store = scratch / "store"});
  ASSERT_TRUE(vfs);
  static_cast<void>(write_origin(scratch / "dlc"));
  ASSERT_TRUE(vfs->mount("dlc/", {.origin = scratch / "dlc"}));
  ASSERT_TRUE(vfs->mount("dlc/", {.origin = scratch / "origin"}));  // two layers
  const std::size_t count = paths.size();
  for (std::size_t i = 0; i < count; ++i) paths.push_back("dlc/" + paths[i]);
  expect_none_for_hits(*vfs, paths);
}

}  // namespace
}  // namespace larder
