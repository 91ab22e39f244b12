// Mount: what is per origin: its names' place, its rules, and the client that keeps its release.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <larder/mount.h>
#include <larder/result.h>

#include "base/client.h"
#include "base/log.h"
#include "base/mount_point.h"
#include "net/sites.h"
#include "net/transport.h"
#include "store/store.h"
#include "vfs/path_rules.h"

namespace larder {

class Mount;

/// What all mounts of a Vfs share. The pointers outlive every mount that is in use.
struct MountServices {
  store::Store* store = nullptr;  ///< null: nothing is kept
  net::Transport* transport = nullptr;
  net::Sites* sites = nullptr;
  const Options* options = nullptr;  ///< of the Vfs
  FetchEntry fetch;
  FetchPages fetch_pages;
  /// As Prepare, of the bootstrap group of that mount. Empty: nothing could be kept.
  std::function<Result<void>(const Mount& mount, const std::shared_ptr<const Release>& release,
                             std::chrono::steady_clock::time_point deadline)>
      prepare;
  Log log;
};

/// The options of what a Vfs is opened with, as those of a mount.
[[nodiscard]] MountOptions mount_options_of(const Options& options);

/// Threads: any.
class Mount {
 public:
  /// Reads the bundles, and may ask the origin for its layout. `prefix`: empty, or ends in `/`.
  /// Errors as of Vfs::open(), details to the log.
  static Result<std::shared_ptr<Mount>> open(const std::string& prefix, MountOptions options,
                                             MountServices services);

  Mount(const std::string& prefix, MountOptions options, MountServices services);
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  [[nodiscard]] const std::string& prefix() const noexcept { return point_->prefix(); }
  [[nodiscard]] const MountPoint& point() const noexcept { return *point_; }
  [[nodiscard]] const MountOptions& options() const noexcept { return options_; }
  [[nodiscard]] const vfs::PathRules& rules() const noexcept { return rules_; }
  [[nodiscard]] Client& client() const noexcept { return *client_; }
  /// There is an origin, and it may be asked.
  [[nodiscard]] bool may_ask() const noexcept;

  /// The release to begin with: what is known locally, or, by policy, what the origin has. Once.
  Result<std::shared_ptr<const Release>> first_release();
  /// A newer release, or null. Errors as of Client::refresh(); one at a time.
  Result<std::shared_ptr<const Release>> refresh();

 private:
  [[nodiscard]] Result<void> prepare();
  Result<void> open_client(Layout layout);
  Result<void> open_laya_client();
  Result<void> open_native_client();
  Result<void> open_list_client(Layout layout);
  /// How the origin is laid out, as far as that can be told without a table of LayaDCC's. May ask
  /// it.
  [[nodiscard]] Layout find_layout();
  /// Layout::cocos or flist if a bundle or what is remembered says so, else Layout::laya.
  [[nodiscard]] Layout known_list_layout() const;
  /// Layout::cocos or flist if the origin has such a list, else Layout::laya. Asks it.
  [[nodiscard]] Layout layout_by_list();
  /// Whether the origin has a file of that name, of any size. Asks it.
  [[nodiscard]] bool has_file(const std::string& name);
  /// What is known locally, or, by policy, what the origin has.
  Result<std::shared_ptr<const Release>> begin();
  /// Whether the origin is to be taken for a native one. May ask it.
  [[nodiscard]] bool is_native();
  /// Whether the origin has a head where native origins have one. Asks it.
  [[nodiscard]] bool has_head();
  /// Whether `release` is only a guess about an origin that needs keys. May ask the origin; says
  /// so.
  [[nodiscard]] bool is_native_without_trust(const Release& release);
  /// Has the names of `release`, the client's newest, loaded if `ignore_case` needs them; says so
  /// if they are not to be had.
  void load_names_for_case(const Release& release);
  /// Empty without a bootstrap group.
  [[nodiscard]] Prepare before_taking_over() const;
  [[nodiscard]] std::string state_directory(std::string_view layout) const;
  /// The base URL that `origin` means; says what is wrong with it.
  [[nodiscard]] Result<std::string> base_url_of(const std::string& origin) const;

  const MountOptions options_;
  const MountServices services_;
  const std::shared_ptr<const MountPoint> point_;
  const Log log_;
  std::string base_url_;                  ///< set once by open(), as all below
  std::vector<std::string> mirror_urls_;  ///< as the base URL
  vfs::PathRules rules_;
  std::unique_ptr<Client> client_;
};

}  // namespace larder
