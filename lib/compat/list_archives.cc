#include "compat/list_archives.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/blob_part.h"
#include "base/heap_blob.h"
#include "base/sorted_paths.h"
#include "codec/zip.h"
#include "compat/lower_names.h"

namespace larder::compat {

/// What one archive holds. Immutable.
class ListArchives::Members {
 public:
  /// A bad archive has none.
  Members(Blob bytes, const std::string& directory, bool ignore_case, std::string* why)
      : bytes_(std::move(bytes)) {
    auto zip = codec::ZipArchive::open(bytes_.bytes(), {}, why);
    if (!zip) return;
    zip_.emplace(std::move(*zip));
    paths_.reserve(zip_->members().size());
    for (const codec::ZipMember& member : zip_->members())
      paths_.push_back(directory + std::string(member.name));
    checked_ = std::vector<std::atomic<bool>>(paths_.size());
    if (!ignore_case) return;
    for (const std::string& path : paths_) lower_names_.add(path);
    lower_names_.sort();
  }

  [[nodiscard]] std::size_t size() const noexcept { return paths_.size(); }
  /// All begin with the archive's directory, and the rest is in byte order.
  [[nodiscard]] auto paths() const noexcept {
    return SortedPaths(paths_.size(),
                       [this](std::size_t i) { return std::string_view(paths_[i]); });
  }
  [[nodiscard]] const std::string& path(std::size_t i) const noexcept { return paths_[i]; }
  [[nodiscard]] const codec::ZipMember& member(std::size_t i) const noexcept {
    return zip_->members()[i];
  }
  [[nodiscard]] const LowerNames& lower_names() const noexcept { return lower_names_; }

  [[nodiscard]] Result<Blob> lend(std::size_t i) const {
    const codec::ZipMember& packed = member(i);
    const Source source = bytes_.source() == Source::origin ? Source::store : bytes_.source();
    if (packed.deflated || !checked_[i].load(std::memory_order_relaxed)) {
      auto content = zip_->read(packed);
      if (!content) return content.error();
      if (packed.deflated) return make_heap_blob(std::move(*content), source);
      checked_[i].store(true, std::memory_order_relaxed);
    }
    return part_of(bytes_, packed.begins, packed.packed_size).labelled(source);
  }

 private:
  const Blob bytes_;
  std::optional<codec::ZipArchive> zip_;
  std::vector<std::string> paths_;  ///< of the members, in their order
  /// Of stored members: the checksum was right. What is mapped does not change.
  mutable std::vector<std::atomic<bool>> checked_;
  LowerNames lower_names_;  ///< empty where case matters
};

ListArchives::ListArchives(const lists::FileList& files, const ListSystem& system,
                           std::uint64_t scope, bool ignore_case, Log log)
    : files_(files),
      system_(system),
      scope_(scope),
      ignore_case_(ignore_case),
      log_(std::move(log)) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    const lists::ListedFile file = files[i];
    if (!file.archive) continue;
    std::string directory = system.name_on_disk(file.path);
    directory.resize(directory.rfind('/') + 1);  // npos + 1 is 0
    std::string told_by = comparable(directory);
    archives_.push_back({i, std::move(directory), std::move(told_by),
                         std::make_unique<std::atomic<const Members*>>(nullptr)});
  }
}

std::string ListArchives::comparable(const std::string& path) const {
  return ignore_case_ ? in_lower_case(path) : path;
}

ListArchives::~ListArchives() {
  for (const Archive& archive : archives_) delete archive.members->load();
}

void ListArchives::keep(std::size_t file, const Blob& bytes) const noexcept try {
  for (const Archive& archive : archives_) {
    if (archive.file != file || archive.members->load()) continue;
    std::string why;
    auto members = std::make_unique<const Members>(bytes, archive.directory, ignore_case_, &why);
    if (!why.empty())
      log_.error("the archive " + std::string(files_[file].path) + " is not unpacked: " + why);
    const Members* none = nullptr;
    if (archive.members->compare_exchange_strong(none, members.get()))
      static_cast<void>(members.release());
  }
} catch (const std::exception&) {
  log_.error("the archive " + std::string(files_[file].path) + " is not unpacked: out of memory");
}

const ListArchives::Members* ListArchives::here(const Archive& archive, std::size_t& missing) {
  const Members* const members = archive.members->load(std::memory_order_acquire);
  if (!members) missing = archive.file;
  return members;
}

