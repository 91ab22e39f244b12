// larder bundle: content to ship with an app, in one file.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "bundle/bundle_writer.h"
#include "command_line.h"
#include "origin_release.h"
#include "output.h"
#include "publish/make_bundle.h"
#include "publish/walk.h"
#include "signing.h"
#include "vfs/glob.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "bundle";
constexpr std::size_t kProblemsShown = 10;

struct BundleArguments {
  std::string directory;
  std::string out;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::string release;
  std::vector<std::string> trust_files;
  TrustOptions trust;
  bool follow_links = false;
  bool json = false;

  [[nodiscard]] bool takes(std::string_view path) const {
    const auto matches = [&](const std::string& glob) { return vfs::glob_matches(glob, path); };
    return (include.empty() || std::any_of(include.begin(), include.end(), matches)) &&
           std::none_of(exclude.begin(), exclude.end(), matches);
  }
};

void add_to(CLI::App& app, BundleArguments& arguments) {
  app.add_option("DIR", arguments.directory, "the content")->required();
  app.add_option("-o,--output", arguments.out, "the bundle; replaced if it exists")
      ->required()
      ->type_name("F");
  app.add_option("--include", arguments.include,
                 "content that goes into the bundle; may be repeated (default: all)")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--exclude", arguments.exclude, "content that does not; may be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  app.add_option("--release", arguments.release,
                 "origin whose release the bundle is of: DIR must have the same content")
      ->type_name("ORIGIN");
  app.add_option("--trust", arguments.trust_files, "public key that signs the release")
      ->type_name("F.pub")
      ->allow_extra_args(false);
  app.add_flag("--allow-unsigned", arguments.trust.allow_unsigned,
               "take a release that nobody signed");
  app.add_option("--channel", arguments.trust.channel, "of the release")
      ->capture_default_str()
      ->type_name("C");
  app.add_flag("--follow-links", arguments.follow_links,
               "symbolic links count as what they lead to; else they are an error");
  app.add_flag("--json", arguments.json, "one JSON object");
}

/// The files of the tree. Nothing if it cannot be walked, which was said.
std::optional<publish::FileList> list_files(const std::string& directory, bool follow_links) {
  const int root = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) {
    print_error(kName, directory + ": " + std::strerror(errno));
    return std::nullopt;
  }
  publish::WalkRules rules;
  // What begins with a dot at the top is a publisher's own.
  rules.takes_directory = [](std::string_view path, std::string_view) { return path != ".larder"; };
  rules.takes_file = [](std::string_view) { return true; };
  rules.links = follow_links ? publish::Links::follow : publish::Links::refuse;
  auto walked = publish::walk(root, rules, nullptr);
  ::close(root);
  if (!walked) {
    print_error(kName, directory, walked.error());
    return std::nullopt;
  }
  for (const std::string& link : walked->links)
    walked->problems.push_back({link, "is a symbolic link; --follow-links takes what it leads to"});
  if (walked->problems.empty()) return std::move(walked->files);
  for (const auto& [path, what] : walked->problems) print_error(kName, path + " " + what);
  return std::nullopt;
}

void say(const BundleArguments& arguments, const publish::BundleReport& report,
         const bundle::BundleWriter& writer) {
  if (arguments.json)
    print_json({{"bundle", arguments.out},
                {"files", report.files},
                {"table_files", report.table_files},
                {"content_bytes", report.content_bytes},
                {"objects", writer.size()}});
  else
    print_line(arguments.out + ": " + human_count(report.files, "file") + " (" +
               human_bytes(report.content_bytes) + ") of " + human_count(report.table_files));
}

}  // namespace

int run_bundle(Arguments words) {
  CLI::App app(
      "Writes content to ship with an app into one file. Its table lists the whole of DIR, "
      "whatever "
      "is included.");
  BundleArguments arguments;
  add_to(app, arguments);
  std::string key_file;
  app.add_option("--encrypt-key", key_file,
                 "encrypt all contents with this key, as `larder publish` does")
      ->type_name("F");
  if (const auto status = parse(app, kName, words)) return *status;
  for (const std::string& file : arguments.trust_files) {
    auto text = read_small_file(kName, file);
    if (!text) return kFailed;
    arguments.trust.keys.push_back(std::move(*text));
  }
  std::optional<OriginRelease> release;
  if (!arguments.release.empty()) {
    release = fetch_release(kName, arguments.release, arguments.trust);
    if (!release) return kFailed;
  }
  const auto files = list_files(arguments.directory, arguments.follow_links);
  if (!files) return kFailed;
  auto writer = bundle::BundleWriter::create(arguments.out);
  if (!writer) {
    print_error(kName, arguments.out, writer.error());
    return kFailed;
  }
  Progress progress("bundling", files->size());
  publish::BundleRequest request;
  if (!key_file.empty()) {
    request.content_key = read_content_key(kName, key_file);
    if (!request.content_key) return kFailed;
  }
  request.directory = arguments.directory;
  request.files = &*files;
  request.includes = [&](std::string_view path) { return arguments.takes(path); };
  request.release = release ? &release->stamp : nullptr;
  request.progress = [&](std::uint64_t done) { progress.show(done); };
  const auto report = publish::make_bundle(request, **writer);
  progress.wipe();
  if (!report) {
    print_error(kName, arguments.out, report.error());
    return kFailed;
  }
  if (!report->problems.empty()) {
    for (std::size_t i = 0; i < std::min(report->problems.size(), kProblemsShown); ++i)
      print_error(kName, report->problems[i].path + " " + report->problems[i].what);
    if (report->problems.size() > kProblemsShown)
      print_error(kName, human_count(report->problems.size() - kProblemsShown) + " more");
    return kFailed;
  }
  say(arguments, *report, **writer);
  return kDone;
}

}  // namespace larder::tool
