// Names: what lies below a directory, in all layers that have some of it.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "larder/vfs_impl.h"
#include "larder/walk_names.h"
#include "vfs/glob.h"

namespace larder {
namespace {

/// A file comes before a directory of the same name.
struct InOrder {
  bool operator()(const Listed& a, const Listed& b) const {
    return a.name != b.name ? a.name < b.name : a.is_directory < b.is_directory;
  }
};

}  // namespace

Result<std::vector<DirectoryEntry>> Vfs::Impl::list(std::string_view directory,
                                                    const ViewPtr& held) {
  vfs::PathBuffer buffer;
  const auto path = vfs::PathRules::parse_directory(directory, buffer);
  if (!path) return path.error();
  auto listed = held ? names_below(*held, *path)
                     : with_names([&](const View& view) { return names_below(view, *path); });
  if (!listed) return listed.error();
  std::vector<DirectoryEntry> entries;
  entries.reserve(listed->size());
  for (Listed& one : *listed) entries.push_back({std::move(one.name), one.is_directory});
  return entries;
}

Result<std::vector<Listed>> Vfs::Impl::names_in(const Layer& layer,
                                                std::string_view directory) const {
  vfs::PathBuffer buffer;
  const auto path = layer.mount->rules().as_listed(directory, buffer);
  if (!path) return path.error();
  const auto ask = [&] {
    return with_pages(layer.release, kForever,
                      [&](Entry* page) { return layer.release->list(*path, page); });
  };
  auto listed = ask();
  if (listed.error() != errc::unsupported) return listed;
  if (const auto loaded = layer.mount->client().load_names(true); !loaded) return loaded.error();
  return ask();
}

Result<std::vector<Listed>> Vfs::Impl::names_below(const View& view,
                                                   std::string_view directory) const {
  std::string_view below = directory;
  const View::Place& place = view.place_below(below);
  const auto mounts = view.mounts_below(directory);
  if (place.layers.size() == 1 && mounts.empty()) return names_in(place.layers.front(), below);

  std::set<Listed, InOrder> names;
  for (const std::string_view mount : mounts) names.insert({std::string(mount), true});
  std::error_code unknown;
  bool known = false;
  for (auto layer = place.layers.begin(); layer != place.layers.end(); ++layer) {
    auto listed = names_in(*layer, below);
    if (listed.error() == errc::unsupported || listed.error() == errc::not_found) {
      unknown = listed.error();  // another layer may have names
      continue;
    }
    if (!listed && listed.error() != errc::not_listed) return listed.error();
    if (!listed) continue;
    known = true;
    for (Listed& one : *listed) {
      const std::string path = joined(below, one.name);
      bool hidden = false;
      for (auto above = place.layers.begin(); above != layer && !one.is_directory; ++above)
        hidden = hidden || above->release->hides(path);
      if (!hidden) names.insert(std::move(one));
    }
  }
  if (!known && unknown) return unknown;
  if (!known && mounts.empty()) return errc::not_listed;
  return std::vector<Listed>(names.begin(), names.end());
}

Result<bool> Vfs::Impl::is_directory(const View& view, std::string_view path,
                                     vfs::PathBuffer& buffer) const {
  std::string_view below = path;
  const View::Place& place = view.place_below(below);
  if (below.empty() || !view.mounts_below(path).empty()) return true;  // a mount, or on the way
  for (const Layer& layer : place.layers) {
    const auto listed = layer.mount->rules().as_listed(below, buffer);
    if (!listed) return listed.error();
    // Names that are known locally tell directories; they are looked for once.
    static_cast<void>(layer.mount->client().load_names(false));
    const auto answer = with_pages(layer.release, kForever, [&](Entry* page) {
      return layer.release->is_directory(*listed, page);
    });
    if (!answer || *answer) return answer;
  }
  return false;
}

Result<std::vector<std::string>> Vfs::Impl::paths_of(std::string_view glob) {
  if (glob.starts_with('/')) glob.remove_prefix(1);
  const std::string directory(vfs::directory_of_glob(glob));
  std::vector<std::string> paths;
  const auto walked = with_names([&](const View& view) -> Result<void> {
    paths.clear();
    if (const auto fetched = fetch_pages_below(view, directory); !fetched) return fetched;
    const auto list = [&](const std::string& below) { return names_below(view, below); };
    return walk_names(directory, list, [&](std::string path) {
      if (vfs::glob_matches(glob, path)) paths.push_back(std::move(path));
    });
  });
  // A directory that is not there has nothing in it.
  if (!walked && walked.error() != errc::not_listed) return walked.error();
  return paths;
}

std::string Vfs::Impl::names_like(const View& view, const PathRequest& request,
                                  vfs::PathBuffer& buffer) const {
  const Layer* layer = nullptr;
  if (view.resolve(request, buffer, layer).error() != errc::ambiguous) return {};
  const std::string& prefix = layer->mount->prefix();
  const auto path = layer->mount->rules().as_listed(request.path.substr(prefix.size()), buffer);
  if (!path) return {};
  const auto names = with_pages(layer->release, kForever, [&](Entry* page) {
    return layer->release->names_like(*path, page);
  });
  std::string text;
  for (std::size_t i = 0; names && i < names->size(); ++i)
    text += (i == 0 ? ": " : ", ") + prefix + (*names)[i];
  return text;
}

}  // namespace larder
