// LayaClient: keeps a LayaDCC release up to date. See docs/laya.md for the protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <larder/options.h>
#include <larder/result.h>

#include "base/client.h"
#include "base/log.h"
#include "compat/documents.h"
#include "compat/laya_bundle.h"
#include "compat/laya_origin.h"
#include "compat/laya_release.h"
#include "compat/table_state.h"
#include "net/sites.h"
#include "net/transport.h"

namespace larder::compat {

struct LayaClientOptions {
  std::string base_url;              ///< ends in `/`; empty: a stand-alone package
  std::vector<std::string> mirrors;  ///< further bases with the same content
  net::Sites* sites = nullptr;       ///< of all of them; outlives the client
  std::string app_url;  ///< for the name of a bundle's cache directory; usually the base
  bool offline = false;
  bool ignore_case = false;  ///< Options::ignore_case
  std::vector<std::string> bundles;
  std::string state_directory;  ///< empty: nothing is remembered
  std::uint64_t max_file_bytes = 0;
  LayaOptions laya;
  std::shared_ptr<const MountPoint> mount_point;  ///< may be null
  Prepare prepare;                                ///< may be empty
  Log log;
};

/// Threads: as Client.
class LayaClient final : public Client {
 public:
  /// errc::bad_bundle when a bundle cannot be read.
  static Result<std::unique_ptr<LayaClient>> create(LayaClientOptions options,
                                                    net::Transport& transport);

  /// What can be served without the network: the remembered table, or the bundle's if the app was
  /// reinstalled or nothing is remembered. Null if nothing is known.
  std::shared_ptr<const Release> start() override;
  Result<std::shared_ptr<const Release>> refresh(std::chrono::milliseconds timeout) override;

  /// Adds names to the current release: from the state directory or a bundle, and, if `may_fetch`,
  /// from the origin. Each place is asked once for a release. errc::unsupported if nobody has them.
  Result<void> load_names(bool may_fetch) override;
  void stop() noexcept override { documents_.stop(); }

  [[nodiscard]] std::shared_ptr<const LayaRelease> current() const;
  [[nodiscard]] ReleaseInfo info() const override;
  [[nodiscard]] std::string server_id() const override;
  [[nodiscard]] std::uint64_t table_bytes() const noexcept override { return documents_.bytes(); }
  [[nodiscard]] std::uint64_t table_requests() const noexcept override {
    return documents_.requests();
  }

 private:
  struct NewTable {
    std::string bytes;
    std::string etag;
    filetable::LayaTable table;
  };

  LayaClient(LayaClientOptions options, net::Transport& transport);

  [[nodiscard]] bool online() const noexcept {
    return !options_.base_url.empty() && !options_.offline;
  }
  [[nodiscard]] LayaTraits traits() const;
  [[nodiscard]] Result<filetable::LayaTable> parse(std::string_view bytes,
                                                   const std::string& whence);
  /// `update/<name>?<query>`.
  [[nodiscard]] FetchedDocument fetch(const std::string& name, const std::string& query,
                                      std::uint64_t limit, bool past_caches,
                                      const std::string& etag = {});
  Result<std::string> fetch_id();
  Result<NewTable> fetch_table(const std::string& id);
  /// From the first base that has it under that id.
  Result<NewTable> fetch_table_as(const std::string& name, const std::string& id, bool past_caches);
  Result<NewTable> check_table(FetchedDocument fetched, const std::string& id);
  /// The origin has no id: development mode, or an accident.
  Result<std::shared_ptr<const Release>> without_id();
  /// The id did not change; the table behind it may have.
  Result<std::shared_ptr<const Release>> revalidate();
  Result<std::shared_ptr<const Release>> adopt(const std::string& id, NewTable fetched);
  [[nodiscard]] bool add_local_names(const LayaRelease& release);
  void set_current(std::shared_ptr<const LayaRelease> release);

  LayaClientOptions options_;
  net::Transport& transport_;
  TableState state_;
  std::vector<std::shared_ptr<LayaBundle>> bundles_;
  std::shared_ptr<LayaOrigin> origin_;

  std::mutex work_mutex_;           ///< one refresh or load at a time
  TableState::Current remembered_;  ///< guarded by work_mutex_
  /// Releases whose names were already looked for here or at the origin. Guarded by work_mutex_.
  std::weak_ptr<const LayaRelease> names_sought_locally_;
  std::weak_ptr<const LayaRelease> names_sought_at_origin_;
  Documents documents_;  ///< asked with work_mutex_ held

  mutable std::mutex mutex_;
  std::shared_ptr<const LayaRelease> current_;  ///< guarded by mutex_
  std::string server_id_;                       ///< guarded by mutex_
};

}  // namespace larder::compat
