#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include <larder/read_filter.h>

#include "base/heap_blob.h"
#include "codec/gzip.h"
#include "codec/xxtea.h"

namespace larder {
namespace {

/// Of what a gzip file holds.
constexpr std::size_t kMostUnpacked = std::size_t{1} << 30;

class XxteaFilter {
 public:
  explicit XxteaFilter(XxteaOptions options) : options_(std::move(options)), key_(options_.key) {}

  [[nodiscard]] Result<Blob> apply(std::string_view path, Blob content) const {
    const auto ends_path = [&](const std::string& suffix) { return path.ends_with(suffix); };
    const bool raw =
        std::any_of(options_.raw_suffixes.begin(), options_.raw_suffixes.end(), ends_path);
    if (!raw && !codec::is_xxtea_envelope(content.bytes(), options_.sign)) return content;
    auto plain = raw ? codec::xxtea_decrypt(content.bytes(), key_)
                     : codec::xxtea_open(content.bytes(), key_, options_.sign);
    if (plain && raw && codec::is_gzip(*plain)) plain = codec::gunzip(*plain, kMostUnpacked);
    if (!plain) return plain.error();
    return make_heap_blob(std::move(*plain), content.source());
  }

 private:
  const XxteaOptions options_;
  const codec::XxteaKey key_;
};

}  // namespace

ReadFilter xxtea_filter(XxteaOptions options) {
  return [filter = std::make_shared<const XxteaFilter>(std::move(options))](
             std::string_view path, Blob content) -> Result<Blob> {
    try {
      return filter->apply(path, std::move(content));
    } catch (const std::exception&) {
      return std::make_error_code(std::errc::not_enough_memory);
    }
  };
}

}  // namespace larder
