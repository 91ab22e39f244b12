#include <utility>

#include "compat/list_system.h"
#include "lists/cocos_manifest.h"
#include "lists/list_writer.h"
#include "net/url.h"

namespace larder::compat {
namespace {

class CocosSystem final : public ListSystem {
 public:
  CocosSystem(const ListOptions& options, ReadFilter filter)
      : ListSystem(options, std::move(filter)) {}

  [[nodiscard]] const char* name() const noexcept override { return "cocos"; }
  [[nodiscard]] const char* list_file() const noexcept override { return "project.manifest"; }
  [[nodiscard]] const char* version_file() const noexcept override { return "version.manifest"; }
  [[nodiscard]] bool version_may_be_apart() const noexcept override { return false; }

  [[nodiscard]] std::string listed_name(std::string_view path) const override {
    std::string listed = lists::encode_uri(path);
    return listed == path ? std::string() : listed;
  }

  [[nodiscard]] std::string name_on_disk(std::string_view path) const override {
    return net::percent_decode(path).value_or(std::string(path));
  }

  [[nodiscard]] ClaimFormat& claim_format() const noexcept override {
    static constexpr char kFormat[5] = "COCO";
    return kFormat;
  }

  // Keys are encoded already, but for what encodeURI() leaves although it means something.
  [[nodiscard]] std::string target_of(std::string_view path, std::string_view tag) const override {
    std::string target = net::percent_encode_path(path, net::Percent::keep);
    if (!tag.empty()) target += "?md5=" + net::percent_encode_path(tag, net::Percent::encode);
    return target;
  }

 private:
  [[nodiscard]] bool is_wanted_after(std::string_view held,
                                     std::string_view offered) const override {
    return lists::compare_cocos_versions(offered, held) > 0;
  }
  [[nodiscard]] Checksum::Kind checksum_kind() const noexcept override {
    return Checksum::Kind::cocos_md5;
  }
  [[nodiscard]] Result<Listing> parse_plain(std::string_view text,
                                            std::string* why) const override {
    auto manifest = lists::parse_cocos_manifest(text, {}, why);
    if (!manifest) return manifest.error();
    if (!manifest->has_assets) {
      if (why) *why = "a manifest without assets lists nothing";
      return errc::bad_table;
    }
    Listing listing;
    listing.version.version = std::move(manifest->version);
    listing.package_url = std::move(manifest->package_url);
    listing.search_paths = std::move(manifest->search_paths);
    listing.files = std::move(manifest->assets);
    return listing;
  }

  [[nodiscard]] Result<ListVersion> parse_plain_version(std::string_view text,
                                                        std::string* why) const override {
    auto manifest = lists::parse_cocos_manifest(text, {}, why);
    if (!manifest) return manifest.error();
    return ListVersion{std::move(manifest->version), {}};
  }
};

}  // namespace

std::unique_ptr<ListSystem> make_cocos_system(const ListOptions& options, ReadFilter filter) {
  return std::make_unique<CocosSystem>(options, std::move(filter));
}

}  // namespace larder::compat
