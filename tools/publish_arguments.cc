#include "publish_arguments.h"

#include <chrono>
#include <cstdio>
#include <utility>

#include <boost/json/array.hpp>

#include "command_line.h"
#include "digest/hex.h"
#include "vfs/glob.h"

namespace larder::tool {
namespace {

bool matches(const std::vector<std::string>& globs, std::string_view path) {
  for (const std::string& glob : globs)
    if (vfs::glob_matches(glob, path)) return true;
  return false;
}

}  // namespace

void PublishArguments::add_to(CLI::App& app) {
  app.add_option("--to", options.origin, "directory of the origin, made if missing")
      ->required()
      ->type_name("ORIGIN");
  name_given_ =
      app.add_option("--name", name_, "of the content; unless given, as before")->type_name("N");
  app.add_option("--channel", options.channel, "whose head is written")
      ->type_name("C")
      ->capture_default_str();
  app.add_option("--key", key_files_, "private key that signs the head; may be repeated")
      ->type_name("F")
      ->allow_extra_args(false);
  passphrase_.add_to(app);
  app.add_option("--encrypt-key", content_key_file_,
                 "encrypt all contents with this key, see `larder keygen --content`")
      ->type_name("F");
  app.add_option("--expires", expires_,
                 "when clients stop to trust the head: 90d, 36h, "
                 "2027-01-31 or never (the default)")
      ->type_name("D");
  app.add_option("--message", options.message, "a line for people")->type_name("M");
  app.add_option("--rollout", options.rollout, "percentage of the clients that take the release")
      ->check(CLI::Range(0u, 100u).description(""))
      ->type_name("P");
  app.add_option("--min-app", options.min_app, "least version of the app that can use it")
      ->type_name("V");
  app.add_flag("--paranoid", options.paranoid,
               "read files again whose size, time and inode are as before");
  app.add_option("--keep-deltas", options.keep_deltas,
                 "write patches from so many releases before (3)")
      ->check(CLI::Range(0u, 16u).description(""))
      ->type_name("K");
  app.add_option("--level", options.level,
                 "of zstd, 1 to 22 (3 for much new content, 19 for updates of at most 64 MiB)")
      ->check(CLI::Range(1, 22).description(""))
      ->type_name("L");
  app.add_option("--threads", options.threads, "one for each core, unless given")->type_name("T");
  const auto add_globs = [&](const char* option, std::vector<std::string>& into, const char* what) {
    app.add_option(option, into, what)->type_name("GLOB")->allow_extra_args(false);
  };
  add_globs("--bootstrap", bootstrap_, "files that the program needs to start");
  add_globs("--high", high_, "files to fetch first");
  add_globs("--low", low_, "files to fetch last");
  app.add_flag("--json", json, "one JSON object");
  app.add_flag("--quiet", quiet, "print nothing but errors");
}

bool PublishArguments::check() {
  if (*name_given_) options.name = name_;
  options.adorn = [this](std::string_view path, filetable::FileEntry& entry) {
    entry.bootstrap = matches(bootstrap_, path);
    if (matches(low_, path)) entry.priority = Priority::low;
    if (matches(high_, path)) entry.priority = Priority::high;
  };
  if (!quiet)
    options.progress = [this](const publish::PublishProgress& progress) { show(progress); };
  options.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (expires_.empty()) return true;
  const auto expires = parse_expiry(expires_, options.now);
  if (expires && (!*expires || **expires >= options.now)) {
    options.expires = *expires;
    return true;
  }
  print_error(
      command_,
      "--expires " + expires_ + " is no time to come; give it as 90d, 36h, 2027-01-31 or never",
      "see `larder " + std::string(command_) + " --help`");
  return false;
}

bool PublishArguments::read_keys() {
  auto keys = read_private_keys(command_, key_files_, passphrase_);
  if (!keys) return false;
  keys_ = std::move(*keys);
  options.keys = keys_;
  if (content_key_file_.empty()) return true;
  options.content_key = read_content_key(command_, content_key_file_);
  return options.content_key.has_value();
}

void PublishArguments::show(const publish::PublishProgress& progress) {
  using Stage = publish::PublishProgress::Stage;
  if (!bar_ || stage_ != progress.stage || progress.done < 2) {
    stage_ = progress.stage;
    bar_.reset();
    bar_.emplace(stage_ == Stage::foreign   ? packing_
                 : stage_ == Stage::patches ? "patching"
                                            : "publishing",
                 progress.total);
  }
  bar_->show(progress.done);
}

void PublishArguments::print_warnings(const std::vector<std::string>& warnings) const {
  if (quiet) return;
  std::fflush(stdout);
  for (const std::string& warning : warnings) {
    const std::string line = "larder " + std::string(command_) + ": warning: " + warning + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
}

boost::json::object PublishArguments::summary(const publish::PublishResult& result,
                                              const std::vector<std::string>& warnings) {
  const trust::Head& head = result.head;
  boost::json::array deltas;
  for (const auto& delta : result.deltas)
    deltas.push_back({{"from_version", delta.from_version},
                      {"patches", delta.patches},
                      {"patch_bytes", delta.patch_bytes},
                      {"joint_bytes", delta.joint_bytes},
                      {"table_bytes", delta.table_bytes}});
  return {{"channel", head.channel},
          {"version", head.version},
          {"root", digest::to_hex(head.table.digest.bytes)},
          {"files", head.table.files},
          {"content_bytes", head.content_bytes},
          {"download_bytes", head.download_bytes},
          {"files_read", result.files_read},
          {"bytes_read", result.bytes_read},
          {"new_files", result.new_files},
          {"new_bytes", result.new_bytes},
          {"deltas", std::move(deltas)},
          {"warnings", boost::json::array(warnings.begin(), warnings.end())}};
}

void PublishArguments::print_lines(const publish::PublishResult& result) {
  const trust::Head& head = result.head;
  print_line(head.channel + " is at version " + std::to_string(head.version) + ": " +
             human_count(head.table.files, "file") + ", " + human_bytes(head.content_bytes) + ", " +
             human_bytes(head.download_bytes) + " to download");
  print_line(human_count(result.files_read, "file") + " read; " +
             human_count(result.new_files, "new object") + " with " +
             human_bytes(result.new_bytes) + " written");
  for (const auto& delta : result.deltas)
    print_line(
        "from version " + std::to_string(delta.from_version) + ": " + human_count(delta.patches) +
        " patches with " + human_bytes(delta.patch_bytes) +
        (delta.joint_bytes != 0 ? ", a joint one of " + human_bytes(delta.joint_bytes) : ""));
}

}  // namespace larder::tool
