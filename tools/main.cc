// The program larder: finds the command and runs it.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <larder/version.h>

#include "command.h"
#include "output.h"

namespace larder::tool {
namespace {

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(Arguments);
};

constexpr Command kCommands[] = {
    {"get", "read files: from the bundle, the store or the origin", run_get},
    {"prefetch", "fetch files ahead into the store", run_prefetch},
    {"ls", "list what an origin or bundle has", run_ls},
    {"explain", "why a path comes from where", run_explain},
    {"status", "figures of a store", run_status},
    {"verify", "check a store, and mend it", run_verify},
    {"pin", "have the store keep files whatever else it drops", run_pin},
    {"unpin", "take pins back", run_unpin},
    {"evict", "have the store forget files", run_evict},
    {"clear", "empty a store", run_clear},
    {"gc", "bring a store below a size", run_gc},
    {"publish", "write a release into an origin", run_publish},
    {"import", "take over what other tools have packed, or downloaded", run_import},
    {"export", "publish a tree for Cocos Creator's or quick-cocos2d-x's updaters", run_export},
    {"diff", "what changed between two releases", run_diff},
    {"layadcc", "write the tables of a LayaDCC origin", run_layadcc},
    {"xxtea", "encrypt and decrypt files as quick-cocos2d-x and Cocos Creator do", run_xxtea},
    {"bundle", "write content to ship with an app into one file", run_bundle},
    {"keygen", "make a pair of keys for signing releases", run_keygen},
    {"sign", "add signatures to a head or a root document", run_sign},
    {"root", "say which keys speak for an origin, and change them", run_root},
    {"serve", "serve a directory on loopback, for development", run_serve},
    {"simulate", "replay a trace of accesses through eviction policies", run_simulate},
#if defined(LARDER_WITH_HOTFIX)
    {"hotfix", "list hotfix points, check and sign patch scripts", run_hotfix},
#endif
    {"demo", "show the main job end to end", run_demo},
};

void print_usage() {
  print_line("usage: larder COMMAND [ARGUMENT...]\n");
  for (const Command& command : kCommands)
    print_line("  " + std::string(command.name) + std::string(10 - command.name.size(), ' ') +
               std::string(command.summary));
  print_line("\n`larder COMMAND --help` tells more; `larder --version` prints the version.");
}

const Command* find_command(std::string_view name) {
  const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [&](const Command& command) { return command.name == name; });
  return found == std::end(kCommands) ? nullptr : found;
}

int run(std::vector<std::string> words) {
  if (words.empty()) {
    print_error("", "no command is given", "`larder --help` lists them");
    return kWrongUsage;
  }
  std::string name = words.front();
  words.erase(words.begin());
  if (name == "help" && !words.empty()) {
    name = words.front();
    words = {"--help"};
  }
  if (name == "--help" || name == "-h" || name == "help") {
    print_usage();
    return kDone;
  }
  if (name == "--version") {
    print_line("larder " LARDER_VERSION_STRING);
    return kDone;
  }
  const Command* command = find_command(name);
  if (!command) {
    print_error("", "there is no command " + name, "`larder --help` lists them");
    return kWrongUsage;
  }
  return command->run(words);
}

}  // namespace
}  // namespace larder::tool

int main(int argc, char** argv) {
  using namespace larder::tool;
  int status = kFailed;
  try {
    status = run(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
  } catch (const std::exception& exception) {
    print_error("", exception.what());
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    print_error("", std::string("cannot write to stdout: ") + std::strerror(errno));
    return status == kDone ? kFailed : status;
  }
  return status;
}
