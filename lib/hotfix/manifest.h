// Manifests: what a patch set consists of, and who says so. The format is in FORMAT.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

namespace larder::hotfix {

struct Manifest {
  struct File {
    std::string path;
    std::string sha256;
  };
  struct Target {
    std::string name;
    std::string signature_hash;
  };
  std::string app;
  std::string id;
  std::uint64_t sequence = 0;
  std::uint64_t first_build = 0;
  std::uint64_t last_build = 0;
  bool kill = false;  ///< takes the set back; has no scripts
  std::vector<File> scripts;
  std::vector<Target> points;
};

[[nodiscard]] std::string write_manifest(const Manifest& manifest);
/// errc::bad_manifest; `why` says what is wrong.
[[nodiscard]] Result<Manifest> read_manifest(std::string_view text, std::string& why);

/// The file that is published: the manifest's text and its signature. Error: errc::bad_key.
[[nodiscard]] Result<std::string> seal(const std::string& manifest, const std::string& private_key);
/// The text of the manifest in a file, if one of the keys signed it. Errors: errc::bad_manifest,
/// errc::bad_signature, errc::bad_key.
[[nodiscard]] Result<std::string> open_seal(std::string_view file,
                                            const std::vector<std::string>& public_keys);

}  // namespace larder::hotfix
