// A tree of files such as games have.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "scratch.h"

namespace larder::bench {

/// A tree in a temporary directory, made once and removed at the end.
class AssetTree {
 public:
  /// Every `text_every`th file is a text, the others are noise, as if they were compressed.
  explicit AssetTree(const std::vector<std::uint64_t>& sizes, std::size_t text_every = 0,
                     const std::filesystem::path& parent = std::filesystem::temp_directory_path())
      : scratch_(parent) {
    std::mt19937_64 random(1);
    std::string noise(1 << 20, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    std::string text;
    while (text.size() < noise.size())
      text += "{\"id\": " + std::to_string(random() % 1000000) +
              ", \"kind\": \"enemy\", \"x\": " + std::to_string(random() % 4096) + "},\n";
    for (std::size_t i = 0; i < sizes.size(); ++i)
      write(i, sizes[i], text_every != 0 && i % text_every == 0 ? text : noise);
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  void write(std::size_t number, std::uint64_t size, const std::string& content) {
    constexpr std::size_t kFilesPerFolder = 100;
    const std::filesystem::path folder =
        path_ / ("folder" + std::to_string(number / kFilesPerFolder));
    std::filesystem::create_directories(folder);
    std::ofstream file(folder / ("asset" + std::to_string(number) + ".png"), std::ios::binary);
    file << number;  // no two files are equal
    for (std::uint64_t left = size; left > 0;) {
      const auto part = std::min<std::uint64_t>(left, content.size());
      file.write(content.data(), static_cast<std::streamsize>(part));
      left -= part;
    }
    bytes_ += size + std::to_string(number).size();
    if (!file.flush()) give_up("cannot write the tree; is the disk full?");
  }

  const Scratch scratch_;
  const std::filesystem::path path_ = scratch_.path();
  std::uint64_t bytes_ = 0;
};

/// 16,000 files, 180 MB, sizes spread as those of games' assets are.
inline std::vector<std::uint64_t> asset_sizes() {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> size(std::log(3000.0), 1.62);
  std::vector<std::uint64_t> sizes(16'000);
  for (auto& bytes : sizes) bytes = static_cast<std::uint64_t>(std::min(size(random), 4e6));
  return sizes;
}

}  // namespace larder::bench
