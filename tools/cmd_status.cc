// larder status: figures of a store.
#include <string>

#include "command_line.h"
#include "output.h"
#include "store/store.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "status";

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
  if (json) {
    print_json({{"store", directory},
                {"objects", figures->objects},
                {"object_bytes", figures->object_bytes},
                {"claims", figures->claims},
                {"segments", figures->segments},
                {"disk_bytes", figures->disk_bytes}});
  } else {
    print_line("objects   " + human_count(figures->objects) + ", " +
               human_bytes(figures->object_bytes));
    print_line("claims    " + human_count(figures->claims) + " names of foreign tables for them");
    print_line("segments  " + human_count(figures->segments));
    print_line("on disk   " + human_bytes(figures->disk_bytes));
  }
  return kDone;
}

}  // namespace larder::tool
