// Writers of Cocos manifests and flists: the same bytes as the scripts of those engines. See
// FORMAT.md.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lists/cocos_manifest.h"
#include "lists/file_list.h"
#include "lists/flist.h"

namespace larder::lists {

/// ECMAScript's encodeURI: what is no letter, digit or one of `;/?:@&=+$,#-_.!~*'()` becomes
/// percent and two upper-case digits. `text` must be UTF-8.
[[nodiscard]] std::string encode_uri(std::string_view text);

/// project.manifest with the URLs and the version of `manifest`, and the assets in their order;
/// paths are encoded here. All sizes must be known.
[[nodiscard]] std::string write_project_manifest(const CocosManifest& manifest,
                                                 std::span<const ListedFile> assets);
/// version.manifest: the same without the assets.
[[nodiscard]] std::string write_version_manifest(const CocosManifest& manifest);

/// Dialect A if `flist` has an app_version and a version, else B. All sizes must be known.
[[nodiscard]] std::string write_flist(const Flist& flist);
/// `version` of dialect B.
[[nodiscard]] std::string write_flist_version(const FlistVersion& version);

}  // namespace larder::lists
