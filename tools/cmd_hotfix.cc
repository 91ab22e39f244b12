// larder hotfix list, lint, sign: patch scripts, before they are published.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "hotfix/lint.h"
#include "hotfix/manifest.h"
#include "hotfix/point_table.h"
#include "hotfix/sign.h"
#include "output.h"
#include "signing.h"

namespace larder::tool {
namespace {

using hotfix::PointDescription;

constexpr std::string_view kHelp =
    "usage: larder hotfix COMMAND [ARGUMENT...]\n\n"
    "  list   the points of a program\n"
    "  lint   check scripts against the points of a program\n"
    "  sign   write the signed manifest of a patch set\n\n"
    "A program writes the table of its points itself: larder::hotfix::points_json().\n"
    "`larder hotfix COMMAND --help` tells more.";

std::optional<std::string> read_all(std::string_view command, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (file && !std::filesystem::is_directory(path)) return text;
  print_error(command, path + " cannot be read");
  return std::nullopt;
}

std::optional<std::vector<PointDescription>> read_points(std::string_view command,
                                                         const std::string& path) {
  const auto text = read_all(command, path);
  if (!text) return std::nullopt;
  auto points = hotfix::read_point_table(*text);
  if (points) return *points;
  print_error(command, path + " is no table of hotfix points",
              "the program writes one with larder::hotfix::points_json()");
  return std::nullopt;
}

/// Scripts and the table that they are checked against.
struct Work {
  std::vector<std::string> scripts;
  std::string table;
  std::string root;
  std::vector<hotfix::Script> loaded;
  std::vector<PointDescription> points;
  std::vector<unsigned> patched;

  void add_to(CLI::App& app, bool are_required) {
    auto* files =
        app.add_option("SCRIPT", scripts, "Lua scripts of one set, in the order they run");
    auto* points_file = app.add_option("--points", table, "table of the program's points");
    if (are_required) {
      files->required();
      points_file->required();
    }
  }

