// ListRelease: one version of a tree that a list describes, as the corridor sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/release.h"
#include "compat/list_archives.h"
#include "compat/list_origin.h"
#include "compat/list_package.h"
#include "compat/list_system.h"
#include "compat/lower_names.h"

namespace larder::compat {

/// What every release of one origin has in common.
struct ListTraits {
  std::shared_ptr<const ListSystem> system;
  std::uint64_t scope = 0;                        ///< separates origins in a shared store
  bool ignore_case = false;                       ///< Options::ignore_case
  bool package_shows_through = false;             ///< ListOptions::package_shows_through
  bool search_paths = true;                       ///< ListOptions::search_paths
  std::shared_ptr<const MountPoint> mount_point;  ///< may be null
  Log log;
  std::vector<std::shared_ptr<ListPackage>> packages;
};

/// Threads: any.
class ListRelease final : public Release {
 public:
  /// Null `origin`: a stand-alone package.
  ListRelease(ListTraits traits, Listing listing, std::unique_ptr<ListOrigin> origin);

  [[nodiscard]] Result<Entry> resolve(const PathRequest& request,
                                      Entry* page = nullptr) const noexcept override;
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view directory,
                                                 Entry* page = nullptr) const override;
  [[nodiscard]] Result<bool> is_directory(std::string_view path,
                                          Entry* page = nullptr) const noexcept override;
  [[nodiscard]] Result<std::vector<std::string>> names_like(
      std::string_view path, Entry* page = nullptr) const noexcept override;
  [[nodiscard]] std::vector<Entry> missing_pages(std::string_view prefix) const override;
  void keep(const Entry& page, const Blob& bytes) const noexcept override;
  [[nodiscard]] std::string id() const override { return listing_.version.version; }
  [[nodiscard]] std::uint64_t file_count() const noexcept override { return listing_.files.size(); }
  [[nodiscard]] std::span<LocalSource* const> bundles() const noexcept override { return lent_; }
  [[nodiscard]] Origin* origin() const noexcept override { return origin_.get(); }

  [[nodiscard]] const MountPoint* mount_point() const noexcept override {
    return traits_.mount_point.get();
  }

  [[nodiscard]] const Listing& listing() const noexcept { return listing_; }

 private:
  [[nodiscard]] Entry entry_of(const lists::ListedFile& file) const noexcept;
  /// What the application means: found in the search paths, or as it stands.
  [[nodiscard]] Result<Entry> search(std::string_view path, Entry* page) const;
  [[nodiscard]] Result<Entry> find(std::string_view path, Entry* page) const;
  /// What `ask(missing)` of archives_ answers; the archive that it needs is told in `page`.
  template <class Ask>
  [[nodiscard]] auto ask_archives(Entry* page, const Ask& ask) const;

  const ListTraits traits_;
  const Listing listing_;
  ListArchives archives_;
  const std::unique_ptr<ListOrigin> origin_;
  std::vector<LocalSource*> lent_;
  std::vector<std::string> search_directories_;  ///< in their order; empty, or ends in `/`
  LowerNames lower_names_;                       ///< empty where case matters
};

}  // namespace larder::compat
