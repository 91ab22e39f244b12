#include "demo_run.h"

#include <utility>

#include "demo_trees.h"
#include "ordered_reads.h"

namespace larder::tool {

DemoRun run_program(std::string name, const Options& options, const std::vector<std::string>& paths,
                    const std::filesystem::path& truth) {
  DemoRun run;
  run.name = std::move(name);
  Seconds checking{0};
  const auto began = std::chrono::steady_clock::now();
  {
    auto vfs = Vfs::open(options);
    if (!vfs) throw DemoFailure(run.name + ": cannot open the origin: " + vfs.error().message());
    Progress progress(run.name, paths.size());
    std::size_t done = 0;
    const auto use = [&](const Outcome& outcome) {
      progress.show(++done);
      if (!outcome.blob) {
        run.complaints.push_back(outcome.path + ": " + outcome.blob.error().message());
        return;
      }
      if (outcome.blob->source() == Source::origin) run.downloaded.insert(outcome.path);
      const auto check_began = std::chrono::steady_clock::now();
      if (outcome.blob->text() != content_of(truth / outcome.path))
        run.complaints.push_back(outcome.path + ": other bytes than the file on disk");
      checking += std::chrono::steady_clock::now() - check_began;
    };
    read_in_order(
        *vfs, paths.size(), [&](std::size_t i) { return paths[i]; }, use,
        [&] { progress.show(done); });
    run.stats = vfs->stats();
  }
  run.took = std::chrono::steady_clock::now() - began - checking;
  return run;
}

}  // namespace larder::tool