  /// Says on stderr what is wrong.
  bool check(std::string_view command) {
    auto read = read_points(command, table);
    if (!read) return false;
    points = std::move(*read);
    for (const std::string& path : scripts) {
      auto text = read_all(command, path);
      if (!text) return false;
      const std::string name =
          root.empty() ? path : std::filesystem::relative(path, root).generic_string();
      if (name.empty() || name.starts_with("..")) {
        print_error(command, path + " is not below " + root);
        return false;
      }
      loaded.push_back({name, std::move(*text)});
    }
    std::vector<std::string> names;
    for (const PointDescription& point : points) names.push_back(point.name);
    const hotfix::Lint found = hotfix::lint(loaded, hotfix::Names(std::move(names)));
    for (const std::string& problem : found.problems) print_error(command, problem);
    patched = found.points;
    return found.problems.empty();
  }
};

int list_points(Arguments words) {
  constexpr std::string_view kName = "hotfix list";
  CLI::App app("Lists the points of a program: result, name, and hash of the signature.");
  std::string table;
  bool json = false;
  app.add_option("TABLE", table, "table of the program's points")->required();
  app.add_flag("--json", json, "one JSON object for each");
  if (const auto status = parse(app, kName, words)) return *status;
  const auto points = read_points(kName, table);
  if (!points) return kFailed;
  for (const PointDescription& point : *points)
    if (json)
      print_json(
          {{"name", point.name}, {"result", point.result}, {"signature", point.signature_hash}});
    else
      print_line(point.result + " " + point.name + "  " + point.signature_hash);
  return kDone;
}

int lint_scripts(Arguments words) {
  constexpr std::string_view kName = "hotfix lint";
  CLI::App app(
      "Loads scripts as the program would, in a sandbox, and checks that each name they patch "
      "means "
      "one point.");
  Work work;
  bool json = false;
  work.add_to(app, true);
  app.add_flag("--json", json, "one JSON object for each point that is patched");
  if (const auto status = parse(app, kName, words)) return *status;
  const bool is_fine = work.check(kName);
  for (const unsigned point : work.patched)
    if (json)
      print_json({{"patches", work.points[point].name}});
    else
      print_line("patches " + work.points[point].name);
  return is_fine ? kDone : kFailed;
}

/// "12" or "10-19".
bool parse_builds(const std::string& text, hotfix::Manifest& manifest) {
  const std::size_t dash = text.find('-');
  const std::string first = text.substr(0, dash);
  const std::string last = dash == text.npos ? first : text.substr(dash + 1);
  for (const std::string& number : {first, last})
    if (number.empty() || number.size() > 19 ||
        number.find_first_not_of("0123456789") != number.npos)
      return false;
  manifest.first_build = std::stoull(first);
  manifest.last_build = std::stoull(last);
  return manifest.first_build <= manifest.last_build;
}

int sign_set(Arguments words) {
  constexpr std::string_view kName = "hotfix sign";
  CLI::App app(
      "Checks scripts and writes the signed manifest of their set. Publish it with them, and write "
      "it to the same place each time: there its sequence only grows.");
  Work work;
  hotfix::Manifest manifest;
  std::string key_file;
  std::string builds;
  std::string output;
  work.add_to(app, false);
  app.add_option("--key", key_file, "private key, as `larder keygen` makes it")->required();
  Passphrase passphrase;
  passphrase.add_to(app);
  app.add_option("--app", manifest.app, "the program: Options::app")->required();
  app.add_option("--id", manifest.id, "name of the patch set")->required();
  app.add_option("--sequence", manifest.sequence, "higher than all before, from 1 on")
      ->required()
      ->check(CLI::PositiveNumber);
  app.add_option("--builds", builds, "builds that it is for: 12, or 10-19")->required();
  app.add_option("--root", work.root,
                 "folder that paths of scripts are relative to, as the program reads them")
      ->default_val(".");
  app.add_flag("--kill", manifest.kill, "no scripts: takes the set back wherever it is in force");
  app.add_option("-o,--output", output, "manifest to write")->required();
  if (const auto status = parse(app, kName, words)) return *status;
  if (!parse_builds(builds, manifest)) {
    print_error(kName, "--builds " + builds + " is no range", "give 12, or 10-19");
    return kWrongUsage;
  }
  if (manifest.kill ? !work.scripts.empty() : work.scripts.empty() || work.table.empty()) {
    print_error(kName, "give scripts and --points, or --kill");
    return kWrongUsage;
  }
  if (!manifest.kill && !work.check(kName)) return kFailed;
  for (const hotfix::Script& script : work.loaded)
    manifest.scripts.push_back({script.path, hotfix::sha256_hex(script.text)});
  for (const unsigned point : work.patched)
    manifest.points.push_back({work.points[point].name, work.points[point].signature_hash});

  const auto keys = read_private_keys(kName, {key_file}, passphrase);
  if (!keys) return kFailed;
  const auto sealed = hotfix::seal(hotfix::write_manifest(manifest), keys->front().to_pem());
  if (!sealed) {
    print_error(kName, key_file, sealed.error());
    return kFailed;
  }
  std::ofstream file(output, std::ios::binary | std::ios::trunc);
  file << *sealed;
  file.close();
  if (!file) {
    print_error(kName, output + " cannot be written");
    return kFailed;
  }
  return kDone;
}

}  // namespace

int run_hotfix(Arguments words) {
  const std::string name = words.empty() ? "" : words.front();
  if (name == "list") return list_points(words.subspan(1));
  if (name == "lint") return lint_scripts(words.subspan(1));
  if (name == "sign") return sign_set(words.subspan(1));
  if (name == "--help" || name == "-h") {
    print_line(kHelp);
    return kDone;
  }
  print_error("hotfix", name.empty() ? "no command is given" : "there is no command " + name,
              "`larder hotfix --help` lists them");
  return kWrongUsage;
}

}  // namespace larder::tool
