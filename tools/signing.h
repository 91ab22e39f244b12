// Keys on the command line: read, with pass phrases, and written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/content_key.h>
#include <CLI/App.hpp>

#include "trust/key.h"
#include "trust/time_text.h"

namespace larder::tool {

/// `--passphrase-file F`, or else the environment's LARDER_PASSPHRASE.
class Passphrase {
 public:
  void add_to(CLI::App& app);
  /// The pass phrase; empty if none was given. Nothing if the file cannot be read or is empty,
  /// which was said on stderr.
  [[nodiscard]] std::optional<std::string> read(std::string_view command) const;

 private:
  std::string file_;
};

/// Reads private keys. Nothing if one cannot be read, which was said on stderr.
[[nodiscard]] std::optional<std::vector<trust::PrivateKey>> read_private_keys(
    std::string_view command, const std::vector<std::string>& files, const Passphrase& passphrase);

/// The key in a file that `larder keygen --content` wrote. Nothing if there is none, which was said
/// on stderr.
[[nodiscard]] std::optional<ContentKey> read_content_key(std::string_view command,
                                                         const std::string& file);

/// A file of at most 64 KiB that holds a key or a document of trust; says on stderr if there is
/// none.
[[nodiscard]] std::optional<std::string> read_small_file(std::string_view command,
                                                         const std::string& file);

/// Public keys: each word a file or 64 hex digits. Nothing if one is neither, which was said.
[[nodiscard]] std::optional<std::vector<trust::PublicKey>> read_public_keys(
    std::string_view command, const std::vector<std::string>& words);

/// "never", "90d", "36h", "2027-01-31", "2027-01-31T12:00:00Z". Outer empty: none of these.
[[nodiscard]] std::optional<std::optional<trust::Time>> parse_expiry(std::string_view text,
                                                                     trust::Time now);

}  // namespace larder::tool
