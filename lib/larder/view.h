// View: what all mounts of a Vfs show at one moment.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "base/release.h"
#include "larder/mount_impl.h"
#include "vfs/path_rules.h"

namespace larder {

/// One mount and its release.
struct Layer {
  std::shared_ptr<Mount> mount;
  std::shared_ptr<const Release> release;
};

/// Immutable; reads that take time keep the one they began with. Threads: any.
class View {
 public:
  /// The mounts of one prefix, in the order in which they are asked.
  struct Place {
    std::string prefix;  ///< empty, or ends in `/`
    std::vector<Layer> layers;
  };

  /// `root`: what the Vfs was opened with.
  explicit View(Layer root);

  /// This and one more mount, above those of its prefix.
  [[nodiscard]] std::shared_ptr<const View> with(Layer layer) const;
  /// This without one mount.
  [[nodiscard]] std::shared_ptr<const View> without(const Mount& mount) const;
  /// This with other releases, by mount; of mounts that are not here nothing is taken.
  [[nodiscard]] std::shared_ptr<const View> with_releases(const std::vector<Layer>& newer) const;

  /// What the Vfs was opened with.
  [[nodiscard]] const Layer& root() const noexcept { return places_.back().layers.back(); }
  /// Longer prefixes first; the last one is the root.
  [[nodiscard]] const std::vector<Place>& places() const noexcept { return places_; }

  /// What is to be done for a request that the root's rules took apart, and which layer says so.
  /// `buffer` is the request's; the entry may view it. As Release::resolve() otherwise: a page that
  /// is missing is one of that layer's.
  [[nodiscard]] Result<Entry> resolve(const PathRequest& request, vfs::PathBuffer& buffer,
                                      const Layer*& layer, Entry* page = nullptr) const noexcept {
    if (!only_) return search(request, buffer, layer, page);
    layer = only_;
    return ask(*only_, request, buffer, page);
  }

  /// The place that has the names below a normalised directory; `directory` is made relative to it.
  [[nodiscard]] const Place& place_below(std::string_view& directory) const noexcept;
  /// The names below a normalised directory that lead to mounts. Ascending, distinct.
  [[nodiscard]] std::vector<std::string_view> mounts_below(std::string_view directory) const;

 private:
  View() = default;
  void finish();
  /// What one layer says of a request whose path is relative to it.
  static Result<Entry> ask(const Layer& layer, const PathRequest& request, vfs::PathBuffer& buffer,
                           Entry* page) noexcept {
    const vfs::PathRules& rules = layer.mount->rules();
    if (!rules.lowers_case() || request.kind != PathRequest::Kind::content)
      return layer.release->resolve(request, page);
    return ask_in_lower_case(layer, request, buffer, page);
  }
  static Result<Entry> ask_in_lower_case(const Layer& layer, const PathRequest& request,
                                         vfs::PathBuffer& buffer, Entry* page) noexcept;
  Result<Entry> search(const PathRequest& request, vfs::PathBuffer& buffer, const Layer*& layer,
                       Entry* page) const noexcept;
  static Result<Entry> search_layers(const std::vector<Layer>& layers, const PathRequest& request,
                                     vfs::PathBuffer& buffer, const Layer*& layer,
                                     Entry* page) noexcept;
  /// The mount below whose base a URL is; null if there is none. `request` is what it means there.
  const Layer* mount_of_url(PathRequest& request, vfs::PathBuffer& buffer) const noexcept;

  std::vector<Place> places_;
  const Layer* only_ = nullptr;  ///< the root, if nothing else is mounted
};

}  // namespace larder
