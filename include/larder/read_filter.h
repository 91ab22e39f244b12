// Read filters: what an application makes of content after it was verified, before it is used.
//
//   options.read_filter = larder::xxtea_filter({.key = "my key"});
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/result.h>

namespace larder {

/// Gets verified content with the path that was asked for, and returns what is handed out instead,
/// or `content` itself. Called at each read, on any thread but those that read sockets; must not
/// throw or call back into the Vfs.
using ReadFilter = std::function<Result<Blob>(std::string_view path, Blob content)>;

/// How content was hidden with XXTEA, as quick-cocos2d-x and Cocos Creator do.
struct XxteaOptions {
  std::string key;             ///< 16 bytes of it count
  std::string sign = "XXTEA";  ///< what hidden content begins with; other content is left as it is
  /// Paths that end so have no sign. Their content may be gzip inside.
  std::vector<std::string> raw_suffixes = {".jsc"};
};

/// Undoes XXTEA. errc::damaged where that is impossible: another key, most likely. This hides
/// content from the curious; it protects nothing, since the key is in the app.
[[nodiscard]] ReadFilter xxtea_filter(XxteaOptions options);

}  // namespace larder
