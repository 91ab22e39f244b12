#include "support/disk_log.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "support/whole_files.h"

namespace larder::test {

using Kind = DiskOperation::Kind;

DiskLog::DiskLog(const std::string& root) : root_(root) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());  // directories before what is in them
  for (const auto& path : paths) {
    if (std::filesystem::is_directory(path)) {
      made_directory(path);
      synced_directory(path.parent_path());
      continue;
    }
    const std::string bytes = read_file(path);
    made(path);
    synced_directory(path.parent_path());
    written(path, 0, std::as_bytes(std::span(bytes)));
    synced(path);
  }
  begin_ = operations_.size();
}

void DiskLog::move_to(const std::string& root) {
  std::lock_guard lock(mutex_);
  root_ = root;
}

std::optional<std::string> DiskLog::relative(std::string_view path) const {
  if (path == root_) return "";
  if (!path.starts_with(root_) || path[root_.size()] != '/') return std::nullopt;
  return std::string(path.substr(root_.size() + 1));
}

void DiskLog::add(Kind kind, const std::string& path, DiskOperation operation) {
  std::lock_guard lock(mutex_);
  auto name = relative(path);
  if (!name) return;
  operation.kind = kind;
  operation.path = std::move(*name);
  switch (kind) {
    case Kind::make: operation.file = files_[operation.path] = ++last_file_; break;
    case Kind::rename: {
      operation.to = relative(operation.to).value();
      move_names(files_, operation.path, operation.to);
      break;
    }
    case Kind::remove: files_.erase(operation.path); break;
    case Kind::write:
    case Kind::resize:
    case Kind::sync: {
      const auto found = files_.find(operation.path);
      if (found == files_.end()) return;  // has lost its name: nobody will see it again
      operation.file = found->second;
      break;
    }
    case Kind::make_directory:
    case Kind::sync_directory:
    case Kind::sync_all: break;
  }
  operations_.push_back(std::move(operation));
}

void DiskLog::made_directory(const std::string& path) {
  add(Kind::make_directory, path);
}

void DiskLog::made(const std::string& path) {
  add(Kind::make, path);
}

void DiskLog::renamed(const std::string& from, const std::string& to) {
  DiskOperation operation;
  operation.to = to;
  add(Kind::rename, from, std::move(operation));
}

void DiskLog::removed(const std::string& path) {
  add(Kind::remove, path);
}

void DiskLog::synced_directory(const std::string& path) {
  add(Kind::sync_directory, path);
}

void DiskLog::synced_all() {
  add(Kind::sync_all, root_);
}

void DiskLog::written(const std::string& path, std::uint64_t offset,
                      std::span<const std::byte> bytes) {
  DiskOperation operation;
  operation.value = offset;
  operation.bytes.assign(bytes.begin(), bytes.end());
  add(Kind::write, path, std::move(operation));
}

void DiskLog::resized(const std::string& path, std::uint64_t size) {
  DiskOperation operation;
  operation.value = size;
  add(Kind::resize, path, std::move(operation));
}

void DiskLog::synced(const std::string& path) {
  add(Kind::sync, path);
}

std::vector<DiskOperation> DiskLog::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}

std::size_t DiskLog::size() const {
  std::lock_guard lock(mutex_);
  return operations_.size();
}

}  // namespace larder::test
