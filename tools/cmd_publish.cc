// larder publish: a directory as a native release in a static origin.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"
#include "publish/mixed_origin.h"
#include "publish_arguments.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "publish";

struct Sources {
  std::uint64_t from_release = 0;
  CLI::Option* from_release_given = nullptr;
  bool also_layadcc = false;
};

void add_to(CLI::App& app, publish::PublishOptions& options, Sources& sources) {
  app.add_option("DIR", options.directory, "the tree to publish")->type_name("");
  sources.from_release_given =
      app.add_option("--from-release", sources.from_release,
                     "publish version V of this channel again instead of DIR, as the newest")
          ->type_name("V");
  app.add_flag("--also-layadcc", sources.also_layadcc,
               "make ORIGIN a LayaDCC origin as well: files under their own paths, tables in "
               "update/");
  app.add_flag("--follow-links", options.follow_links,
               "publish what symbolic links lead to; without it they are an error");
  app.add_option("--tombstone", options.tombstones,
                 "path that does not exist, whatever a bundle has; may be repeated")
      ->type_name("PATH")
      ->allow_extra_args(false);
}

/// What the command line lacks or has too much; empty if it makes sense.
std::string complaint(publish::PublishOptions& options, const Sources& sources) {
  if (!*sources.from_release_given) return options.directory.empty() ? "no directory is given" : "";
  options.from_release = sources.from_release;
  if (!options.directory.empty()) return "--from-release and a directory exclude each other";
  if (!options.tombstones.empty()) return "--from-release takes the release as it is";
  if (sources.also_layadcc)
    return "--from-release has no files for --also-layadcc; publish the older tree";
  return {};
}

struct Published {
  publish::PublishResult native;
  std::optional<publish::LayadccResult> layadcc;
};

Result<Published> publish_tree(const publish::PublishOptions& options, bool also_layadcc,
                               std::string& why) {
  if (also_layadcc) {
    auto both = publish::publish_mixed(options, &why);
    if (!both) return both.error();
    return Published{std::move(both->native), std::move(both->layadcc)};
  }
  auto native = publish::publish_release(options, &why);
  if (!native) return native.error();
  if (publish::has_layadcc_part(options.origin))
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
  auto summary = PublishArguments::summary(published.native, warnings);
  if (published.layadcc)
    summary["layadcc"] = {{"id", published.layadcc->id},
                          {"files", published.layadcc->files},
                          {"changed_files", published.layadcc->changed_files}};
  print_json(summary);
}

void print_lines(const Published& published) {
  PublishArguments::print_lines(published.native);
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
  PublishArguments arguments(kName, "packing");
  publish::PublishOptions& options = arguments.options;
  Sources sources;
  add_to(app, options, sources);
  arguments.add_to(app);
  if (const auto status = parse(app, kName, words)) return *status;
  if (const std::string what = complaint(options, sources); !what.empty()) {
    print_error(kName, what, "see `larder publish --help`");
    return kWrongUsage;
  }
  if (!arguments.check()) return kWrongUsage;
  if (!arguments.read_keys()) return kFailed;
  std::string why;
  const auto result =
      arguments.run([&] { return publish_tree(options, sources.also_layadcc, why); });
  if (!result) {
    print_error(kName, why.empty() ? result.error().message() : why);
    return kFailed;
  }
  const auto warnings = warnings_of(*result);
  arguments.print_warnings(warnings);
  if (arguments.json)
    print_summary(*result, warnings);
  else if (!arguments.quiet)
    print_lines(*result);
  return kDone;
}

}  // namespace larder::tool
