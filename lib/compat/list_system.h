// ListSystem: what is peculiar to one hot-update system that publishes a list of files.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/options.h>
#include <larder/result.h>

#include "base/digest.h"
#include "lists/file_list.h"

namespace larder::compat {

/// What an origin, or a package, says of its newest version without naming files.
struct ListVersion {
  std::string version;
  std::optional<std::int64_t> app_version;  ///< of the app that it is for
};

/// One version of a tree.
struct Listing {
  ListVersion version;
  std::string package_url;  ///< where its files are, ends in `/`; empty: where the list is
  std::vector<std::string> search_paths;
  lists::FileList files;
};

using ClaimFormat = const char[5];

/// Threads: any; nothing here waits or changes.
class ListSystem {
 public:
  /// `filter` may be empty.
  ListSystem(const ListOptions& options, ReadFilter filter)
      : is_update_(options.is_update), filter_(std::move(filter)) {}
  virtual ~ListSystem() = default;

  /// For directories and messages: "cocos".
  [[nodiscard]] virtual const char* name() const noexcept = 0;
  /// The file below an origin's base that lists everything.
  [[nodiscard]] virtual const char* list_file() const noexcept = 0;
  /// The small file that is asked first. Origins may do without.
  [[nodiscard]] virtual const char* version_file() const noexcept = 0;
  /// What comes of the text behind the filter. errc::bad_table, errc::too_large, and a sentence in
  /// `why`.
  [[nodiscard]] Result<Listing> parse(std::string_view text, std::string* why) const;
  [[nodiscard]] Result<ListVersion> parse_version(std::string_view text, std::string* why) const;
  /// Whether a list may leave it to the version file which version it is.
  [[nodiscard]] virtual bool version_may_be_apart() const noexcept = 0;
  /// Whether who has `held` wants `offered`: by the caller's rule, or else the system's.
  [[nodiscard]] bool is_update(std::string_view held, std::string_view offered) const;
  /// The path under which the list may have what an application calls `path`; empty if that is the
  /// same.
  [[nodiscard]] virtual std::string listed_name(std::string_view path) const = 0;
  /// The name of the file in a package on disk that is listed as `path`.
  [[nodiscard]] virtual std::string name_on_disk(std::string_view path) const = 0;

  /// What a tag promises; Kind::none if it is opaque.
  [[nodiscard]] Checksum checksum_of(std::string_view tag) const noexcept;
  /// The four characters that mark claims of content with such a checksum, see ObjectKey.
  [[nodiscard]] virtual ClaimFormat& claim_format() const noexcept = 0;
  /// Where a file is: below the base, percent-encoded, with its query.
  [[nodiscard]] virtual std::string target_of(std::string_view path,
                                              std::string_view tag) const = 0;

 private:
  [[nodiscard]] virtual bool is_wanted_after(std::string_view held,
                                             std::string_view offered) const = 0;
  /// Of tags that are MD5s.
  [[nodiscard]] virtual Checksum::Kind checksum_kind() const noexcept = 0;
  [[nodiscard]] virtual Result<Listing> parse_plain(std::string_view text,
                                                    std::string* why) const = 0;
  [[nodiscard]] virtual Result<ListVersion> parse_plain_version(std::string_view text,
                                                                std::string* why) const = 0;
  /// Lists may be hidden as the content is.
  [[nodiscard]] Result<Blob> unhidden(const char* file, std::string_view text,
                                      std::string* why) const;

  const std::function<bool(std::string_view, std::string_view)> is_update_;
  const ReadFilter filter_;
};

/// Cocos Creator's hot update: version.manifest, project.manifest.
[[nodiscard]] std::unique_ptr<ListSystem> make_cocos_system(const ListOptions& options,
                                                            ReadFilter filter);
/// quick-cocos2d-x's launchers: flist, and version in dialect B.
[[nodiscard]] std::unique_ptr<ListSystem> make_flist_system(const ListOptions& options,
                                                            ReadFilter filter);

}  // namespace larder::compat
