#include "command_line.h"

#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "event_lines.h"
#include "output.h"
#include "signing.h"
#include "simulate/quota.h"

namespace larder::tool {

std::optional<int> parse(CLI::App& app, std::string_view command, Arguments arguments) {
  app.name("larder " + std::string(command));
  // CLI11 takes the words last first.
  std::vector<std::string> words(arguments.rbegin(), arguments.rend());
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    print_line(app.help());
    return kDone;
  } catch (const CLI::ParseError& error) {
    print_error(command, error.what(), "see `larder " + std::string(command) + " --help`");
    return kWrongUsage;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto quota = simulate::parse_quota(text);
  if (!quota || quota->share) return std::nullopt;
  return quota->bytes;
}

void replace_dash_by_stdin(std::vector<std::string>& paths) {
  std::vector<std::string> all;
  for (std::string& path : paths) {
    if (path != "-") {
      all.push_back(std::move(path));
      continue;
    }
    for (std::string line; std::getline(std::cin, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (!line.empty()) all.push_back(line);
    }
  }
  paths = std::move(all);
}

void VfsArguments::add_to(CLI::App& app) {
  static const std::map<std::string, Layout> kLayouts = {{"auto", Layout::automatic},
                                                         {"laya", Layout::laya},
                                                         {"native", Layout::native},
                                                         {"cocos", Layout::cocos},
                                                         {"flist", Layout::flist}};
  static const std::map<std::string, Platform> kPlatforms = {{"android", Platform::android},
                                                             {"ios", Platform::ios}};
  app.add_option("--origin", options_.origin, "URL or directory that publishes the content");
  app.add_option("--mirror", options_.mirrors,
                 "another URL or directory with the same content; may be repeated")
      ->type_name("URL")
      ->allow_extra_args(false);
  app.add_flag("--hedge", options_.hedge,
               "ask another mirror as well when an answer is unusually late");
  app.add_option("--attempts", options_.attempts, "most tries at each server in a row (default 3)")
      ->type_name("N")
      ->check(CLI::Range(1, 1000).description(""));
  app.add_option("--store", options_.store, "directory of the local store, made if missing");
  app.add_option("--quota", quota_, "what the store may take on disk: bytes, or as 512MiB or 4GiB")
      ->type_name("SIZE");
  app.add_option("--bundle", options_.bundles, "content shipped with the app; may be repeated")
      ->type_name("DIR")
      ->allow_extra_args(false);
  app.add_option(
         "--mount", mount_texts_,
         "show another origin below PREFIX; may be repeated: of one prefix, the last one is "
         "asked first")
      ->type_name("PREFIX=URL")
      ->allow_extra_args(false);
  app.add_option("--mount-trust", mount_trust_texts_,
                 "as --trust, for what is mounted at PREFIX only; may be repeated")
      ->type_name("PREFIX=F")
      ->allow_extra_args(false);
  app.add_option("--layout", options_.layout,
                 "how the origin lays out its content: auto, laya, native, cocos or flist")
      ->type_name("LAYOUT")
      ->transform(CLI::CheckedTransformer(kLayouts).description(""));
  app.add_option(
         "--trust", trust_files_,
         "native origins: public key that signs releases (F.pub), or a root document; may be "
         "repeated")
      ->type_name("F")
      ->allow_extra_args(false);
  app.add_option("--content-key", content_key_files_,
                 "native origins: a key of encrypted content; may be repeated")
      ->type_name("F")
      ->allow_extra_args(false);
  app.add_option("--trust-threshold", options_.trust.threshold,
                 "how many of the keys must have signed (default 1)")
      ->type_name("N");
  app.add_flag("--allow-unsigned", options_.trust.allow_unsigned,
               "native origins: believe releases that nobody signed");
  app.add_flag("--allow-expired", options_.trust.allow_expired,
               "native origins: take over releases whose head has expired");
  app.add_option("--channel", options_.trust.channel, "native origins: the channel")
      ->capture_default_str()
      ->type_name("C");
  app.add_option("--platform", options_.lists.platform,
                 "flist origins: whose version counts, android or ios (default android)")
      ->type_name("P")
      ->transform(CLI::CheckedTransformer(kPlatforms).description(""));
  app.add_option("--app-version", options_.lists.app_version,
                 "flist origins: of the app; lists for a newer one are not taken over")
      ->type_name("N");
  app.add_flag("--offline", options_.offline, "never use the network");
  app.add_option(
         "--proxy", options_.proxy,
         "http://[USER:PASSWORD@]HOST[:PORT], or none (default: as http_proxy, https_proxy, "
         "all_proxy and no_proxy of the environment say)")
      ->type_name("URL|none");
  app.add_option("--ca-file", options_.tls.ca_file, "PEM file of certificates to trust");
  app.add_option("--pin", options_.tls.pins,
                 "sha256//BASE64 of a public key of which https servers must show one; may be "
                 "repeated")
      ->type_name("PIN")
      ->allow_extra_args(false);
  app.add_flag("--ignore-case", options_.ignore_case,
               "a path may differ from a listed one in letter case");
  app.add_flag("--lower-case", options_.laya.lower_case, "look paths up in lower case");
  app.add_option("--version-key", options_.laya.version_key,
                 "`PATH?KEY=V` means version V of an unlisted path");
  app.add_option("--refresh-timeout", refresh_timeout_seconds_,
                 "longest wait for a newer table when one is local, in seconds (default 5)")
      ->type_name("S")
      ->check(CLI::Range(0.0, 86400.0).description(""));
  app.add_flag("-v,--verbose", verbose_, "log, and say what is downloaded, on stderr");
}

bool VfsArguments::check() {
  if (!quota_.empty()) {
    const auto bytes = parse_size(quota_);
    if (!bytes) {
      print_error(command_, "--quota " + quota_ + " is no size",
                  "give bytes, or as 512MiB or 4GiB");
      return false;
    }
    options_.store_quota_bytes = *bytes;
  }
  std::vector<ContentKey> content;
  for (const std::string& file : content_key_files_) {
    const auto key = read_content_key(command_, file);
    if (!key) return false;
    content.push_back(*key);
  }
  if (!content.empty()) options_.content_keys = content_keys(std::move(content));
  for (const std::string& file : trust_files_) {
    auto text = read_small_file(command_, file);
    if (!text) return false;
    options_.trust.keys.push_back(std::move(*text));
  }
  if (!check_mounts()) return false;
  if (!options_.origin.empty() || !options_.bundles.empty()) return true;
  print_error(command_, "nothing to read from", "give --origin, --bundle or both");
  return false;
}

bool VfsArguments::split(std::string_view option, const std::string& text, std::string& prefix,
                         std::string& what) const {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals + 1 == text.size()) {
    print_error(command_, std::string(option) + " " + text + " has no `=`",
                "give the prefix, `=`, and what belongs there");
    return false;
  }
  prefix = text.substr(0, equals);
  what = text.substr(equals + 1);
  while (prefix.ends_with('/')) prefix.pop_back();
  return true;
}

bool VfsArguments::check_mounts() {
  for (const std::string& text : mount_texts_) {
    MountArgument mount;
    if (!split("--mount", text, mount.prefix, mount.origin)) return false;
    mounts_.push_back(std::move(mount));
  }
  for (const std::string& text : mount_trust_texts_) {
    std::string prefix;
    std::string file;
    if (!split("--mount-trust", text, prefix, file)) return false;
    bool known = false;
    for (MountArgument& mount : mounts_) {
      if (mount.prefix != prefix) continue;
      mount.trust_files.push_back(file);
      known = true;
    }
    if (known) continue;
    print_error(command_, "--mount-trust " + text + ": nothing is mounted there");
    return false;
  }
  for (MountArgument& mount : mounts_) {
    mount.trust = options_.trust;
    if (!mount.trust_files.empty()) mount.trust.keys.clear();
    for (const std::string& file : mount.trust_files) {
      auto text = read_small_file(command_, file);
      if (!text) return false;
      mount.trust.keys.push_back(std::move(*text));
    }
  }
  return true;
}

std::optional<Vfs> VfsArguments::open() const {
  Options options = options_;
  options.refresh_timeout =
      std::chrono::milliseconds(static_cast<long>(refresh_timeout_seconds_ * 1000));
  options.on_log = [command = command_, verbose = verbose_](LogLevel level, std::string_view line) {
    if (!verbose && level < LogLevel::error) return;
    const std::string text = "larder " + std::string(command) + ": " + std::string(line) + "\n";
    std::fwrite(text.data(), 1, text.size(), stderr);
  };
  if (verbose_)
    options.on_event = [](const Event& event) {
      const std::string line = line_of(event);
      if (!line.empty()) print_note(line);
    };
  auto vfs = Vfs::open(std::move(options));
  if (!vfs) {
    print_error(
        command_,
        "cannot open " + (options_.origin.empty() ? options_.bundles.front() : options_.origin),
        vfs.error());
    return std::nullopt;
  }
  for (const MountArgument& argument : mounts_) {
    MountOptions mount;
    mount.origin = argument.origin;
    mount.ignore_case = options_.ignore_case;
    mount.laya = options_.laya;
    mount.trust = argument.trust;
    if (const auto mounted = vfs->mount(argument.prefix, std::move(mount)); !mounted) {
      print_error(command_, "cannot mount " + argument.origin + " at " + argument.prefix + "/",
                  mounted.error());
      return std::nullopt;
    }
  }
  return std::move(*vfs);
}

}  // namespace larder::tool
