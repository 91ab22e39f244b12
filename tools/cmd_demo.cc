// larder demo: the main job end to end. A signed origin on loopback, an app with a bundle, three
// program runs, an update between them; every byte is held against the files on disk.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "command_line.h"
#include "demo_run.h"
#include "demo_trees.h"
#include "origin_release.h"
#include "origin_server.h"
#include "output.h"
#include "publish/make_bundle.h"
#include "publish/publish.h"
#include "trust/key.h"

namespace larder::tool {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kName = "demo";
constexpr double kSampleShare = 0.4;

struct DemoArguments {
  std::string old_folder;
  std::string new_folder;
  std::string store;
  double share = 0.2;
  bool json = false;
};

struct Version {
  fs::path folder;
  std::vector<TreeFile> files;
  std::uint64_t bytes = 0;

  explicit Version(fs::path where) : folder(std::move(where)), files(files_of(folder)) {
    if (files.empty()) throw DemoFailure(folder.string() + " has no files");
    for (const TreeFile& file : files) bytes += file.bytes;
  }
};

class Demo {
 public:
  explicit Demo(DemoArguments arguments) : arguments_(std::move(arguments)) {
    if (arguments_.old_folder.empty()) {
      write_sample(work_.path() / "sample");
      arguments_.old_folder = work_.path() / "sample/v1";
      arguments_.new_folder = work_.path() / "sample/v2";
    }
    old_.emplace(arguments_.old_folder);
    new_.emplace(arguments_.new_folder);
    changed_ = changed_files(old_->folder, old_->files, new_->folder, new_->files);
    choose_sample();
  }

  int run() {
    const fs::path site = work_.path() / "origin";
    publish(*old_, site);
    bundle(site);
    OriginServerOptions server_options;
    server_options.root = site.string();
    OriginServer server(server_options);
    server.start();

    Options options;
    options.origin = server.url();
    options.store = arguments_.store.empty() ? (work_.path() / "store").string() : arguments_.store;
    options.bundles = {bundle_file()};
    options.trust = trust();

    play("first start", server, options, *old_);
    play("second start", server, options, *old_);
    publish(*new_, site);
    play("after the update", server, options, *new_);

    check();
    arguments_.json ? print_objects() : print_table();
    return complaints_.empty() ? kDone : kFailed;
  }

 private:
  // Paths that both versions have; if no changed file is among them, those as well, so that the
  // third run has something to show.
  void choose_sample() {
    std::vector<std::string> new_paths;
    for (const TreeFile& file : new_->files) new_paths.push_back(file.path);
    for (const TreeFile& file : old_->files)
      if (is_chosen(file.path, "sample", kSampleShare) &&
          std::binary_search(new_paths.begin(), new_paths.end(), file.path))
        sample_.push_back(file.path);
    changed_sample_ = changed_in_sample();
    if (changed_sample_.empty()) {
      sample_.insert(sample_.end(), changed_.begin(), changed_.end());
      std::sort(sample_.begin(), sample_.end());
      changed_sample_ = changed_in_sample();
    }
  }

  [[nodiscard]] std::set<std::string> changed_in_sample() const {
    std::set<std::string> result;
    std::set_intersection(changed_.begin(), changed_.end(), sample_.begin(), sample_.end(),
                          std::inserter(result, result.end()));
    return result;
  }

  void publish(const Version& version, const fs::path& site) const {
    publish::PublishOptions options;
    options.directory = version.folder.string();
    options.origin = site.string();
    options.keys = std::span(&key_, 1);
    options.follow_links = true;
    options.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    std::string why;
    if (!publish::publish_release(options, &why))
      throw DemoFailure("cannot publish " + version.folder.string() + ": " + why);
  }

  [[nodiscard]] TrustOptions trust() const {
    TrustOptions trust;
    trust.keys = {trust::to_text(key_.public_key())};
    return trust;
  }
  [[nodiscard]] std::string bundle_file() const { return work_.path() / "app.larder"; }

