#include "sys/files.h"

#include <unistd.h>

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/heap_blob.h"

namespace larder::sys {
namespace {

// Below this a copy is cheaper than a mapping with its page faults.
constexpr std::uint64_t kMapFromBytes = 64 * 1024;

class MappedOwner final : public detail::BlobOwner {
 public:
  explicit MappedOwner(std::unique_ptr<Mapping> mapping) noexcept : mapping_(std::move(mapping)) {}

 private:
  void dispose() noexcept override { delete this; }
  std::unique_ptr<Mapping> mapping_;
};

Result<Blob> map_file(File& file, std::uint64_t size, Source source) {
  auto mapping = file.map(size);
  if (!mapping) return mapping.error();
  const auto bytes = (*mapping)->bytes();
  return Blob::adopt(new MappedOwner(std::move(*mapping)), bytes, source);
}

/// A name beside `path` that no other writer uses at the same time.
std::string name_aside(const std::string& path) {
  static std::atomic<std::uint64_t> next{0};
  return path + ".new-" + std::to_string(::getpid()) + "-" +
         std::to_string(next.fetch_add(1, std::memory_order_relaxed));
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> write_new(const std::string& path, std::string_view content, FileSystem& fs) {
  auto file = fs.open(path, Open::create_new);
  if (!file) return file.error();
  if (auto done = (*file)->write_at(0, std::as_bytes(std::span(content))); !done) return done;
  return (*file)->sync();
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::uint64_t limit, FileSystem& fs) noexcept
    try {
  auto file = fs.open(path, Open::read);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  if (*size > limit) return errc::too_large;
  std::string content(static_cast<std::size_t>(*size), '\0');
  const auto read = (*file)->read_at(0, std::as_writable_bytes(std::span(content)));
  if (!read) return read.error();
  content.resize(*read);  // the file may have shrunk meanwhile
  return content;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<Blob> lend_file(const std::string& path, Source source) noexcept try {
  auto file = FileSystem::real().open(path, Open::read);
  if (!file) return file.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  if (*size >= kMapFromBytes) return map_file(**file, *size, source);
  std::vector<std::byte> bytes(static_cast<std::size_t>(*size));
  const auto read = (*file)->read_at(0, bytes);
  if (!read) return read.error();
  bytes.resize(*read);
  return make_heap_blob(std::move(bytes), source);
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<void> replace_file(const std::string& path, std::string_view content,
                          FileSystem& fs) noexcept try {
  const std::string aside = name_aside(path);
  auto done = write_new(aside, content, fs);
  if (done) done = fs.rename(aside, path);
  if (!done) {
    (void)fs.remove(aside);
    return done;
  }
  // The new content is in place, so a failure from here on is not a failure to replace.
  (void)fs.sync_directory(directory_of(path));
  return {};
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<void> make_directories(const std::string& path, FileSystem& fs) noexcept try {
  std::vector<std::string> parents;  // of what is missing
  for (std::string at = path; !fs.exists(at) && at != directory_of(at); at = parents.back())
    parents.push_back(directory_of(at));
  if (parents.empty()) return {};
  if (const auto made = fs.make_directories(path); !made) return made;
  for (const std::string& parent : parents) (void)fs.sync_directory(parent);
  return {};
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::sys
