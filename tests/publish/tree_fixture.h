// A directory tree for packing tests.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "publish/descriptor.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::publish {

using Files = std::map<std::string, std::string>;

/// Relative path → content of all files below `directory`; empty if there is no such directory.
inline Files files_below(const std::filesystem::path& directory) {
  Files files;
  if (!std::filesystem::exists(directory)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (!entry.is_directory())
      files[entry.path().lexically_relative(directory).string()] = test::read_file(entry.path());
  return files;
}

class TreeFixture : public ::testing::Test {
 protected:
  TreeFixture() { std::filesystem::create_directories(tree()); }

  [[nodiscard]] std::string tree() const { return folder_ / "tree"; }
  [[nodiscard]] std::string beside(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] Descriptor open_tree() const {
    return Descriptor(::open(tree().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }

  void write(const std::string& path, std::string_view content = "x") const {
    test::write_file(tree() + "/" + path, content);
  }
  void make_directory(const std::string& path) const {
    std::filesystem::create_directories(tree() + "/" + path);
  }
  void link(const std::string& target, const std::string& path) const {
    std::filesystem::create_symlink(target, tree() + "/" + path);
  }

 private:
  test::TempDirectory folder_;
};

}  // namespace larder::publish
