// What a Vfs shows where, and how that changes: mounts, and newer releases of them.
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "larder/vfs_impl.h"

namespace larder {
namespace {

std::vector<Layer> layers_of(const View& view) {
  std::vector<Layer> layers;
  for (const View::Place& place : view.places())
    layers.insert(layers.end(), place.layers.begin(), place.layers.end());
  return layers;
}

/// Empty, or with a slash at its end. errc::bad_path.
Result<std::string> normalised_prefix(std::string_view prefix) {
  vfs::PathBuffer buffer;
  const auto directory = vfs::PathRules::parse_directory(prefix, buffer);
  if (!directory) return directory.error();
  return directory->empty() ? std::string() : std::string(*directory) + "/";
}

}  // namespace

Result<void> Vfs::Impl::mount(std::string_view prefix, MountOptions options) {
  const auto where = normalised_prefix(prefix);
  if (!where) return where.error();
  options.laya.translations.clear();  // the root's were applied
  auto mount = Mount::open(*where, std::move(options), mount_services());
  if (!mount) return mount.error();
  auto release = (*mount)->first_release();
  if (!release) return release.error();
  std::lock_guard lock(view_mutex_);
  view_.replace(view_.share()->with({std::move(*mount), std::move(*release)}));
  return {};
}

Result<void> Vfs::Impl::unmount(std::string_view prefix) {
  const auto where = normalised_prefix(prefix);
  if (!where) return where.error();
  std::shared_ptr<Mount> mount;
  {
    std::lock_guard lock(view_mutex_);
    const auto view = view_.share();
    for (const View::Place& place : view->places())
      if (place.prefix == *where) mount = place.layers.front().mount;
    if (!mount || mount == root_) return errc::invalid_argument;
    view_.replace(view->without(*mount));
  }
  mount->client().stop();
  counters_.add(fetch::Figure::index_bytes, mount->client().table_bytes());
  counters_.add(fetch::Figure::index_requests, mount->client().table_requests());
  return {};
}

std::vector<MountInfo> Vfs::Impl::mounts() const {
  std::vector<MountInfo> all;
  for (const Layer& layer : layers_of(*view_.share()))
    all.push_back(
        {layer.mount->prefix(), layer.mount->options().origin, layer.mount->client().info()});
  return all;
}

Result<Refreshed> Vfs::Impl::refresh() {
  std::lock_guard lock(refresh_mutex_);
  struct Asked {
    std::shared_ptr<Mount> mount;
    std::future<Result<std::shared_ptr<const Release>>> newer;
  };
  std::vector<Asked> asked;
  for (const Layer& layer : layers_of(*view_.share()))
    if (layer.mount->may_ask()) asked.push_back({layer.mount, {}});
  if (asked.empty()) return errc::offline;
  for (std::size_t i = 0; i < asked.size(); ++i)  // the last one on this thread
    asked[i].newer = std::async(i + 1 < asked.size() ? std::launch::async : std::launch::deferred,
                                [mount = asked[i].mount] { return mount->refresh(); });

  Refreshed refreshed;
  std::vector<Layer> newer;
  for (auto one = asked.rbegin(); one != asked.rend(); ++one) {
    auto release = one->newer.get();
    if (!release)
      refreshed.failures.insert(refreshed.failures.begin(),
                                {one->mount->prefix(), release.error()});
    else if (*release)
      newer.push_back({one->mount, std::move(*release)});
  }
  if (!newer.empty()) {
    const auto before = layers_of(*view_.share());
    {
      std::lock_guard changing(view_mutex_);
      view_.replace(view_.share()->with_releases(newer));
    }
    refreshed.restart_with = tell_restart(before, newer);
  }
  if (refreshed.failures.size() == asked.size()) return refreshed.failures.front().error;
  refreshed.changed = !newer.empty();
  const ReleaseInfo info = root_->client().info();
  refreshed.id = info.id;
  refreshed.files = info.files;
  refreshed.held_back = info.held_back;
  refreshed.stale = info.stale;
  return refreshed;
}

std::vector<std::string> Vfs::Impl::tell_restart(const std::vector<Layer>& before,
                                                 const std::vector<Layer>& newer) {
  std::vector<std::string> paths;
  for (const Layer& now : newer)
    for (const Layer& then : before)
      if (now.mount == then.mount)
        for (std::string& path : changed_bootstrap(*now.mount, then.release, now.release))
          paths.push_back(std::move(path));
  if (!paths.empty() && options_.on_restart)  // which may run when this Vfs is gone
    call([tell = options_.on_restart, paths] { tell(paths); });
  return paths;
}

std::string Vfs::Impl::server_id_of(const Release& release) const {
  if (release.mount_point() == &root_->point()) return root_->client().server_id();
  if (const auto view = view_.share())
    for (const Layer& layer : layers_of(*view))
      if (&layer.mount->point() == release.mount_point()) return layer.mount->client().server_id();
  return {};
}

void Vfs::Impl::stop_clients() noexcept {
  if (root_) root_->client().stop();
  if (const auto view = view_.share())
    for (const View::Place& place : view->places())
      for (const Layer& layer : place.layers) layer.mount->client().stop();
}

}  // namespace larder
