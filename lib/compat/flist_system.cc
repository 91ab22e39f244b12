#include <utility>

#include "compat/list_system.h"
#include "digest/hex.h"
#include "lists/flist.h"
#include "net/url.h"

namespace larder::compat {
namespace {

constexpr std::size_t kMd5Digits = 32;

class FlistSystem final : public ListSystem {
 public:
  FlistSystem(const ListOptions& options, ReadFilter filter)
      : ListSystem(std::move(filter)), platform_(options.platform), is_update_(options.is_update) {}

  [[nodiscard]] const char* name() const noexcept override { return "flist"; }
  [[nodiscard]] const char* list_file() const noexcept override { return "flist"; }
  [[nodiscard]] const char* version_file() const noexcept override { return "version"; }
  [[nodiscard]] bool version_may_be_apart() const noexcept override { return true; }

  [[nodiscard]] bool is_update(std::string_view held, std::string_view offered) const override {
    return is_update_ ? is_update_(held, offered) : held != offered;
  }

  [[nodiscard]] std::string listed_name(std::string_view /*path*/) const override { return {}; }
  [[nodiscard]] std::string name_on_disk(std::string_view path) const override {
    return std::string(path);
  }

  [[nodiscard]] Checksum checksum_of(std::string_view tag) const noexcept override {
    Checksum checksum{Checksum::Kind::flist_md5, {}};
    if (tag.size() != kMd5Digits || !digest::from_hex(tag, std::span(checksum.bytes).first(16)))
      return {};
    return checksum;
  }

  [[nodiscard]] ClaimFormat& claim_format() const noexcept override {
    static constexpr char kFormat[5] = "FLST";
    return kFormat;
  }

  [[nodiscard]] std::string target_of(std::string_view path, std::string_view) const override {
    return net::percent_encode_path(path, net::Percent::encode);
  }

 private:
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

  // Another version is an update, also an older one: that is how these launchers go back.
  const Platform platform_;
  const std::function<bool(std::string_view, std::string_view)> is_update_;
};

}  // namespace

std::unique_ptr<ListSystem> make_flist_system(const ListOptions& options, ReadFilter filter) {
  return std::make_unique<FlistSystem>(options, std::move(filter));
}

}  // namespace larder::compat
