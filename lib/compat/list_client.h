// ListClient: keeps a release that a list describes up to date. See docs/lists.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <larder/options.h>
#include <larder/result.h>

#include "base/client.h"
#include "base/log.h"
#include "compat/documents.h"
#include "compat/list_package.h"
#include "compat/list_release.h"
#include "compat/list_system.h"
#include "compat/table_state.h"
#include "net/sites.h"
#include "net/transport.h"

namespace larder::compat {

struct ListClientOptions {
  std::shared_ptr<const ListSystem> system;
  std::string base_url;              ///< ends in `/`; empty: a stand-alone package
  std::vector<std::string> mirrors;  ///< further bases with the same content
  net::Sites* sites = nullptr;       ///< of all of them; outlives the client
  bool offline = false;
  bool ignore_case = false;           ///< Options::ignore_case
  std::vector<std::string> packages;  ///< directories
  std::string state_directory;        ///< empty: nothing is remembered
  std::uint64_t max_file_bytes = 0;
  ListOptions lists;
  std::shared_ptr<const MountPoint> mount_point;  ///< may be null
  Prepare prepare;                                ///< may be empty
  Log log;
};

/// Threads: as Client.
class ListClient final : public Client {
 public:
  /// errc::bad_bundle when a package cannot be read.
  static Result<std::unique_ptr<ListClient>> create(ListClientOptions options,
                                                    net::Transport& transport);

  /// What can be served without the network: the remembered list, or the package's if that is newer
  /// or the remembered one is for another app. Null if nothing is known.
  std::shared_ptr<const Release> start() override;
  Result<std::shared_ptr<const Release>> refresh(std::chrono::milliseconds timeout) override;
  /// A list has all names.
  Result<void> load_names(bool /*may_fetch*/) override { return {}; }
  void stop() noexcept override { documents_.stop(); }

  [[nodiscard]] ReleaseInfo info() const override;
  [[nodiscard]] std::string server_id() const override;
  [[nodiscard]] std::uint64_t table_bytes() const noexcept override { return documents_.bytes(); }
  [[nodiscard]] std::uint64_t table_requests() const noexcept override {
    return documents_.requests();
  }

 private:
  using MaybeRelease = Result<std::shared_ptr<const Release>>;
  struct NewList {
    std::string text;
    std::string etag;
    Listing listing;
  };

  ListClient(ListClientOptions options, net::Transport& transport);

  [[nodiscard]] bool online() const noexcept {
    return !options_.base_url.empty() && !options_.offline;
  }
  [[nodiscard]] std::shared_ptr<const ListRelease> current() const;
  [[nodiscard]] const ListPackage* package() const noexcept {
    return packages_.empty() ? nullptr : packages_.front().get();
  }
  /// Of the app that this is, where that is known.
  [[nodiscard]] std::optional<std::int64_t> app_version() const noexcept;
  /// Whether the package is to be preferred to the remembered list.
  [[nodiscard]] bool package_wins(const Listing& remembered) const;
  /// Whether a version is for a newer app than this; says so.
  [[nodiscard]] bool needs_newer_app(const ListVersion& version);
  /// Whether who has the current release, if there is one, takes over `offered`.
  [[nodiscard]] Result<bool> is_wanted(const ListVersion& offered);

  /// The origin's version file; nothing if it has none.
  Result<std::optional<ListVersion>> fetch_version();
  /// The origin's list. With `announced`, of that version. Empty if it is the one that is held.
  Result<std::optional<NewList>> fetch_list(const std::optional<ListVersion>& announced);
  Result<std::optional<NewList>> check_list(FetchedDocument fetched,
                                            const std::optional<ListVersion>& announced);
  [[nodiscard]] Result<Listing> parse(std::string_view text, const std::string& whence) const;
  MaybeRelease adopt(NewList list);

  /// The bases for the files of a list that says `package_url`.
  [[nodiscard]] std::vector<std::string> content_bases(const std::string& package_url) const;
  [[nodiscard]] std::shared_ptr<const ListRelease> make_release(Listing listing);
  std::shared_ptr<const Release> set_current(std::shared_ptr<const ListRelease> release);

  ListClientOptions options_;
  net::Transport& transport_;
  TableState state_;
  std::vector<std::shared_ptr<ListPackage>> packages_;

  std::mutex work_mutex_;           ///< one refresh at a time
  TableState::Current remembered_;  ///< guarded by work_mutex_
  Documents documents_;             ///< asked with work_mutex_ held

  mutable std::mutex mutex_;
  std::shared_ptr<const ListRelease> current_;  ///< guarded by mutex_
  std::string server_version_;                  ///< guarded by mutex_
  bool held_back_ = false;                      ///< guarded by mutex_
};

}  // namespace larder::compat
