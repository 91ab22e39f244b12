// Whatever the bytes: files with places below the list, or a refusal with a reason.
#include <cstdint>
#include <string>

#include "base/content_path.h"
#include "fuzz/require.h"
#include "lists/cache_list.h"

using namespace larder::lists;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string why;
  const auto files = parse_cache_list(text, {}, &why);
  require(files.has_value() == why.empty());
  if (!files) return 0;
  for (const CachedFile& file : *files) {
    const std::string place = place_in_cache(file.file);
    require(place.empty() || larder::content_path_problem(place) == nullptr);
  }
  return 0;
}
