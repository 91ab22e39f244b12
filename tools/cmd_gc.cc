// larder gc, clear: space that a store gives back.
#include <optional>
#include <string>

#include "command_line.h"
#include "output.h"
#include "store/store.h"

namespace larder::tool {
namespace {

using store::Store;
using store::StoreFigures;

struct Target {
  std::string directory;
  bool json = false;

  void add_to(CLI::App& app) {
    app.add_option("--store", directory, "directory of the store")->required()->type_name("DIR");
    app.add_flag("--json", json, "one JSON object");
  }
};

/// The figures of the store; if there is none, says so on stderr.
std::optional<StoreFigures> inspect(std::string_view command, const std::string& directory) {
  auto figures = Store::inspect(directory);
  if (figures) return *figures;
  if (figures.error() == errc::not_found) {
    print_error(command, "there is no store in " + directory,
                "--store names the directory that `larder get --store` was given");
    return std::nullopt;
  }
  // Opening it makes a damaged index anew.
  if (figures.error() == errc::bad_store) return StoreFigures{};
  print_error(command, directory, figures.error());
  return std::nullopt;
}

/// Opens the store, has `act(store)` change it, and says what that freed.
template <class Act>
int run(std::string_view command, const Target& target, std::uint64_t quota_bytes, const Act& act) {
  const auto before = inspect(command, target.directory);
  if (!before) return kFailed;
  Result<void> done;
  {
    store::StoreOptions options;
    options.directory = target.directory;
    options.quota_bytes = quota_bytes;
    auto opened = Store::open(std::move(options));
    done = opened ? act(**opened) : opened.error();
  }
  if (!done && done.error() != errc::too_large) {
    print_error(command, target.directory, done.error());
    return kFailed;
  }
  const auto after = inspect(command, target.directory);
  if (!after) return kFailed;
  const auto less = [](std::uint64_t was, std::uint64_t is) { return was > is ? was - is : 0; };
  const std::uint64_t objects = less(before->objects, after->objects);
  const std::uint64_t bytes = less(before->disk_bytes, after->disk_bytes);
  if (target.json)
    print_json({{"store", target.directory},
                {"dropped_objects", objects},
                {"freed_bytes", bytes},
                {"objects", after->objects},
                {"disk_bytes", after->disk_bytes}});
  else
    print_line(human_count(objects, "object") + " dropped, " + human_bytes(bytes) + " freed; " +
               human_count(after->objects, "object") + " left, " + human_bytes(after->disk_bytes) +
               " on disk");
  if (done) return kDone;
  print_error(command,
              "the index of " + target.directory + " and what is pinned leave no room within " +
                  human_bytes(quota_bytes),
              "unpin some of it with `larder unpin`, or allow more");
  return kFailed;
}

}  // namespace

int run_clear(Arguments words) {
  constexpr std::string_view kName = "clear";
  CLI::App app("Empties a store but of what is pinned. The store may be in use.");
  Target target;
  target.add_to(app);
  bool force = false;
  app.add_flag("--force", force, "what is pinned, too");
  if (const auto status = parse(app, kName, words)) return *status;
  return run(kName, target, 0, [&](Store& store) { return store.clear(force); });
}

int run_gc(Arguments words) {
  constexpr std::string_view kName = "gc";
  CLI::App app(
      "Brings a store below a size: drops what is worth least, and returns the space of what was "
      "dropped before, and of downloads that broke off. The store may be in use.");
  Target target;
  target.add_to(app);
  std::string quota;
  app.add_option("--quota", quota, "what it may take on disk: bytes, or as 512MiB or 4GiB")
      ->required()
      ->type_name("SIZE");
  if (const auto status = parse(app, kName, words)) return *status;
  const auto bytes = parse_size(quota);
  if (!bytes) {
    print_error(kName, "--quota " + quota + " is no size", "give bytes, or as 512MiB or 4GiB");
    return kWrongUsage;
  }
  return run(kName, target, *bytes, [](Store& store) { return store.trim(); });
}

}  // namespace larder::tool
