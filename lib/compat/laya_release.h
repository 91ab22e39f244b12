// LayaRelease: one version of a LayaDCC tree, as the corridor sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/release.h"
#include "compat/lower_names.h"
#include "filetable/laya_table.h"
#include "filetable/name_list.h"

namespace larder::compat {

/// The four characters that mark LayaDCC claims, see ObjectKey.
inline constexpr char kLayaListed[5] = "LAYA";     ///< path id + content checksum
inline constexpr char kLayaVersioned[5] = "LAYV";  ///< path id + hash of the request's version

/// What every release of one origin has in common.
struct LayaTraits {
  std::uint64_t scope = 0;         ///< separates origins in a shared store
  std::string version_key;         ///< LayaOptions::version_key
  bool ignore_case = false;        ///< Options::ignore_case; as far as names are known
  bool hand_out_damaged = false;   ///< LayaOptions::hand_out_damaged
  std::shared_ptr<Origin> origin;  ///< null for a stand-alone package
  std::shared_ptr<const MountPoint> mount_point;  ///< may be null
  std::vector<std::shared_ptr<LocalSource>> bundles;
};

/// Threads: any. Names are added once, when somebody lists.
class LayaRelease final : public Release {
 public:
  /// A release with a table.
  LayaRelease(LayaTraits traits, std::string id, filetable::LayaTable table);
  /// Development mode: the origin has no table, everything is fetched each time.
  explicit LayaRelease(LayaTraits traits);

  [[nodiscard]] Result<Entry> resolve(const PathRequest& request,
                                      Entry* page = nullptr) const noexcept override;
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view directory,
                                                 Entry* page = nullptr) const override;
  [[nodiscard]] Result<bool> is_directory(std::string_view path,
                                          Entry* page = nullptr) const noexcept override;
  [[nodiscard]] Result<std::vector<std::string>> names_like(
      std::string_view path, Entry* page = nullptr) const noexcept override;
  [[nodiscard]] std::string id() const override { return id_; }
  [[nodiscard]] std::uint64_t file_count() const noexcept override;
  [[nodiscard]] std::span<LocalSource* const> bundles() const noexcept override { return lent_; }
  [[nodiscard]] Origin* origin() const noexcept override { return traits_.origin.get(); }
  [[nodiscard]] bool hands_out_damaged() const noexcept override {
    return traits_.hand_out_damaged;
  }
  [[nodiscard]] const MountPoint* mount_point() const noexcept override {
    return traits_.mount_point.get();
  }

  [[nodiscard]] bool has_table() const noexcept { return table_.has_value(); }
  [[nodiscard]] bool has_names() const noexcept;
  /// Adds the names if they belong to this table: every name is listed and every row has a name.
  /// False otherwise, and if it has names already. Const: a release says the same before and after,
  /// only more of it.
  bool add_names(filetable::NameList names) const;

 private:
  struct Row {
    std::uint32_t path_id;
    std::uint32_t checksum;
  };
  [[nodiscard]] std::optional<Row> find(std::string_view path) const noexcept;
  [[nodiscard]] Entry versioned(const PathRequest& request,
                                std::string_view version) const noexcept;
  [[nodiscard]] Entry listed(std::string_view path, Row row) const noexcept;
  /// The names that differ from `path` in letter case only.
  [[nodiscard]] std::span<const LowerNames::Name> like(std::string_view path) const;
  /// The entry of the one name that differs from `path` in letter case only.
  [[nodiscard]] Result<Entry> find_like(std::string_view path) const;
  [[nodiscard]] std::shared_ptr<const filetable::NameList> names() const noexcept;

  LayaTraits traits_;
  std::string id_;
  std::optional<filetable::LayaTable> table_;
  std::vector<LocalSource*> lent_;
  mutable std::mutex names_mutex_;
  mutable std::shared_ptr<const filetable::NameList> names_;  ///< guarded by names_mutex_
  /// Of names_, which it views. Where case matters, empty. Guarded by names_mutex_ until names_ is
  /// set, then constant.
  mutable LowerNames lower_names_;
};

/// Path id and checksum of a listed LayaDCC entry; empty for any other entry.
struct LayaClaim {
  std::uint32_t path_id;
  std::uint32_t checksum;
};
[[nodiscard]] std::optional<LayaClaim> laya_claim_of(const Entry& entry) noexcept;

}  // namespace larder::compat
