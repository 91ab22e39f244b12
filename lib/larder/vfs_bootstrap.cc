// The bootstrap group: what a program is made of is here before a newer release may replace the one
// in use.
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "larder/vfs_impl.h"
#include "vfs/glob.h"

namespace larder {
namespace {

std::string joined(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

using ListNames = std::function<Result<std::vector<Listed>>(const std::string& directory)>;

/// Has `each` called with the path of every file below `directory`.
Result<void> walk_names(const std::string& directory, const ListNames& list,
                        const std::function<void(std::string)>& each) {
  const auto listed = list(directory);
  if (!listed) return listed.error();
  for (const Listed& one : *listed) {
    std::string path = joined(directory, one.name);
    if (!one.is_directory)
      each(std::move(path));
    else if (auto walked = walk_names(path, list, each); !walked)
      return walked;
  }
  return {};
}

}  // namespace

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
  auto then = bootstrap_of(mount, before, kForever);
  std::vector<std::string> changed;
  if (!now) return changed;  // it was there a moment ago
  const auto tell = [&](const std::string& path) { changed.push_back(mount.prefix() + path); };
  for (const auto& [path, entry] : *now) {
    const auto old = then ? then->find(path) : BootstrapGroup::iterator();
    const OwnedEntry* was = then && old != then->end() ? old->second.get() : nullptr;
    if ((was == nullptr) != (entry == nullptr) || (was && (*was)->key != (*entry)->key)) tell(path);
  }
  if (then)
    for (const auto& [path, entry] : *then)
      if (entry && !now->contains(path)) tell(path);
  std::sort(changed.begin(), changed.end());
  return changed;
}

}  // namespace larder
