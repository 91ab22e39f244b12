// larder prefetch: fetches files ahead into a store.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"
#include "output.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "prefetch";

struct PrefetchArguments {
  std::vector<std::string> globs;
  NetworkPolicy network;
  unsigned flights = 0;  // what the library thinks best
  bool literal = false;
  bool json = false;
};

struct Failure {
  std::string path;
  std::error_code error;
};

/// Files that failed, told by the Vfs, said by the main thread.
class Failures {
 public:
  void add(std::string_view path, std::error_code error) {
    const std::lock_guard lock(mutex_);
    failures_.push_back({std::string(path), error});
  }
  std::vector<Failure> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(failures_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<Failure> failures_;  ///< guarded by mutex_
};

void add_to(CLI::App& app, PrefetchArguments& arguments) {
  app.add_option(
         "GLOB", arguments.globs,
         "what to fetch: paths; `*` and `?` stay in a directory, `**` crosses them; `-` reads "
         "paths from stdin")
      ->required()
      ->type_name("");
  app.add_flag("--literal", arguments.literal, "`*` and `?` are characters like others");
  app.add_option("--flights", arguments.flights, "most downloads at the same time (default 192)")
      ->type_name("N")
      ->check(CLI::Range(1, 10000).description(""));
  app.add_option("--limit-rate", arguments.network.bytes_per_second,
                 "most bytes a second: 500000, 500KiB, 2MiB")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(false).description(""));
  app.add_flag("--json", arguments.json, "one JSON object a file that failed, then a summary");
}

void say(const std::vector<Failure>& failures, bool json, Progress& bar) {
  if (failures.empty()) return;
  bar.wipe();
  for (const auto& [path, error] : failures) {
    if (json)
      print_json({{"path", path}, {"error", name_of(error)}, {"message", error.message()}});
    else
      print_error(kName, path, error);
  }
}

std::string note(const PrefetchProgress& progress) {
  return ", " + human_bytes(progress.bytes) +
         (progress.total_bytes ? " of " + human_bytes(*progress.total_bytes) : "") + ", " +
         human_bytes(static_cast<std::uint64_t>(progress.bytes_per_second)) + "/s";
}

void say_summary(const PrefetchProgress& done, const Stats& stats, Seconds took, bool json) {
  if (json) {
    print_json({{"summary",
                 {{"files", done.files},
                  {"local", done.local},
                  {"fetched", done.fetched},
                  {"failed", done.failed},
                  {"wire_bytes", stats.wire_bytes},
                  {"requests", stats.requests},
                  {"table_bytes", stats.table_bytes},
                  {"table_requests", stats.table_requests},
                  {"ms", milliseconds(took)}}}});
    return;
  }
  print_line(human_count(done.files, "file") + " in " + human_duration(took) + ": " +
             human_count(done.local) + " were here, " + human_count(done.fetched) + " fetched, " +
             human_count(done.failed) + " failed; downloaded " + human_bytes(stats.wire_bytes) +
             " in " + human_count(stats.requests, "request"));
}

/// What a prefetch of nothing comes from.
void say_refusal(const PrefetchArguments& arguments, std::error_code error) {
  std::string globs;
  for (const std::string& glob : arguments.globs) globs += (globs.empty() ? "" : " ") + glob;
  if (error == errc::unsupported)
    print_error(kName, globs + ": the names of this release are not known (unsupported)",
                "upload allfiles.txt, or give paths without `*` and `?`");
  else
    print_error(kName, globs, error);
}

}  // namespace

int run_prefetch(Arguments words) {
  CLI::App app("Fetches files ahead into the local store, so that reading them needs no network.");
  VfsArguments source(kName);
  source.add_to(app);
  PrefetchArguments arguments;
  add_to(app, arguments);
  if (const auto status = parse(app, kName, words)) return *status;
  if (!source.check()) return kWrongUsage;
  if (source.options().store.empty()) {
    print_error(kName, "there is nothing to fetch into", "--store names the directory");
    return kWrongUsage;
  }
  replace_dash_by_stdin(arguments.globs);

  const auto began = std::chrono::steady_clock::now();
  Failures failures;  // outlives the Vfs, which tells of them
  std::optional<Vfs> vfs = source.open();
  if (!vfs) return kFailed;
  arguments.network.low_flights = arguments.flights;
  vfs->set_network_policy(arguments.network);
  PrefetchOptions options;
  options.literal = arguments.literal;
  options.on_failure = [&](std::string_view path, std::error_code error) {
    failures.add(path, error);
  };
  auto job = vfs->prefetch(arguments.globs, std::move(options));
  if (!job) {
    say_refusal(arguments, job.error());
    return kFailed;
  }
  PrefetchProgress progress = job->progress();
  Progress bar("fetching", progress.files);
  while (job->wait(std::chrono::milliseconds(100)).error() == errc::timed_out) {
    progress = job->progress();
    say(failures.take(), arguments.json, bar);
    bar.show(progress.done(), note(progress));
  }
  progress = job->progress();
  const Stats stats = vfs->stats();
  vfs.reset();  // what is due is told, what was fetched is durable
  say(failures.take(), arguments.json, bar);
  bar.wipe();
  say_summary(progress, stats, std::chrono::steady_clock::now() - began, arguments.json);
  return progress.failed == 0 ? kDone : kFailed;
}

}  // namespace larder::tool
