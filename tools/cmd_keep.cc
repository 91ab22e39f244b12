// larder pin, unpin, evict: what the store is to keep or to forget.
#include <string>
#include <vector>

#include "command_line.h"
#include "output.h"
#include "store/store.h"

namespace larder::tool {
namespace {

struct Keeping {
  std::string_view name;
  std::string_view summary;
  std::string_view done;  ///< "3 files ..."
  bool forgets = false;   ///< takes --force, and says how many objects the store lost
};

/// Runs `act(vfs, glob, force)` for each glob and says how many files each names.
template <class Act>
int run(const Keeping& keeping, Arguments words, const Act& act) {
  CLI::App app{std::string(keeping.summary)};
  VfsArguments source(keeping.name);
  source.add_to(app);
  std::vector<std::string> globs;
  bool json = false;
  bool force = false;
  app.add_option("GLOB", globs, "paths; `*` and `?` stay in a directory, `**` crosses them")
      ->required()
      ->type_name("");
  if (keeping.forgets) app.add_flag("--force", force, "what is pinned, too");
  app.add_flag("--json", json, "one JSON object a glob");
  if (const auto status = parse(app, keeping.name, words)) return *status;
  if (!source.check()) return kWrongUsage;
  if (source.options().store.empty()) {
    print_error(keeping.name, "there is no store to change", "--store names its directory");
    return kWrongUsage;
  }
  std::optional<Vfs> vfs = source.open();
  if (!vfs) return kFailed;
  const std::uint64_t objects = vfs->stats().stored_objects;
  bool good = true;
  for (const std::string& glob : globs) {
    const Result<std::uint64_t> files = act(*vfs, glob, force);
    good = good && files;
    if (!files && json)
      print_json({{"glob", glob},
                  {"error", name_of(files.error())},
                  {"message", files.error().message()}});
    else if (!files)
      print_error(keeping.name, glob, files.error());
    else if (json)
      print_json({{"glob", glob}, {"files", *files}});
    else
      print_line(human_count(*files, "file") + " " + std::string(keeping.done) + ": " + glob);
  }
  if (!keeping.forgets) return good ? kDone : kFailed;
  vfs.reset();  // waits for it
  const auto left = store::Store::inspect(source.options().store);
  if (!left) {
    print_error(keeping.name, source.options().store, left.error());
    return kFailed;
  }
  const std::uint64_t gone = objects > left->objects ? objects - left->objects : 0;
  if (json)
    print_json({{"summary", {{"evicted", gone}, {"objects", left->objects}}}});
  else
    print_line(human_count(gone, "object") + " evicted, " + human_count(left->objects, "object") +
               " left");
  return good ? kDone : kFailed;
}

}  // namespace

int run_pin(Arguments words) {
  return run({"pin", "Has the store keep what the globs name, whatever else it drops to make room.",
              "pinned"},
             words, [](Vfs& vfs, const std::string& glob, bool) { return vfs.pin(glob); });
}

int run_unpin(Arguments words) {
  return run({"unpin", "Takes pins back.", "unpinned"}, words,
             [](Vfs& vfs, const std::string& glob, bool) { return vfs.unpin(glob); });
}

int run_evict(Arguments words) {
  return run({"evict", "Has the store forget what the globs name.", "named", true}, words,
             [](Vfs& vfs, const std::string& glob, bool force) { return vfs.evict(glob, force); });
}

}  // namespace larder::tool