  // The table of the full tree, the content of a share of its files.
  void bundle(const fs::path& site) {
    const auto release = fetch_release(kName, site.string(), trust());
    if (!release) throw DemoFailure("the release that was just published cannot be read");
    publish::FileList files;
    for (const TreeFile& file : old_->files) files.add(file.path, file.bytes);
    publish::BundleRequest request;
    request.directory = old_->folder.string();
    request.files = &files;
    request.includes = [this](std::string_view path) {
      return is_chosen(path, "bundle", arguments_.share);
    };
    request.release = &release->stamp;
    auto writer = bundle::BundleWriter::create(bundle_file());
    if (!writer) throw DemoFailure("cannot write " + bundle_file());
    const auto report = publish::make_bundle(request, **writer);
    if (!report || !report->problems.empty()) throw DemoFailure("cannot make a bundle");
    bundled_ = report->files;
  }

  // One run of the program, and whether the server saw what the program says of it.
  void play(const char* name, const OriginServer& server, const Options& options,
            const Version& version) {
    const std::uint64_t before = server.counters().requests;
    DemoRun run = run_program(name, options, sample_, version.folder);
    const std::uint64_t seen = server.counters().requests - before;
    if (seen != run.stats.requests + run.stats.table_requests)
      run.complaints.push_back("the server saw " + human_count(seen) + " requests");
    runs_.push_back(std::move(run));
  }

  void check() {
    for (const DemoRun& run : runs_)
      for (const std::string& complaint : run.complaints)
        complaints_.push_back(run.name + ": " + complaint);
    if (runs_[1].stats.requests != 0 || runs_[1].stats.wire_bytes != 0)
      complaints_.push_back("the second start downloaded content");
    // Of those that changed, none need be downloaded whose new content another file has.
    std::vector<std::string> too_many;
    std::set_difference(runs_[2].downloaded.begin(), runs_[2].downloaded.end(),
                        changed_sample_.begin(), changed_sample_.end(),
                        std::back_inserter(too_many));
    if (!too_many.empty())
      complaints_.push_back("after the update " + human_count(too_many.size(), "file") +
                            " downloaded that did not change, " + too_many.front() + " among them");
    constexpr std::size_t kMostShown = 10;
    for (std::size_t i = 0; i < std::min(complaints_.size(), kMostShown); ++i)
      print_error(kName, complaints_[i]);
    if (complaints_.size() > kMostShown)
      print_error(kName, human_count(complaints_.size() - kMostShown) + " more like these");
  }

  [[nodiscard]] const Version& version_of(std::size_t run) const { return run < 2 ? *old_ : *new_; }

  void print_objects() const {
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const Stats& stats = runs_[i].stats;
      print_json({{"run", runs_[i].name},
                  {"reads", stats.reads},
                  {"bundle", stats.from_bundle},
                  {"store", stats.from_store},
                  {"origin", stats.from_origin},
                  {"requests", stats.requests},
                  {"wire_bytes", stats.wire_bytes},
                  {"table_requests", stats.table_requests},
                  {"table_bytes", stats.table_bytes},
                  {"full_bytes", version_of(i).bytes},
                  {"hit_rate", stats.hit_rate()},
                  {"ms", milliseconds(runs_[i].took)}});
    }
    print_json({{"summary",
                 {{"files", old_->files.size()},
                  {"bundled", bundled_},
                  {"changed", changed_.size()},
                  {"changed_and_read", changed_sample_.size()},
                  {"complaints", complaints_.size()}}}});
  }

