// larder get: reads files through the VFS and says of each where it came from.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"
#include "digest/hash.h"
#include "digest/hex.h"
#include "ordered_reads.h"
#include "output.h"
#include "output_folder.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "get";

struct GetArguments {
  std::vector<std::string> paths;
  std::string output;
  bool cat = false;
  bool json = false;
  bool verbose = false;
};

struct Totals {
  std::uint64_t paths = 0;
  std::uint64_t failed = 0;
  std::uint64_t by_source[3] = {};
  std::uint64_t bytes = 0;
};

// Where content was that had not to be downloaded, as the original runtime calls it.
std::string place_of(Source source) {
  return source == Source::bundle ? "package" : "store";
}

boost::json::array to_json(const std::vector<HostActivity>& hosts) {
  boost::json::array all;
  for (const HostActivity& host : hosts)
    all.push_back({{"host", host.host},
                   {"requests", host.requests},
                   {"bytes", host.bytes},
                   {"failures", host.failures},
                   {"damaged", host.damaged},
                   {"hedges", host.hedges},
                   {"latency_ms", milliseconds(host.latency)},
                   {"resting", host.resting}});
  return all;
}

// Says how each read ended, in the order in which the paths were asked for.
class Report {
 public:
  Report(const GetArguments& arguments, std::optional<OutputFolder> folder)
      : arguments_(arguments),
        folder_(std::move(folder)),
        progress_("reading", arguments.paths.size()) {}

  void take(const Outcome& outcome) {
    ++totals_.paths;
    std::error_code error = outcome.blob.error();
    if (!error && folder_) error = folder_->write(outcome.path, outcome.blob->text()).error();
    progress_.wipe();
    if (error)
      say_failure(outcome.path, error);
    else
      say_success(outcome);
    tick();
  }

  void tick() { progress_.show(totals_.paths); }

  void finish(const Vfs& vfs, Seconds took) {
    const Stats stats = vfs.stats();
    progress_.wipe();
    const auto source = [this](Source s) { return totals_.by_source[static_cast<int>(s)]; };
    if (arguments_.json) {
      print_json({{"summary",
                   {{"paths", totals_.paths},
                    {"failed", totals_.failed},
                    {"bundle", source(Source::bundle)},
                    {"store", source(Source::store)},
                    {"origin", source(Source::origin)},
                    {"bytes", totals_.bytes},
                    {"wire_bytes", stats.wire_bytes},
                    {"requests", stats.requests},
                    {"table_bytes", stats.table_bytes},
                    {"table_requests", stats.table_requests},
                    {"hosts", to_json(vfs.hosts())},
                    {"ms", milliseconds(took)}}}});
    } else if (!arguments_.cat) {
      print_line(human_count(totals_.paths, "path") + ", " + human_bytes(totals_.bytes) + " in " +
                 human_duration(took) + ": " + human_count(source(Source::bundle)) +
                 " from the bundle, " + human_count(source(Source::store)) + " from the store, " +
                 human_count(source(Source::origin)) + " from the origin, " +
                 human_count(totals_.failed) + " failed; downloaded " +
                 human_bytes(stats.wire_bytes) + " in " + human_count(stats.requests, "request"));
    }
  }

  [[nodiscard]] bool all_good() const noexcept { return totals_.failed == 0; }

 private:
  void say_success(const Outcome& outcome) {
    const Blob& blob = *outcome.blob;
    ++totals_.by_source[static_cast<int>(blob.source())];
    totals_.bytes += blob.size();
    if (arguments_.verbose && blob.source() != Source::origin)
      print_note("found the file in the " + place_of(blob.source()) + ": " + outcome.path);
    if (arguments_.json) {
      print_json({{"path", outcome.path},
                  {"source", name_of(blob.source())},
                  {"bytes", blob.size()},
                  {"wire_bytes", outcome.report.wire_bytes},
                  {"requests", outcome.report.requests},
                  {"digest", digest::to_hex(digest::sha256(blob.bytes()).bytes)},
                  {"ms", milliseconds(outcome.took)}});
    } else if (arguments_.cat) {
      std::fwrite(blob.data(), 1, blob.size(), stdout);
    } else {
      char columns[64];
      std::snprintf(columns, sizeof columns, "%-7s %10s %9s  ", name_of(blob.source()),
                    human_bytes(blob.size()).c_str(), human_duration(outcome.took).c_str());
      print_line(columns + outcome.path);
    }
  }

  void say_failure(const std::string& path, std::error_code error) {
    ++totals_.failed;
    if (arguments_.json)
      print_json({{"path", path}, {"error", name_of(error)}, {"message", error.message()}});
    else
      print_error(kName, path, error);
  }

  const GetArguments& arguments_;
  std::optional<OutputFolder> folder_;
  Progress progress_;
  Totals totals_;
};

void add_to(CLI::App& app, GetArguments& arguments) {
  app.add_option("PATH", arguments.paths, "what to read; `-` reads more paths from stdin")
      ->required()
      ->type_name("");
  app.add_option("-o,--output", arguments.output, "write the files below this directory")
      ->type_name("DIR");
  auto* cat = app.add_flag("--cat", arguments.cat, "write the content to stdout");
  app.add_flag("--json", arguments.json, "one JSON object a path, then a summary")->excludes(cat);
}

}  // namespace

int run_get(Arguments words) {
  CLI::App app("Reads files: from the bundle, from the local store, or from the origin.");
  VfsArguments source(kName);
  source.add_to(app);
  GetArguments arguments;
  add_to(app, arguments);
  if (const auto status = parse(app, kName, words)) return *status;
  if (!source.check()) return kWrongUsage;
  replace_dash_by_stdin(arguments.paths);
  arguments.verbose = source.verbose();

  std::optional<OutputFolder> folder;
  if (!arguments.output.empty()) {
    auto opened = OutputFolder::open(arguments.output, source.options());
    if (!opened) {
      print_error(kName, "cannot write below " + arguments.output, opened.error());
      return kFailed;
    }
    folder.emplace(std::move(*opened));
  }

  const auto began = std::chrono::steady_clock::now();
  std::optional<Vfs> vfs = source.open();
  if (!vfs) return kFailed;
  Report report(arguments, std::move(folder));
  read_in_order(
      *vfs, arguments.paths.size(), [&](std::size_t i) { return arguments.paths[i]; },
      [&](const Outcome& outcome) { report.take(outcome); }, [&] { report.tick(); });
  report.finish(*vfs, std::chrono::steady_clock::now() - began);
  return report.all_good() ? kDone : kFailed;
}

}  // namespace larder::tool
