// The bootstrap group: what a program is made of is here before a newer release may replace the one
// in use.
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "larder/vfs_impl.h"
#include "larder/walk_names.h"
#include "vfs/glob.h"

namespace larder {

Result<Vfs::Impl::BootstrapGroup> Vfs::Impl::bootstrap_of(
    const Mount& mount, const std::shared_ptr<const Release>& release,
    Clock::time_point deadline) const {
  // Not through the client, which may be waiting for this.
  const ListNames list = [&](const std::string& directory) {
    return with_pages(release, deadline,
                      [&](Entry* page) { return release->list(directory, page); });
  };
  BootstrapGroup group;
  for (const std::string& glob : mount.options().bootstrap) {
    if (!vfs::is_glob(glob)) {
      group[glob];
      continue;
    }
    const auto walked =
        walk_names(std::string(vfs::directory_of_glob(glob)), list, [&](std::string path) {
          if (vfs::glob_matches(glob, path)) group[std::move(path)];
        });
    if (walked.error() == errc::unsupported)
      log_.error("bootstrap: " + glob + " is a glob, and this origin has no names: give paths");
    if (!walked && walked.error() != errc::not_listed) return walked.error();
  }
  for (auto& [path, entry] : group) {
    vfs::PathBuffer buffer;
    const auto request = mount.rules().parse(path, buffer);
    if (!request) return request.error();
    const auto found = with_pages(release, deadline,
                                  [&](Entry* page) { return release->resolve(*request, page); });
    if (!found && found.error() != errc::not_listed) return found.error();
    if (found && found->is_file()) entry = std::make_unique<OwnedEntry>(*found);
  }
  return group;
}

Result<void> Vfs::Impl::fetch_bootstrap(const Mount& mount,
                                        const std::shared_ptr<const Release>& release,
                                        Clock::time_point deadline) const {
  const auto group = bootstrap_of(mount, release, deadline);
  if (!group) return group.error();
  std::vector<Entry> missing;
  for (const auto& [path, entry] : *group) {
    if (!entry) {
      log_.warning("bootstrap: " + mount.prefix() + path + " is not listed in " + release->id());
      continue;
    }
    const auto located = corridor_->locate(*release, **entry);
    if (!located && located.error() != errc::would_fetch) return located.error();
    if (!located) missing.push_back(**entry);
  }
  const auto fetched = fetch_all(release, missing, deadline, [](const Entry&, const Blob&) {});
  if (!fetched)
    log_.warning(
        "version " + release->id() +
        " is not taken over: its bootstrap group cannot be had: " + fetched.error().message());
  return fetched;
}

std::vector<std::string> Vfs::Impl::changed_bootstrap(
    const Mount& mount, const std::shared_ptr<const Release>& before,
    const std::shared_ptr<const Release>& after) const {
  if (mount.options().bootstrap.empty()) return {};
  const auto now = bootstrap_of(mount, after, kForever);
  if (!now) return {};  // it was there a moment ago
  auto known = bootstrap_of(mount, before, kForever);
  const BootstrapGroup then = known ? std::move(*known) : BootstrapGroup();
  const auto key_in = [](const BootstrapGroup& group, const std::string& path) {
    const auto file = group.find(path);
    return file == group.end() || !file->second ? ObjectKey() : (*file->second)->key;
  };
  std::set<std::string> paths;
  for (const BootstrapGroup* group : {&then, &*now})
    for (const auto& [path, entry] : *group) paths.insert(path);
  std::vector<std::string> changed;
  for (const std::string& path : paths)
    if (key_in(then, path) != key_in(*now, path)) changed.push_back(mount.prefix() + path);
  return changed;
}

}  // namespace larder
