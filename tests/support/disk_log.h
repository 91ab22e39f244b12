// DiskLog: everything that programs do to the files below a directory, in one order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace larder::test {

/// Paths are relative to the directory; those of its own names have no slash.
struct DiskOperation {
  enum class Kind : std::uint8_t {
    make_directory,
    make,            ///< an empty file
    rename,          ///< of a file, or of a directory with all that is in it
    remove,          ///< a file
    sync_directory,  ///< its names are durable from here on
    sync_all,        ///< everything is
    write,
    resize,
    sync,  ///< the file's bytes and size are durable from here on
  };
  Kind kind{};
  std::string path;
  std::string to;          ///< of a renaming
  std::uint64_t file = 0;  ///< what is made, written, resized, synced: another number for each file
  std::uint64_t value = 0;  ///< offset of a write, size after a resize
  std::vector<std::byte> bytes;
};

/// Gives a file, or a directory with all that is in it, another name; what had that is gone.
inline void move_names(std::map<std::string, std::uint64_t>& names, const std::string& from,
                       const std::string& to) {
  const auto move = [&](std::map<std::string, std::uint64_t>::iterator name) {
    auto node = names.extract(name);
    node.key().replace(0, from.size(), to);
    names.erase(node.key());
    names.insert(std::move(node));
  };
  if (const auto found = names.find(from); found != names.end()) move(found);
  const std::string inside = from + "/";
  for (auto name = names.lower_bound(inside);
       name != names.end() && name->first.starts_with(inside);)
    move(name++);
}

/// Written by RecordingFileSystem and RecordingSqlite, each operation when it has succeeded.
/// Threads: any.
class DiskLog {
 public:
  /// What is below `root` already counts as made and durable.
  explicit DiskLog(const std::string& root);

  /// The files are below another directory from now on: a copy of the first one, as a process that
  /// is killed leaves it. What is still done to the first is not recorded.
  void move_to(const std::string& root);

  void made_directory(const std::string& path);
  void made(const std::string& path);
  void renamed(const std::string& from, const std::string& to);
  void removed(const std::string& path);
  void synced_directory(const std::string& path);
  void synced_all();
  void written(const std::string& path, std::uint64_t offset, std::span<const std::byte> bytes);
  void resized(const std::string& path, std::uint64_t size);
  void synced(const std::string& path);

  /// What was recorded so far.
  [[nodiscard]] std::vector<DiskOperation> operations() const;
  [[nodiscard]] std::size_t size() const;
  /// Operations that made what was there at first.
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }

 private:
  void add(DiskOperation::Kind kind, const std::string& path, DiskOperation operation = {});
  [[nodiscard]] std::optional<std::string> relative(std::string_view path) const;

  mutable std::mutex mutex_;
  std::string root_;
  std::vector<DiskOperation> operations_;
  std::map<std::string, std::uint64_t> files_;  // by their present names
  std::uint64_t last_file_ = 0;
  std::size_t begin_ = 0;
};

}  // namespace larder::test
