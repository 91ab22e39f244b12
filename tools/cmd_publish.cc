// larder publish: a directory as a native release in a static origin.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"
#include "digest/hex.h"
#include "interrupt_guard.h"
#include "output.h"
#include "publish/mixed_origin.h"
#include "publish/publish.h"
#include "signing.h"
#include "vfs/glob.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "publish";

struct PublishArguments {
  publish::PublishOptions options;
  std::string name;
  std::string expires;
  std::uint64_t from_release = 0;
  std::vector<std::string> keys;
  std::vector<std::string> bootstrap;
  std::vector<std::string> high;
  std::vector<std::string> low;
  CLI::Option* name_given = nullptr;
  CLI::Option* from_release_given = nullptr;
  Passphrase passphrase;
  bool also_layadcc = false;
  bool json = false;
  bool quiet = false;
};

void add_to(CLI::App& app, PublishArguments& arguments) {
  publish::PublishOptions& options = arguments.options;
  app.add_option("DIR", options.directory, "the tree to publish")->type_name("");
  app.add_option("--to", options.origin, "directory of the origin, made if missing")
      ->required()
      ->type_name("ORIGIN");
  arguments.name_given =
      app.add_option("--name", arguments.name, "of the content; unless given, as before")
          ->type_name("N");
  app.add_option("--channel", options.channel, "whose head is written")
      ->type_name("C")
      ->capture_default_str();
  app.add_option("--key", arguments.keys, "private key that signs the head; may be repeated")
      ->type_name("F")
      ->allow_extra_args(false);
  arguments.passphrase.add_to(app);
  app.add_option("--expires", arguments.expires,
                 "when clients stop to trust the head: 90d, 36h, "
                 "2027-01-31 or never (the default)")
      ->type_name("D");
  app.add_option("--message", options.message, "a line for people")->type_name("M");
  app.add_option("--rollout", options.rollout, "percentage of the clients that take the release")
      ->check(CLI::Range(0u, 100u).description(""))
      ->type_name("P");
  app.add_option("--min-app", options.min_app, "least version of the app that can use it")
      ->type_name("V");
  arguments.from_release_given =
      app.add_option("--from-release", arguments.from_release,
                     "publish version V of this channel again instead of DIR, as the newest")
          ->type_name("V");
  app.add_flag(
      "--also-layadcc", arguments.also_layadcc,
      "make ORIGIN a LayaDCC origin as well: files under their own paths, tables in update/");
  app.add_flag("--follow-links", options.follow_links,
               "publish what symbolic links lead to; without it they are an error");
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
  const auto add_globs = [&](const char* name, std::vector<std::string>& into, const char* what) {
    app.add_option(name, into, what)->type_name("GLOB")->allow_extra_args(false);
  };
  add_globs("--bootstrap", arguments.bootstrap, "files that the program needs to start");
  add_globs("--high", arguments.high, "files to fetch first");
  add_globs("--low", arguments.low, "files to fetch last");
  app.add_option("--tombstone", options.tombstones,
                 "path that does not exist, whatever a bundle has; may be repeated")
      ->type_name("PATH")
      ->allow_extra_args(false);
  app.add_flag("--json", arguments.json, "one JSON object");
  app.add_flag("--quiet", arguments.quiet, "print nothing but errors");
}

bool matches(const std::vector<std::string>& globs, std::string_view path) {
  for (const std::string& glob : globs)
    if (vfs::glob_matches(glob, path)) return true;
  return false;
}

/// What the command line lacks or has too much; empty if it makes sense.
std::string complaint(PublishArguments& arguments) {
  publish::PublishOptions& options = arguments.options;
  if (*arguments.from_release_given) {
    options.from_release = arguments.from_release;
    if (!options.directory.empty()) return "--from-release and a directory exclude each other";
    if (!options.tombstones.empty()) return "--from-release takes the release as it is";
    if (arguments.also_layadcc)
      return "--from-release has no files for --also-layadcc; publish the older tree";
  } else if (options.directory.empty()) {
    return "no directory is given";
  }
  if (*arguments.name_given) options.name = arguments.name;
  options.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (arguments.expires.empty()) return {};
  const auto expires = parse_expiry(arguments.expires, options.now);
  if (!expires || (*expires && **expires < options.now))
    return "--expires " + arguments.expires +
           " is no time to come; give it as 90d, 36h, 2027-01-31 or never";
  options.expires = *expires;
  return {};
}

const char* verb_of(publish::PublishProgress::Stage stage) {
  switch (stage) {
    case publish::PublishProgress::Stage::contents: return "publishing";
    case publish::PublishProgress::Stage::patches: return "patching";
    case publish::PublishProgress::Stage::layadcc: break;
  }
  return "packing";
}

