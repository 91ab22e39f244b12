#include <utility>

#include "compat/list_system.h"
#include "lists/flist.h"
#include "net/url.h"

namespace larder::compat {
namespace {

class FlistSystem final : public ListSystem {
 public:
  FlistSystem(const ListOptions& options, ReadFilter filter)
      : ListSystem(options, std::move(filter)), platform_(options.platform) {}

  [[nodiscard]] const char* name() const noexcept override { return "flist"; }
  [[nodiscard]] const char* list_file() const noexcept override { return "flist"; }
  [[nodiscard]] const char* version_file() const noexcept override { return "version"; }
  [[nodiscard]] bool version_may_be_apart() const noexcept override { return true; }

  [[nodiscard]] std::string listed_name(std::string_view /*path*/) const override { return {}; }
  [[nodiscard]] std::string name_on_disk(std::string_view path) const override {
    return std::string(path);
  }

  [[nodiscard]] ClaimFormat& claim_format() const noexcept override {
    static constexpr char kFormat[5] = "FLST";
    return kFormat;
  }

  [[nodiscard]] std::string target_of(std::string_view path, std::string_view) const override {
    return net::percent_encode_path(path, net::Percent::encode);
  }

 private:
  // Also an older one: that is how these launchers go back.
  [[nodiscard]] bool is_wanted_after(std::string_view held,
                                     std::string_view offered) const override {
    return held != offered;
  }
  [[nodiscard]] Checksum::Kind checksum_kind() const noexcept override {
    return Checksum::Kind::flist_md5;
  }
  [[nodiscard]] Result<Listing> parse_plain(std::string_view text,
                                            std::string* why) const override {
    auto flist = lists::parse_flist(text, {}, why);
    if (!flist) return flist.error();
    Listing listing;
    listing.version.version = std::move(flist->version).value_or("");
    listing.version.app_version = flist->app_version;
    listing.files = std::move(flist->files);
    return listing;
  }

  [[nodiscard]] Result<ListVersion> parse_plain_version(std::string_view text,
                                                        std::string* why) const override {
    auto version = lists::parse_flist_version(text, {}, why);
    if (!version) return version.error();
    if (platform_ == Platform::ios)
      return ListVersion{version->ios_version, version->ios_app_version};
    return ListVersion{version->android_version, version->android_app_version};
  }

  const Platform platform_;
};

}  // namespace

std::unique_ptr<ListSystem> make_flist_system(const ListOptions& options, ReadFilter filter) {
  return std::make_unique<FlistSystem>(options, std::move(filter));
}

}  // namespace larder::compat
