// Whatever the bytes: a manifest with a list that can be searched, or a refusal with a reason.
#include <cstdint>
#include <string>

#include "fuzz/require_list.h"
#include "lists/cocos_manifest.h"

using namespace larder::lists;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string why;
  const auto manifest = parse_cocos_manifest(text, {}, &why);
  require(manifest.has_value() == why.empty());
  if (!manifest) return 0;
  require_list(manifest->assets);
  require(manifest->package_url.empty() || manifest->package_url.ends_with('/'));
  require(compare_cocos_versions(manifest->version, manifest->version) == 0);
  const int order = compare_cocos_versions(manifest->version, manifest->engine_version);
  const int other = compare_cocos_versions(manifest->engine_version, manifest->version);
  require((order < 0) == (other > 0) && (order == 0) == (other == 0));
  return 0;
}
