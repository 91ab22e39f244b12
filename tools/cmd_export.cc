// larder export: a tree for the updaters of other engines.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "command_line.h"
#include "interrupt_guard.h"
#include "output.h"
#include "publish/export_lists.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "export";

/// What both formats have.
class ExportArguments {
 public:
  void add_to(CLI::App& app, publish::ExportRun& run) {
    app.add_option("--threads", run.threads, "one for each core, unless given")->type_name("T");
    app.add_flag("--json", json_, "one JSON object");
    app.add_flag("--quiet", quiet_, "print nothing but errors");
  }

  /// Exports, with a progress bar, and says how it went.
  template <class What>
  int run(What& what,
          Result<publish::ExportResult> (*export_to)(const What&, std::string*) noexcept) {
    std::optional<Progress> bar;
    if (!quiet_)
      what.run.progress = [&](std::uint64_t done, std::uint64_t total) {
        if (!bar) bar.emplace("hashing", total);
        bar->show(done);
      };
    const InterruptGuard guard;
    what.run.stop = &interrupted;
    std::string why;
    const auto result = export_to(what, &why);
    bar.reset();
    if (!result) {
      print_error(kName, why.empty() ? result.error().message() : why);
      return kFailed;
    }
    print(*result);
    return kDone;
  }

 private:
  void print(const publish::ExportResult& result) const {
    if (!quiet_)
      for (const std::string& warning : result.warnings) {
        const std::string line = "larder export: warning: " + warning + "\n";
        std::fwrite(line.data(), 1, line.size(), stderr);
      }
    if (json_)
      print_json(
          {{"files", result.files},
           {"bytes", result.bytes},
           {"lists", boost::json::array(result.lists.begin(), result.lists.end())},
           {"warnings", boost::json::array(result.warnings.begin(), result.warnings.end())}});
    else if (!quiet_)
      for (const std::string& list : result.lists)
        print_line(list + ": " + human_count(result.files, "file") + ", " +
                   human_bytes(result.bytes));
  }

  bool json_ = false;
  bool quiet_ = false;
};

int export_cocos(Arguments words) {
  CLI::App app(
      "Writes project.manifest and version.manifest for Cocos Creator's hot update: takes the "
      "options of version_generator.js and writes the same bytes.");
  publish::CocosExport what;
  ExportArguments arguments;
  app.add_option("-u,--url", what.url, "where the tree is published")->required()->type_name("URL");
  app.add_option("-v,--version", what.version, "of the content")->required()->type_name("V");
  app.add_option("-s,--src", what.source, "directory that has src and assets (or res)")
      ->required()
      ->type_name("SRC");
  app.add_option("-d,--dest", what.destination, "directory for the manifests, made if missing")
      ->required()
      ->type_name("DST");
  app.add_option("--folder", what.folders,
                 "what of SRC is listed, in this order; may be repeated (src, assets or else res, "
                 "and jsb-adapter, if they are there)")
      ->type_name("F")
      ->allow_extra_args(false);
  arguments.add_to(app, what.run);
  if (const auto status = parse(app, "export cocos", words)) return *status;
  return arguments.run(what, &publish::export_cocos);
}

int export_flist(Arguments words) {
  CLI::App app(
      "Writes flist, and version in dialect B, for the launchers of quick-cocos2d-x: the same "
      "bytes as their packing scripts.");
  publish::FlistExport what;
  ExportArguments arguments;
  std::string dialect = "a";
  std::optional<std::int64_t> android_app;
  std::optional<std::int64_t> ios_app;
  std::optional<std::string> android;
  std::optional<std::string> ios;
  app.add_option("DIR", what.directory, "the tree")->required()->type_name("");
  app.add_option("-o", what.destination,
                 "directory that gets copies of the files and the lists; unless given, DIR gets "
                 "the lists")
      ->type_name("DST");
  app.add_option("--dialect", dialect, "a: versions in flist; b: in a file of their own (a)")
      ->check(CLI::IsMember({"a", "b"}).description(""))
      ->type_name("a|b");
  app.add_option("--app-version", what.app_version, "of the app that the content is for (1)")
      ->type_name("N");
  app.add_option("--version", what.version, "of the content (1.0.0)")->type_name("V");
  const auto add_override = [&](const char* option, auto& value, const char* text,
                                const char* type) {
    return app.add_option(option, value, text)->type_name(type);
  };
  const std::vector<CLI::Option*> overrides{
      add_override("--android-app-version", android_app, "dialect b: Android's", "N"),
      add_override("--ios-app-version", ios_app, "dialect b: that of iOS", "N"),
      add_override("--android-version", android, "dialect b: Android's", "V"),
      add_override("--ios-version", ios, "dialect b: that of iOS", "V")};
  arguments.add_to(app, what.run);
  if (const auto status = parse(app, "export flist", words)) return *status;
  if (dialect == "b") {
    what.version_file = {android_app.value_or(what.app_version), ios_app.value_or(what.app_version),
                         android.value_or(what.version), ios.value_or(what.version)};
  } else {
    for (const CLI::Option* option : overrides)
      if (*option) {
        print_error(kName, option->get_name() + " is for dialect b", "add --dialect b");
        return kWrongUsage;
      }
  }
  return arguments.run(what, &publish::export_flist);
}

}  // namespace

int run_export(Arguments words) {
  CLI::App app(
      "Publishes a tree for the updaters of other engines: writes the lists that they download. "
      "`larder export FORMAT --help` tells more.");
  std::string format;
  app.add_option("FORMAT", format, "cocos or flist")
      ->required()
      ->check(CLI::IsMember({"cocos", "flist"}).description(""))
      ->type_name("");
  if (const auto status = parse(app, kName, words.first(std::min<std::size_t>(1, words.size()))))
    return *status;
  return format == "cocos" ? export_cocos(words.subspan(1)) : export_flist(words.subspan(1));
}

}  // namespace larder::tool