struct Published {
  publish::PublishResult native;
  std::optional<publish::LayadccResult> layadcc;
};

Result<Published> publish_tree(const PublishArguments& arguments, std::string& why) {
  if (arguments.also_layadcc) {
    auto both = publish::publish_mixed(arguments.options, &why);
    if (!both) return both.error();
    return Published{std::move(both->native), std::move(both->layadcc)};
  }
  auto native = publish::publish_release(arguments.options, &why);
  if (!native) return native.error();
  if (publish::has_layadcc_part(arguments.options.origin))
    native->warnings.push_back("the LayaDCC part of the origin stays as it was (--also-layadcc)");
  return Published{std::move(*native), std::nullopt};
}

std::vector<std::string> warnings_of(const Published& published) {
  std::vector<std::string> warnings = published.native.warnings;
  if (published.layadcc)
    for (const auto& warning : published.layadcc->warnings)
      warnings.push_back("LayaDCC: " + publish::sentence(warning));
  return warnings;
}

void print_summary(const Published& published, const std::vector<std::string>& warnings) {
  const publish::PublishResult& result = published.native;
  const trust::Head& head = result.head;
  boost::json::array deltas;
  for (const auto& delta : result.deltas)
    deltas.push_back({{"from_version", delta.from_version},
                      {"patches", delta.patches},
                      {"patch_bytes", delta.patch_bytes},
                      {"table_bytes", delta.table_bytes}});
  boost::json::object summary({{"channel", head.channel},
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
                               {"warnings", boost::json::array(warnings.begin(), warnings.end())}});
  if (published.layadcc)
    summary["layadcc"] = {{"id", published.layadcc->id},
                          {"files", published.layadcc->files},
                          {"changed_files", published.layadcc->changed_files}};
  print_json(summary);
}

void print_lines(const Published& published) {
  const publish::PublishResult& result = published.native;
  const trust::Head& head = result.head;
  print_line(head.channel + " is at version " + std::to_string(head.version) + ": " +
             human_count(head.table.files, "file") + ", " + human_bytes(head.content_bytes) + ", " +
             human_bytes(head.download_bytes) + " to download");
  print_line(human_count(result.files_read, "file") + " read; " +
             human_count(result.new_files, "new object") + " with " +
             human_bytes(result.new_bytes) + " written");
  for (const auto& delta : result.deltas)
    print_line("from version " + std::to_string(delta.from_version) + ": " +
               human_count(delta.patches) + " patches with " + human_bytes(delta.patch_bytes));
  if (published.layadcc)
    print_line("LayaDCC: " + human_count(published.layadcc->files, "file") + ", id " +
               published.layadcc->id + "; " +
               human_count(published.layadcc->changed_files, "file") + " written");
}

}  // namespace

int run_publish(Arguments words) {
  CLI::App app(
      "Writes a release of a directory into an origin: a directory that any web server can serve. "
      "Directories .git, .svn and .hg are left out. Repeat it after any failure.");
  PublishArguments arguments;
  add_to(app, arguments);
  if (const auto status = parse(app, kName, words)) return *status;
  if (const std::string what = complaint(arguments); !what.empty()) {
    print_error(kName, what, "see `larder publish --help`");
    return kWrongUsage;
  }
  publish::PublishOptions& options = arguments.options;
  const auto keys = read_private_keys(kName, arguments.keys, arguments.passphrase);
  if (!keys) return kFailed;
  options.keys = *keys;
  options.adorn = [&](std::string_view path, filetable::FileEntry& entry) {
    entry.bootstrap = matches(arguments.bootstrap, path);
    if (matches(arguments.low, path)) entry.priority = Priority::low;
    if (matches(arguments.high, path)) entry.priority = Priority::high;
  };
  std::optional<Progress> bar;
  auto stage = publish::PublishProgress::Stage::contents;
  if (!arguments.quiet)
    options.progress = [&](const publish::PublishProgress& progress) {
      if (!bar || stage != progress.stage || progress.done < 2) {
        stage = progress.stage;
        bar.reset();
        bar.emplace(verb_of(stage), progress.total);
      }
      bar->show(progress.done);
    };
  const InterruptGuard guard;
  options.stop = &interrupted;
  std::string why;
  const auto result = publish_tree(arguments, why);
  bar.reset();
  if (!result) {
    print_error(kName, why.empty() ? result.error().message() : why);
    return kFailed;
  }
  const auto warnings = warnings_of(*result);
  if (!arguments.quiet)
    for (const std::string& warning : warnings)
      std::fprintf(stderr, "larder publish: warning: %s\n", warning.c_str());
  if (arguments.json)
    print_summary(*result, warnings);
  else if (!arguments.quiet)
    print_lines(*result);
  return kDone;
}

}  // namespace larder::tool
