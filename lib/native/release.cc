#include "native/release.h"

#include <exception>
#include <utility>

namespace larder::native {
namespace {

Entry entry_of_page(const filetable::PageReference& page) noexcept {
  Entry entry = entry_of(page.digest, page.bytes);
  entry.home = "(index)";
  entry.is_index = true;
  return entry;
}

}  // namespace

std::shared_ptr<const filetable::PageTree> tree_of(const trust::TableRef& table,
                                                   const std::shared_ptr<LocalObjects>& objects) {
  return std::make_shared<const filetable::PageTree>(
      filetable::PageReference{table.digest, static_cast<std::uint32_t>(table.bytes), table.files},
      objects);
}

NativeRelease::NativeRelease(trust::Head head, std::shared_ptr<LocalObjects> objects,
                             std::shared_ptr<NativeOrigin> origin,
                             std::shared_ptr<const Deltas> deltas, Case letters,
                             std::shared_ptr<const MountPoint> mount_point)
    : head_(std::move(head)),
      objects_(std::move(objects)),
      origin_(std::move(origin)),
      deltas_(std::move(deltas)),
      tree_(tree_of(head_.table, objects_)),
      letters_(letters),
      mount_point_(std::move(mount_point)) {
  for (const auto& bundle : objects_->bundles()) lent_.push_back(bundle.get());
}

std::string NativeRelease::id() const {
  if (head_.version == 0) return "bundle";  // that nobody stamped
  return head_.channel + "-" + std::to_string(head_.version);
}

Result<std::vector<Entry>> NativeRelease::missing_to_follow(const NativeRelease* old) const {
  // Without a release before it, its own root is all that is compared.
  const auto pages = tree_->missing_where_held(old ? *old->tree_ : *tree_);
  if (!pages) return pages.error();
  std::vector<Entry> entries;
  for (const auto& [page, place] : *pages) {
    entries.push_back(entry_of_page(page));
    if (deltas_) deltas_->note_page(page.digest, place.first_key, place.level);
  }
  return entries;
}

void NativeRelease::tell(const filetable::PageReference& missing, std::string_view path,
                         Entry* page) const {
  if (!page) return;
  *page = entry_of_page(missing);
  if (!deltas_) return;
  if (const auto place = tree_->place_of(missing.digest, path))
    deltas_->note_page(missing.digest, place->first_key, place->level);
}

Result<Entry> NativeRelease::find(std::string_view path, Entry* page) const {
  filetable::PageReference missing;
  const auto found = tree_->find(path, &missing);
  if (!found) {
    if (found.error() == errc::would_fetch) tell(missing, path, page);
    return found.error();
  }
  if (found->tombstone) return errc::not_listed;
  Entry entry = entry_of(found->digest, found->size_bytes);
  entry.home = path;
  entry.encoding = found->encoding;
  entry.encoded_bytes = found->encoded_bytes;
  entry.is_encrypted = found->encrypted;
  entry.plain_bytes = found->plain_bytes;
  return entry;
}

std::string_view NativeRelease::kept_name(std::string_view path) const {
  std::lock_guard lock(names_mutex_);
  const auto known = names_.find(path);
  return known != names_.end() ? *known : *names_.emplace(path).first;
}

Result<Entry> NativeRelease::resolve(const PathRequest& request, Entry* page) const noexcept try {
  // Only what the table lists is served.
  if (request.kind != PathRequest::Kind::content) return errc::not_listed;
  auto entry = find(request.path, page);
  if (letters_ == Case::matters || entry.error() != errc::not_listed) return entry;
  const auto names = names_like(request.path, page);
  if (!names) return names.error();
  if (names->size() > 1) return errc::ambiguous;
  return find(kept_name(names->front()), page);
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<std::vector<std::string>> NativeRelease::names_like(std::string_view path,
                                                           Entry* page) const noexcept try {
  if (letters_ == Case::matters) return errc::not_listed;
  filetable::PageReference missing;
  auto names = tree_->find_ignoring_case(path, &missing);
  if (names.error() == errc::would_fetch) tell(missing, path, page);
  return names;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

bool NativeRelease::hides(std::string_view path) const noexcept {
  const auto found = tree_->find(path);
  return found && found->tombstone;
}

Result<std::vector<Listed>> NativeRelease::list(std::string_view directory, Entry* page) const {
  filetable::PageReference missing;
  auto names = tree_->list(directory, &missing);
  if (names.error() == errc::would_fetch) tell(missing, directory, page);
  return names;
}

Result<bool> NativeRelease::is_directory(std::string_view path, Entry* page) const noexcept try {
  filetable::PageReference missing;
  const auto answer = tree_->is_directory(path, &missing);
  if (answer.error() == errc::would_fetch) tell(missing, path, page);
  return answer;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::vector<Entry> NativeRelease::missing_pages(std::string_view prefix) const {
  std::vector<Entry> entries;
  const auto pages = tree_->missing(prefix);
  if (!pages) return entries;  // whoever looks something up there is told why
  for (const auto& page : *pages) entries.push_back(entry_of_page(page));
  return entries;
}

void NativeRelease::keep(const Entry& page, const Blob& bytes) const noexcept try {
  objects_->put(Digest{page.checksum.bytes}, bytes);
} catch (const std::exception&) {  // it is fetched again
}

std::optional<Entry> NativeRelease::joint() const noexcept try {
  return deltas_ && origin_ ? deltas_->usable_joint() : std::nullopt;
} catch (const std::exception&) {
  return std::nullopt;
}

std::uint64_t NativeRelease::bytes_apart(const Entry& entry) const noexcept try {
  return deltas_ ? deltas_->bytes_apart(entry) : 0;
} catch (const std::exception&) {
  return 0;
}

void NativeRelease::unpack(const Blob& joint) const noexcept try {
  if (!deltas_ || !deltas_->joint()) return;
  static_cast<void>(deltas_->unpack(joint));  // what is missing then is fetched one by one
} catch (const std::exception&) {             // as above
}

}  // namespace larder::native