  void print_table() const {
    print_line("A signed origin on loopback publishes " + human_count(old_->files.size()) +
               " files, " + human_bytes(old_->bytes) + ". The app ships with " +
               human_count(bundled_) + " of them in its bundle.");
    print_line("Each run of the program reads the same " + human_count(sample_.size()) +
               " files. The update changes " + human_count(changed_.size()) + " of all files, " +
               human_count(changed_sample_.size()) + " of those read.\n");
    print_row("run", "bundle", "store", "origin", "requests", "downloaded", "full download",
              "hit rate", "time");
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const Stats& stats = runs_[i].stats;
      char rate[16];
      // Rounded down: only all is 100 %.
      std::snprintf(rate, sizeof rate, "%.1f %%", std::floor(stats.hit_rate() * 1000) / 10);
      print_row(std::to_string(i + 1) + " " + runs_[i].name, human_count(stats.from_bundle),
                human_count(stats.from_store), human_count(stats.from_origin),
                human_count(stats.requests) + " + " + human_count(stats.table_requests),
                human_bytes(stats.wire_bytes + stats.table_bytes), human_bytes(version_of(i).bytes),
                rate, human_duration(runs_[i].took));
    }
    print_line(
        "\nRequests: for content + for tables. Full download: what fetching all files costs.");
    print_line("1: only what is asked for is downloaded, and nothing that the bundle holds.");
    print_line("2: nothing is downloaded again; the origin is asked once whether it has news.");
    print_line(
        "3: of the new version come the pages of its table that changed, and of the changed files "
        "those that are read.");
    if (complaints_.empty())
      print_line("Checked: every byte of " + human_count(runs_.size() * sample_.size()) +
                 " reads equals the file on disk; run 2 downloaded no content; run 3 exactly the "
                 "changed files.");
  }

  template <class... Cells>
  static void print_row(const std::string& name, const Cells&... cells) {
    constexpr int kWidths[] = {8, 8, 8, 12, 12, 15, 10, 9};
    char line[160];
    int length = std::snprintf(line, sizeof line, "%-18s", name.c_str());
    std::size_t column = 0;
    const auto add = [&](const std::string& cell) {
      length += std::snprintf(line + length, sizeof line - static_cast<std::size_t>(length), "%*s",
                              kWidths[column++], cell.c_str());
    };
    (add(cells), ...);
    print_line(line);
  }

  DemoArguments arguments_;
  WorkFolder work_;
  const trust::PrivateKey key_ = trust::PrivateKey::generate();
  std::optional<Version> old_;
  std::optional<Version> new_;
  std::vector<std::string> changed_;  // in both versions, sorted
  std::vector<std::string> sample_;   // what each run reads, sorted
  std::set<std::string> changed_sample_;
  std::size_t bundled_ = 0;
  std::vector<DemoRun> runs_;
  std::vector<std::string> complaints_;
};

}  // namespace

int run_demo(Arguments words) {
  CLI::App app(
      "Shows the main job end to end: a signed origin on loopback, an app with a bundle, three\n"
      "program runs and an update between them. Checks every byte; exit status 1 if anything was "
      "wrong.\n"
      "Without --old and --new it uses a generated sample. The folders are not written to.");
  DemoArguments arguments;
  auto* old_folder = app.add_option("--old", arguments.old_folder, "first version of the content")
                         ->type_name("DIR")
                         ->check(CLI::ExistingDirectory.description(""));
  app.add_option("--new", arguments.new_folder, "version that is published before the third run")
      ->type_name("DIR")
      ->check(CLI::ExistingDirectory.description(""))
      ->needs(old_folder);
  app.add_option("--store", arguments.store, "store to use (default: one that is removed)")
      ->type_name("DIR");
  app.add_option("--share", arguments.share, "share of the files in the bundle (default 0.2)")
      ->type_name("0..1")
      ->check(CLI::Range(0.0, 1.0).description(""));
  app.add_flag("--json", arguments.json, "one JSON object a run, then a summary");
  if (const auto status = parse(app, kName, words)) return *status;
  if (arguments.old_folder.empty() != arguments.new_folder.empty()) {
    print_error(kName, "--old and --new belong together", "give both or none");
    return kWrongUsage;
  }
  try {
    return Demo(std::move(arguments)).run();
  } catch (const std::runtime_error& failure) {  // of the demo, the file system, the server
    print_error(kName, failure.what());
  }
  return kFailed;
}

}  // namespace larder::tool
