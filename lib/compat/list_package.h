// ListPackage: a directory shipped with the app that has a list of its files, as a source that
// lends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/release.h"
#include "bundle/open_files.h"
#include "compat/list_system.h"

namespace larder::compat {

/// Lends a file when the package's own list and the asked-for entry agree on its tag and size.
/// The directory must not change while it is open.
class ListPackage final : public LocalSource {
 public:
  /// errc::bad_bundle, and a sentence in `why`.
  static Result<std::shared_ptr<ListPackage>> open(const std::string& directory,
                                                   std::shared_ptr<const ListSystem> system,
                                                   std::string* why);

  Result<Blob> lend(const Entry& entry) noexcept override;
  [[nodiscard]] bool holds(const Entry& entry) const noexcept override;
  [[nodiscard]] std::optional<std::uint64_t> size_of(const Entry& entry) const noexcept override;

  [[nodiscard]] const Listing& listing() const noexcept { return listing_; }
  [[nodiscard]] const std::string& list_text() const noexcept { return text_; }
  /// Tells packages apart.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }

 private:
  ListPackage() = default;
  /// Index of the file that `entry` means; empty if the package has no such file, or another one.
  [[nodiscard]] std::optional<std::uint32_t> find(const Entry& entry) const;
  [[nodiscard]] std::string place_of(std::uint32_t file) const;

  std::shared_ptr<const ListSystem> system_;
  std::string directory_;
  std::string text_;
  std::string id_;
  Listing listing_;
  bundle::OpenFiles open_files_;
};

}  // namespace larder::compat
