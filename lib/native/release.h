// NativeRelease: one version of a native tree, as the corridor sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/release.h"
#include "native/local_objects.h"
#include "native/origin.h"
#include "trust/head.h"

namespace larder::native {

/// Threads: any.
class NativeRelease final : public Release {
 public:
  enum class Case : std::uint8_t { matters, is_ignored };

  /// `origin`, `deltas` and `mount_point` may be null.
  NativeRelease(trust::Head head, std::shared_ptr<LocalObjects> objects,
                std::shared_ptr<NativeOrigin> origin, std::shared_ptr<const Deltas> deltas,
                Case letters = Case::matters,
                std::shared_ptr<const MountPoint> mount_point = nullptr);

  [[nodiscard]] Result<Entry> resolve(const PathRequest& request,
                                      Entry* page = nullptr) const noexcept override;
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view directory,
                                                 Entry* page = nullptr) const override;
  [[nodiscard]] Result<bool> is_directory(std::string_view path,
                                          Entry* page = nullptr) const noexcept override;
  [[nodiscard]] Result<std::vector<std::string>> names_like(
      std::string_view path, Entry* page = nullptr) const noexcept override;
  [[nodiscard]] bool hides(std::string_view path) const noexcept override;
  [[nodiscard]] std::vector<Entry> missing_pages(std::string_view prefix) const override;
  void keep(const Entry& page, const Blob& bytes) const noexcept override;

  [[nodiscard]] std::optional<Entry> joint() const noexcept override;
  [[nodiscard]] std::uint64_t bytes_apart(const Entry& entry) const noexcept override;
  void unpack(const Blob& joint) const noexcept override;

  [[nodiscard]] std::string id() const override;
  [[nodiscard]] std::uint64_t file_count() const noexcept override { return head_.table.files; }
  [[nodiscard]] std::span<LocalSource* const> bundles() const noexcept override { return lent_; }
  [[nodiscard]] Origin* origin() const noexcept override { return origin_.get(); }
  [[nodiscard]] const MountPoint* mount_point() const noexcept override {
    return mount_point_.get();
  }

  /// As it was when the release was made.
  [[nodiscard]] const trust::Head& head() const noexcept { return head_; }
  [[nodiscard]] const std::shared_ptr<const filetable::PageTree>& tree() const noexcept {
    return tree_;
  }
  /// What is to be fetched before this takes the place of `old`, which may be null: the page at the
  /// root, and what was known there. As missing_pages() otherwise.
  [[nodiscard]] Result<std::vector<Entry>> missing_to_follow(const NativeRelease* old) const;

 private:
  /// `path` as a text that lives as long as this.
  [[nodiscard]] std::string_view kept_name(std::string_view path) const;
  /// What is to be done for a listed path. errc::not_listed for tombstones, too.
  [[nodiscard]] Result<Entry> find(std::string_view path, Entry* page) const;
  /// The entry of a page that was missing on the way to `path`.
  void tell(const filetable::PageReference& missing, std::string_view path, Entry* page) const;

  const trust::Head head_;
  const std::shared_ptr<LocalObjects> objects_;
  const std::shared_ptr<NativeOrigin> origin_;
  const std::shared_ptr<const Deltas> deltas_;
  const std::shared_ptr<const filetable::PageTree> tree_;
  std::vector<LocalSource*> lent_;
  const Case letters_;
  const std::shared_ptr<const MountPoint> mount_point_;
  /// Names that were asked for in another case: entries view them.
  mutable std::mutex names_mutex_;
  mutable std::set<std::string, std::less<>> names_;  ///< guarded by names_mutex_
};

/// The tree that a head names.
[[nodiscard]] std::shared_ptr<const filetable::PageTree> tree_of(
    const trust::TableRef& table, const std::shared_ptr<LocalObjects>& objects);

}  // namespace larder::native
