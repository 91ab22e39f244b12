// Release: one immutable version of a content tree, as the corridor sees it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <larder/blob.h>
#include <larder/result.h>

#include "base/entry.h"
#include "base/mount_point.h"
#include "base/origin.h"
#include "base/request.h"

namespace larder {

/// Content shipped with the app: a source that LENDS.
/// Threads: any; no call blocks on the network.
class LocalSource {
 public:
  virtual ~LocalSource() = default;
  /// The bytes of `entry`, verified at least once in this process. condition::absent if this source
  /// does not hold them, errc::damaged if it holds others than it claims.
  virtual Result<Blob> lend(const Entry& entry) noexcept = 0;
  /// As lend(), without reading content: would it?
  [[nodiscard]] virtual bool holds(const Entry& entry) const noexcept = 0;
  /// The size in bytes of what it would lend, without reading it; empty if nothing.
  [[nodiscard]] virtual std::optional<std::uint64_t> size_of(const Entry& entry) const noexcept = 0;
};

/// One name below a listed directory.
struct Listed {
  std::string name;  ///< one path component
  bool is_directory = false;
};

/// path → entry, for one version of a tree. Immutable and shared by any number of readers.
class Release {
 public:
  virtual ~Release() = default;

  /// What is to be done for `request`. The entry's `home` views what `request` views, or this
  /// release. Neither allocates nor blocks once the pages of the table that it needs are here; but
  /// where case is ignored, names that are not listed exactly do. errc::not_listed when nothing can
  /// be done, errc::ambiguous as names_like() tells.
  ///
  /// errc::would_fetch, here and below: a page of the table is not local. It is told in `page`, if
  /// that is given: fetch it like content, keep() it, and ask again.
  [[nodiscard]] virtual Result<Entry> resolve(const PathRequest& request,
                                              Entry* page = nullptr) const noexcept = 0;

  /// Names directly below `directory` ("" is the root), in byte order.
  /// errc::unsupported when the release has no names, errc::not_listed for an unknown directory.
  [[nodiscard]] virtual Result<std::vector<Listed>> list(std::string_view directory,
                                                         Entry* page = nullptr) const = 0;
  /// Whether `path` is a directory of this release, as far as its names are known.
  [[nodiscard]] virtual Result<bool> is_directory(std::string_view path,
                                                  Entry* page = nullptr) const noexcept = 0;

  /// Where case is ignored: the listed paths from which `path`, which is not listed, differs in
  /// letter case only, in byte order. errc::not_listed if there are none.
  [[nodiscard]] virtual Result<std::vector<std::string>> names_like(
      std::string_view /*path*/, Entry* /*page*/ = nullptr) const noexcept {
    return errc::not_listed;
  }

  /// Whether `path`, which is not listed, must not be looked for anywhere else either: a tombstone.
  /// As far as pages are local.
  [[nodiscard]] virtual bool hides(std::string_view /*path*/) const noexcept { return false; }

  /// Pages that are not local and that hold, or lead to, names that begin with `prefix`. They may
  /// lead to further ones.
  [[nodiscard]] virtual std::vector<Entry> missing_pages(std::string_view /*prefix*/) const {
    return {};
  }
  /// Takes a page that was fetched. Const: a release says the same before and after, only sooner.
  virtual void keep(const Entry& /*page*/, const Blob& /*bytes*/) const noexcept {}

  /// An object from which many contents can be made at once, with others that are local: fetch it
  /// like content, then unpack() it. Empty if there is none, or something that it needs is missing.
  [[nodiscard]] virtual std::optional<Entry> joint() const noexcept { return std::nullopt; }
  /// What the download of `entry` transfers if it is one of those contents; 0 if it is not.
  [[nodiscard]] virtual std::uint64_t bytes_apart(const Entry& /*entry*/) const noexcept {
    return 0;
  }
  /// Makes and stores them. What that fails for is fetched as ever. Takes as long as it takes.
  virtual void unpack(const Blob& /*joint*/) const noexcept {}

  /// How this version is called, for people.
  [[nodiscard]] virtual std::string id() const = 0;
  /// Number of files in the table; 0 in development mode.
  [[nodiscard]] virtual std::uint64_t file_count() const noexcept = 0;

  /// Sources that ship with the app, best first. May be empty.
  [[nodiscard]] virtual std::span<LocalSource* const> bundles() const noexcept = 0;
  /// Where missing bytes come from; null when there is no origin (a stand-alone package).
  [[nodiscard]] virtual Origin* origin() const noexcept = 0;
  /// Content that fails its checksum may be handed out, once and unstored, when all else failed.
  [[nodiscard]] virtual bool hands_out_damaged() const noexcept { return false; }

  /// Where this shows in a Vfs. Null: wherever its paths say.
  [[nodiscard]] virtual const MountPoint* mount_point() const noexcept { return nullptr; }
  /// The path of an entry of this, for people.
  [[nodiscard]] std::string full_path(const Entry& entry) const {
    return mount_point() ? mount_point()->path_of(entry) : std::string(entry.home);
  }
};

}  // namespace larder
