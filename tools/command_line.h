// Command lines: parsed the same way, with the same exit statuses, by every command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/vfs.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "command.h"

namespace larder::tool {

/// Parses `arguments`. Empty: go on. Otherwise the exit status: help was printed (kDone), or an
/// error that says what is wrong with the command line (kWrongUsage).
std::optional<int> parse(CLI::App& app, std::string_view command, Arguments arguments);

/// A size in bytes as the user writes it: "1048576", "64MiB". Empty if it is none.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
/// Replaces each `-` by the lines of stdin.
void replace_dash_by_stdin(std::vector<std::string>& paths);

/// The options of commands that open a Vfs.
class VfsArguments {
 public:
  /// `command` must be a literal.
  explicit VfsArguments(std::string_view command) : command_(command) {}
  VfsArguments(const VfsArguments&) = delete;
  VfsArguments& operator=(const VfsArguments&) = delete;

  /// `this` must live until `app` has parsed.
  void add_to(CLI::App& app);

  /// Whether there is something to read from and the options make sense; if not, says so on stderr.
  [[nodiscard]] bool check();

  /// Opens the Vfs; if that fails, says why on stderr. The Vfs must not outlive `this`.
  [[nodiscard]] std::optional<Vfs> open() const;

  /// The user wants to see what happens.
  [[nodiscard]] bool verbose() const noexcept { return verbose_; }
  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  struct MountArgument {
    std::string prefix;
    std::string origin;
    std::vector<std::string> trust_files;  ///< of its own; none: as the root
    TrustOptions trust;                    ///< once check() has read them
  };
  /// Takes `PREFIX=WHAT` apart. False, and an error on stderr, if it is none.
  bool split(std::string_view option, const std::string& text, std::string& prefix,
             std::string& what) const;
  bool check_mounts();

  std::string_view command_;
  Options options_;
  std::string quota_;
  std::vector<std::string> trust_files_;
  std::vector<std::string> content_key_files_;
  std::vector<std::string> mount_texts_;
  std::vector<std::string> mount_trust_texts_;
  std::vector<MountArgument> mounts_;  ///< once check() has read them
  double refresh_timeout_seconds_ = 5;
  bool verbose_ = false;
};

}  // namespace larder::tool
