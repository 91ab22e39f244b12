// larder simulate: replays a trace of accesses through eviction policies.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "output.h"
#include "simulate/plot.h"
#include "simulate/quota.h"
#include "simulate/replay.h"

namespace larder::tool {
namespace {

using namespace larder::simulate;

constexpr std::string_view kName = "simulate";
constexpr double kPlotShares[] = {0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15,
                                  0.2,  0.25,  0.3,  0.4,  0.5,  0.6,   0.75};

struct Options {
  std::string trace;
  std::vector<Quota> quotas;
  std::vector<const PolicyKind*> kinds;
  FetchCost cost;
  std::string plot;
  bool json = false;

  /// Whether the requests must be in memory before the first is replayed.
  [[nodiscard]] bool need_whole_trace() const {
    if (!plot.empty()) return true;
    for (const Quota& quota : quotas)
      if (quota.share) return true;
    for (const PolicyKind* kind : kinds)
      if (kind->needs_future) return true;
    return false;
  }
};

struct Row {
  const PolicyKind* kind;
  const Quota* quota;
  Counts counts;
};

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", share * 100);
  return text;
}

std::string column(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

void print_rows(const Options& options, const Footprint& footprint, const std::vector<Row>& rows) {
  if (!options.json && !rows.empty()) {
    const Counts& counts = rows.front().counts;
    print_line(human_count(counts.requests) + " requests of " + human_bytes(counts.request_bytes) +
               ", " + human_count(footprint.objects()) + " objects of " +
               human_bytes(footprint.bytes()) + "\n");
    print_line(column("policy", 10) + column("quota", 12) + column("object hits", 13) +
               column("byte hits", 11) + "waiting");
  }
  for (const Row& row : rows) {
    const Seconds wait = options.cost.of(row.counts);
    const std::uint64_t quota_bytes = row.quota->of(footprint.bytes());
    if (!options.json) {
      print_line(column(std::string(row.kind->name), 10) + column(human_bytes(quota_bytes), 12) +
                 column(percent(row.counts.object_hit_rate()), 13) +
                 column(percent(row.counts.byte_hit_rate()), 11) + human_duration(wait));
      continue;
    }
    print_json({{"policy", row.kind->name},
                {"quota", row.quota->text},
                {"quota_bytes", quota_bytes},
                {"object_hit_rate", row.counts.object_hit_rate()},
                {"byte_hit_rate", row.counts.byte_hit_rate()},
                {"wait_s", wait.count()},
                {"requests", row.counts.requests},
                {"hits", row.counts.hits},
                {"request_bytes", row.counts.request_bytes},
                {"hit_bytes", row.counts.hit_bytes},
                {"objects", footprint.objects()},
                {"footprint_bytes", footprint.bytes()}});
  }
}

// Replays in one pass, in memory that does not grow with the number of requests.
std::vector<Row> replay_while_reading(const Options& options, TraceReader& reader,
                                      Footprint& footprint) {
  std::vector<Replay> replays;
  std::vector<Row> rows;
  for (const Quota& quota : options.quotas)
    for (const PolicyKind* kind : options.kinds) {
      replays.emplace_back(*kind, quota.bytes);
      rows.push_back({kind, &quota, {}});
    }
  for (Request request; reader.next(request);) {
    footprint.request(request);
    for (Replay& replay : replays) replay.request(request);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].counts = replays[i].counts();
  return rows;
}

std::vector<Row> replay_trace(const Options& options, const std::vector<Request>& trace,
                              const Footprint& footprint) {
  Progress progress("simulating", options.quotas.size() * options.kinds.size());
  std::vector<Row> rows;
  for (const Quota& quota : options.quotas)
    for (const PolicyKind* kind : options.kinds) {
      rows.push_back({kind, &quota, replay(*kind, quota.of(footprint.bytes()), trace)});
      progress.show(rows.size());
    }
  return rows;
}

bool write_plot(const Options& options, const std::vector<Request>& trace,
                const Footprint& footprint) {
  Progress progress("plotting", std::size(kPlotShares) * options.kinds.size());
  std::uint64_t done = 0;
  std::vector<PlotLine> lines;
  for (const PolicyKind* kind : options.kinds) {
    PlotLine& line = lines.emplace_back(PlotLine{std::string(kind->name), {}});
    for (const double share : kPlotShares) {
      const auto quota = static_cast<std::uint64_t>(share * static_cast<double>(footprint.bytes()));
      const Counts counts = replay(*kind, quota, trace);
      line.points.push_back({share, 1 - counts.object_hit_rate(), 1 - counts.byte_hit_rate()});
      progress.show(++done);
    }
  }
  const std::string name =
      options.trace == "-" ? "stdin" : std::filesystem::path(options.trace).filename().string();
  const std::string svg = plot_svg(name + ": " + human_count(trace.size()) +
                                       " requests, footprint " + human_bytes(footprint.bytes()),
                                   lines);
  std::FILE* file = std::fopen(options.plot.c_str(), "wb");
  const bool written = file && std::fwrite(svg.data(), 1, svg.size(), file) == svg.size();
  const bool closed = file && std::fclose(file) == 0;
  if (written && closed) return true;
  print_error(kName, options.plot + ": cannot be written: " + std::strerror(errno),
              "--plot names a file in a folder that exists");
  return false;
}

int simulate(const Options& options) {
  TraceReader reader(options.trace);
  Footprint footprint;
  std::vector<Request> trace;
  std::vector<Row> rows;
  const bool whole = options.need_whole_trace();
  if (whole) {
    for (Request request; reader.next(request);) {
      footprint.request(request);
      trace.push_back(request);
    }
  } else {
    rows = replay_while_reading(options, reader, footprint);
  }
  if (!reader.error().empty()) {
    print_error(kName, reader.error(), reader.hint());
    return kFailed;
  }
  if (footprint.objects() == 0) {
    print_error(kName, (options.trace == "-" ? "stdin" : options.trace) + " holds no requests",
                "a trace has a line `id size` for each");
    return kFailed;
  }
  if (whole) rows = replay_trace(options, trace, footprint);
  print_rows(options, footprint, rows);
  return options.plot.empty() || write_plot(options, trace, footprint) ? kDone : kFailed;
}

std::string known_policies() {
  std::string names;
  for (const PolicyKind& kind : policy_kinds())
    names.append(names.empty() ? "" : ", ").append(kind.name);
  return names;
}

std::string description() {
  std::string text =
      "Replays a trace of accesses through eviction policies and prints their hit rates.\n\n"
      "TRACE has a line `id size` for each request, plain or compressed by zstd; size in bytes.\n"
      "Waiting is modelled: each miss costs a round trip and its bytes through the line.\n"
      "Memory grows with the number of distinct ids; belady, --plot and a quota in % also keep "
      "the\n"
      "requests (16 bytes each).\n\nPolicies:\n";
  for (const PolicyKind& kind : policy_kinds())
    text += "  " + column(std::string(kind.name), 10) + std::string(kind.summary) + "\n";
  return text;
}

/// Turns words into quotas and policies; if that fails, says why.
bool understand(const std::vector<std::string>& quotas, const std::vector<std::string>& policies,
                Options& options) {
  for (const std::string& word : quotas) {
    const std::optional<Quota> quota = parse_quota(word);
    if (!quota) {
      print_error(
          kName, "`" + word + "` is not a quota",
          "give bytes, such as 1048576 or 64MiB, or up to 100 % of the footprint, as in 25%");
      return false;
    }
    options.quotas.push_back(*quota);
  }
  for (const std::string& word : policies) {
    const PolicyKind* kind = find_policy(word);
    if (!kind) {
      print_error(kName, "there is no policy " + word, "there are " + known_policies());
      return false;
    }
    options.kinds.push_back(kind);
  }
  if (policies.empty())
    for (const PolicyKind& kind : policy_kinds()) options.kinds.push_back(&kind);
  if (!options.quotas.empty() || !options.plot.empty()) return true;
  print_error(kName, "no quota is given", "give --quota, --plot or both");
  return false;
}

}  // namespace

int run_simulate(Arguments words) {
  CLI::App app(description());
  Options options;
  std::vector<std::string> quotas;
  std::vector<std::string> policies;
  double request_cost_ms = options.cost.per_request.count() * 1000;
  double megabytes_per_second = options.cost.bytes_per_second / 1e6;
  app.add_option("TRACE", options.trace, "file to replay, or - for stdin")
      ->type_name("")
      ->required();
  app.add_option("--quota", quotas,
                 "size of the cache: bytes, KiB, MiB, GiB or % of the footprint; N,N for more")
      ->type_name("N")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--policy", policies, "policies to replay through; P,P for more (default: all)")
      ->type_name("P")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--request-cost", request_cost_ms, "round trip of a miss, in ms (default 40)")
      ->type_name("MS")
      ->check(CLI::Range(0.0, 1e6).description(""));
  app.add_option("--bandwidth", megabytes_per_second, "of the line, in 10^6 bytes/s (default 5)")
      ->type_name("MB/S")
      ->check(CLI::Range(1e-6, 1e6).description(""));
  app.add_option("--plot", options.plot, "draw miss ratio over cache size (1 to 75 %) as SVG")
      ->type_name("FILE");
  app.add_flag("--json", options.json, "one JSON object a policy and quota");
  if (const auto status = parse(app, kName, words)) return *status;
  options.cost = {Seconds(request_cost_ms / 1000), megabytes_per_second * 1e6};
  if (!understand(quotas, policies, options)) return kWrongUsage;
  return simulate(options);
}

}  // namespace larder::tool
