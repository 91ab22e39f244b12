// LayaBundle: a LayaDCC cache directory shipped with the app, as a source that lends.
#pragma once

#include <memory>
#include <string>

#include "base/release.h"
#include "bundle/laya_directory.h"
#include "filetable/laya_table.h"

namespace larder::compat {

/// Lends a file when the bundle's own table and the asked-for entry agree on its checksum.
class LayaBundle final : public LocalSource {
 public:
  LayaBundle(std::unique_ptr<bundle::LayaDirectory> directory, filetable::LayaTable table)
      : directory_(std::move(directory)), table_(std::move(table)) {}

  /// errc::bad_bundle, and a sentence in `why`.
  static Result<std::shared_ptr<LayaBundle>> open(const std::string& path,
                                                  std::string_view host_path, std::string* why);

  Result<Blob> lend(const Entry& entry) noexcept override;
  [[nodiscard]] bool holds(const Entry& entry) const noexcept override;
  [[nodiscard]] std::optional<std::uint64_t> size_of(const Entry& entry) const noexcept override;

  [[nodiscard]] const bundle::LayaDirectory& directory() const noexcept { return *directory_; }
  /// The embedded id of the table, or else the directory's id.
  [[nodiscard]] const std::string& id() const noexcept { return directory_->id(); }

 private:
  std::unique_ptr<bundle::LayaDirectory> directory_;
  filetable::LayaTable table_;
};

}  // namespace larder::compat