Result<Entry> ListArchives::resolve(std::string_view path, std::size_t& missing) const {
  const auto entry_of = [&](const Members& members, std::size_t i) {
    const codec::ZipMember& member = members.member(i);
    Entry entry;
    entry.route = Route::member;
    entry.home = members.path(i);
    entry.size = member.size;
    entry.key =
        ObjectKey::of_claim(scope_, "ZIPM", XXH3_64bits(entry.home.data(), entry.home.size()),
                            (std::uint64_t{member.crc} << 32) ^ member.size);
    return entry;
  };
  const std::string name = system_.name_on_disk(path);
  const std::string compared = comparable(name);
  for (const Archive& archive : archives_) {
    if (!compared.starts_with(archive.told_by)) continue;
    const Members* const members = here(archive, missing);
    if (!members) return errc::would_fetch;
    const std::size_t i = members->paths().find(name);
    if (i < members->size()) return entry_of(*members, i);
    if (!ignore_case_) continue;
    const auto like = members->lower_names().like(name);
    if (like.size() > 1) return errc::ambiguous;
    if (like.size() == 1) return entry_of(*members, members->paths().find(like.front().second));
  }
  return errc::not_listed;
}

Result<void> ListArchives::list(std::string_view directory, std::vector<Listed>& names,
                                std::size_t& missing) const {
  const std::string path = system_.name_on_disk(directory);
  const std::string inside = path.empty() ? path : path + "/";
  bool found = false;
  for (const Archive& archive : archives_) {
    // What lies deeper shows by its archive, which is listed there.
    if (!inside.starts_with(archive.directory)) continue;
    const Members* const members = here(archive, missing);
    if (!members) return errc::would_fetch;
    auto listed = members->paths().list(path);
    if (!listed) continue;
    found = true;
    std::move(listed->begin(), listed->end(), std::back_inserter(names));
  }
  if (!found) return errc::not_listed;
  const auto key = [](const Listed& one) { return std::tie(one.name, one.is_directory); };
  std::sort(names.begin(), names.end(),
            [&](const Listed& a, const Listed& b) { return key(a) < key(b); });
  names.erase(std::unique(names.begin(), names.end(),
                          [&](const Listed& a, const Listed& b) { return key(a) == key(b); }),
              names.end());
  return {};
}

Result<bool> ListArchives::is_directory(std::string_view path, std::size_t& missing) const {
  const std::string name = system_.name_on_disk(path);
  const std::string inside = name + "/";
  for (const Archive& archive : archives_) {
    if (!inside.starts_with(archive.directory)) continue;
    const Members* const members = here(archive, missing);
    if (!members) return errc::would_fetch;
    if (members->size() > 0 && members->paths().is_directory(name)) return true;
  }
  return false;
}

void ListArchives::names_like(std::string_view path, std::vector<std::string>& names) const {
  const std::string name = system_.name_on_disk(path);
  for (const Archive& archive : archives_)
    if (const Members* const members = archive.members->load(std::memory_order_acquire))
      for (const auto& like : members->lower_names().like(name)) names.emplace_back(like.second);
}

std::vector<std::size_t> ListArchives::missing(std::string_view prefix) const {
  const std::string name = system_.name_on_disk(prefix);
  std::vector<std::size_t> files;
  for (const Archive& archive : archives_)
    if (!archive.members->load(std::memory_order_acquire) &&
        (archive.directory.starts_with(name) || name.starts_with(archive.directory)))
      files.push_back(archive.file);
  return files;
}

const ListArchives::Members* ListArchives::find(const Entry& entry,
                                                std::size_t& member) const noexcept {
  if (entry.route != Route::member) return nullptr;
  for (const Archive& archive : archives_) {
    const Members* const members = archive.members->load(std::memory_order_acquire);
    if (!members || !entry.home.starts_with(archive.directory)) continue;
    member = members->paths().find(entry.home);
    if (member < members->size()) return members;
  }
  return nullptr;
}

Result<Blob> ListArchives::lend(const Entry& entry) noexcept try {
  std::size_t member = 0;
  const Members* const members = find(entry, member);
  return members ? members->lend(member) : errc::not_found;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

bool ListArchives::holds(const Entry& entry) const noexcept {
  return size_of(entry).has_value();
}

std::optional<std::uint64_t> ListArchives::size_of(const Entry& entry) const noexcept {
  std::size_t member = 0;
  const Members* const members = find(entry, member);
  return members ? std::optional(members->member(member).size) : std::nullopt;
}

}  // namespace larder::compat
