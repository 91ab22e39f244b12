// LayaContents: a LayaDCC cache directory as a bundle of a native origin.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/release.h"
#include "bundle/laya_directory.h"

namespace larder::native {

/// The directory's own table says too little to believe it, so it is not read: a file is what an
/// entry asks for if it lies under the path id of the entry's path and has the entry's digest. Each
/// file is hashed at its first use in the process, also by holds(). Threads: any.
class LayaContents final : public LocalSource {
 public:
  explicit LayaContents(std::unique_ptr<bundle::LayaDirectory> directory)
      : directory_(std::move(directory)) {}
  /// As bundle::LayaDirectory::open().
  static Result<std::shared_ptr<LayaContents>> open(const std::string& path,
                                                    std::string_view host_path, std::string* why);

  Result<Blob> lend(const Entry& entry) noexcept override;
  [[nodiscard]] bool holds(const Entry& entry) const noexcept override;
  [[nodiscard]] std::optional<std::uint64_t> size_of(const Entry& entry) const noexcept override;

 private:
  struct Known {
    Digest digest;
    Blob bytes;  ///< empty: given back, the file is opened anew
    bool is_open = false;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::uint32_t, Known> files;  ///< by path id
    std::size_t open_files = 0;
  };
  static constexpr std::size_t kShards = 16;
  /// Mappings are a limited resource of the process.
  static constexpr std::size_t kOpenFilesPerShard = 512;

  [[nodiscard]] std::optional<std::uint32_t> file_for(std::string_view path) const noexcept;
  Result<Blob> find(const Entry& entry) const;

  const std::unique_ptr<bundle::LayaDirectory> directory_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace larder::native
