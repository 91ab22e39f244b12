// larder status: figures of a store.
#include <string>

#include "command_line.h"
#include "output.h"
#include "store/store.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "status";

boost::json::object to_json(const Latency& latency) {
  return {{"samples", latency.samples},
          {"p50_ns", latency.p50.count()},
          {"p90_ns", latency.p90.count()},
          {"p99_ns", latency.p99.count()},
          {"max_ns", latency.max.count()}};
}

boost::json::object to_json(const StoreActivity& life) {
  return {{"hits", life.hits},
          {"misses", life.misses},
          {"stored", life.stored},
          {"stored_again", life.stored_again},
          {"damaged", life.damaged},
          {"write_failures", life.write_failures},
          {"read_failures", life.read_failures},
          {"refusals", life.refusals},
          {"evictions", life.evictions},
          {"reinsertions", life.reinsertions},
          {"stored_bytes", life.stored_bytes},
          {"appended_bytes", life.appended_bytes},
          {"waited_ms", milliseconds(life.waited)},
          {"hit_latency", to_json(life.hit)},
          {"miss_latency", to_json(life.miss)}};
}

std::string in_words(const Latency& latency) {
  if (latency.samples == 0) return "none measured";
  return "p50 " + human_duration(latency.p50) + ", p90 " + human_duration(latency.p90) + ", p99 " +
         human_duration(latency.p99) + ", max " + human_duration(latency.max);
}

void print(const store::StoreFigures& figures) {
  print_line("objects   " + human_count(figures.objects) + ", " +
             human_bytes(figures.object_bytes));
  print_line("claims    " + human_count(figures.claims) + " names of foreign tables for them");
  print_line("segments  " + human_count(figures.segments));
  print_line("on disk   " + human_bytes(figures.disk_bytes));
  const StoreActivity& life = figures.life;
  print_line("over its life, by all processes:");
  print_line("hits      " + human_count(life.hits) + "; " + in_words(life.hit));
  print_line("misses    " + human_count(life.misses) + "; " + in_words(life.miss) + "; " +
             human_duration(life.waited) + " waited in all");
  print_line("stored    " + human_count(life.stored) + ", of which again " +
             human_count(life.stored_again));
  if (life.evictions + life.refusals + life.reinsertions != 0)
    print_line("quota     " + human_count(life.evictions) + " evicted, " +
               human_count(life.refusals) + " refused, " + human_count(life.reinsertions) +
               " copied to make room");
  print_line("failures  " + human_count(life.damaged, "object") + " damaged, " +
             human_count(life.write_failures) + " not stored, " + human_count(life.read_failures) +
             " not readable");
}

}  // namespace

int run_status(Arguments words) {
  CLI::App app("Says what a store holds. The store may be in use; nothing is changed.");
  std::string directory;
  bool json = false;
  app.add_option("--store", directory, "directory of the store")->required()->type_name("DIR");
  app.add_flag("--json", json, "one JSON object");
  if (const auto status = parse(app, kName, words)) return *status;

  const auto figures = store::Store::inspect(directory);
  if (!figures) {
    if (figures.error() == errc::not_found)
      print_error(kName, "there is no store in " + directory,
                  "--store names the directory that `larder get --store` was given");
    else
      print_error(kName, directory, figures.error());
    return kFailed;
  }
  if (json)
    print_json({{"store", directory},
                {"objects", figures->objects},
                {"object_bytes", figures->object_bytes},
                {"claims", figures->claims},
                {"segments", figures->segments},
                {"disk_bytes", figures->disk_bytes},
                {"life", to_json(figures->life)}});
  else
    print(*figures);
  return kDone;
}

}  // namespace larder::tool
