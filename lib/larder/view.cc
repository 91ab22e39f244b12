#include "larder/view.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace larder {
namespace {

/// What a directory's names begin with.
std::string with_slash(std::string_view directory) {
  return directory.empty() ? std::string() : std::string(directory) + "/";
}

}  // namespace

View::View(Layer root) {
  places_.push_back({"", {std::move(root)}});
  finish();
}

void View::finish() {
  only_ = places_.size() == 1 && places_.front().layers.size() == 1
              ? &places_.front().layers.front()
              : nullptr;
}

std::shared_ptr<const View> View::with(Layer layer) const {
  const std::shared_ptr<View> view(new View);
  view->places_ = places_;
  const std::string& prefix = layer.mount->prefix();
  auto place = std::find_if(view->places_.begin(), view->places_.end(),
                            [&](const Place& one) { return one.prefix.size() <= prefix.size(); });
  while (place->prefix.size() == prefix.size() && place->prefix != prefix) ++place;
  if (place->prefix != prefix) place = view->places_.insert(place, {prefix, {}});
  place->layers.insert(place->layers.begin(), std::move(layer));
  view->finish();
  return view;
}

std::shared_ptr<const View> View::without(const Mount& mount) const {
  const std::shared_ptr<View> view(new View);
  for (const Place& place : places_) {
    Place rest{place.prefix, {}};
    for (const Layer& layer : place.layers)
      if (layer.mount.get() != &mount) rest.layers.push_back(layer);
    if (!rest.layers.empty()) view->places_.push_back(std::move(rest));
  }
  view->finish();
  return view;
}

std::shared_ptr<const View> View::with_releases(const std::vector<Layer>& newer) const {
  const std::shared_ptr<View> view(new View);
  view->places_ = places_;
  for (Place& place : view->places_)
    for (Layer& layer : place.layers)
      for (const Layer& other : newer)
        if (layer.mount == other.mount) layer.release = other.release;
  view->finish();
  return view;
}

Result<Entry> View::ask_in_lower_case(const Layer& layer, const PathRequest& request,
                                      vfs::PathBuffer& buffer, Entry* page) noexcept {
  const auto path = layer.mount->rules().as_listed(request.path, buffer);
  if (!path) return path.error();
  PathRequest listed = request;
  listed.path = *path;
  return layer.release->resolve(listed, page);
}

Result<Entry> View::search(const PathRequest& request, vfs::PathBuffer& buffer, const Layer*& layer,
                           Entry* page) const noexcept {
  PathRequest below = request;
  if (request.kind != PathRequest::Kind::content) {
    if (const Layer* mount = mount_of_url(below, buffer)) {
      layer = mount;
      return ask(*mount, below, buffer, page);
    }
    return search_layers(places_.back().layers, request, buffer, layer, page);
  }
  const auto place = std::find_if(places_.begin(), places_.end(), [&](const Place& one) {
    return one.prefix.size() < request.path.size() && request.path.starts_with(one.prefix);
  });
  below.path.remove_prefix(place->prefix.size());  // the root's place takes every path
  return search_layers(place->layers, below, buffer, layer, page);
}

Result<Entry> View::search_layers(const std::vector<Layer>& layers, const PathRequest& request,
                                  vfs::PathBuffer& buffer, const Layer*& layer,
                                  Entry* page) noexcept {
  const Layer* fetching = nullptr;  // would fetch what nobody lists
  std::optional<Entry> unlisted;
  for (const Layer& one : layers) {
    layer = &one;
    auto entry = ask(one, request, buffer, page);
    if (!entry && entry.error() != errc::not_listed) return entry;
    if (entry && entry->route != Route::transient && entry->route != Route::live) return entry;
    if (entry && !fetching) {
      fetching = &one;
      unlisted = *entry;
    }
    if (entry || layers.size() == 1) continue;
    const auto path = one.mount->rules().as_listed(request.path, buffer);
    if (path && one.release->hides(*path)) break;
  }
  if (!fetching) return errc::not_listed;
  layer = fetching;
  return *unlisted;
}

const Layer* View::mount_of_url(PathRequest& request, vfs::PathBuffer& buffer) const noexcept {
  for (const Place& place : places_)
    for (const Layer& layer : place.layers) {
      if (&layer == &root()) continue;  // its rules were applied
      const auto meant = layer.mount->rules().take_apart(request.path, buffer);
      if (!meant || meant->kind != PathRequest::Kind::content) continue;
      request = *meant;
      return &layer;
    }
  return nullptr;
}

const View::Place& View::place_below(std::string_view& directory) const noexcept {
  for (const Place& place : places_) {
    if (place.prefix.empty()) break;
    const std::string_view name(place.prefix.data(), place.prefix.size() - 1);
    if (directory != name && !directory.starts_with(place.prefix)) continue;
    directory.remove_prefix(std::min(directory.size(), place.prefix.size()));
    return place;
  }
  return places_.back();
}

std::vector<std::string_view> View::mounts_below(std::string_view directory) const {
  const std::string start = with_slash(directory);
  std::vector<std::string_view> names;
  for (const Place& place : places_) {
    std::string_view rest = place.prefix;
    if (!rest.starts_with(start) || rest.size() == start.size()) continue;
    rest.remove_prefix(start.size());
    names.push_back(rest.substr(0, rest.find('/')));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace larder
