// `larder layadcc`: takes the command line of the npm tool layadcc and answers on stdout as it
// does.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "command.h"
#include "interrupt_guard.h"
#include "output.h"
#include "publish/layadcc.h"

namespace larder::tool {
namespace {

constexpr std::string_view kHelp =
    R"(usage: larder layadcc DIR [-cache] [-url URL] [-cout OUT] [-lwr] [-esc] [OPTION...]

Packs DIR for LayaDCC: writes filetable.bin, filetable.txt, filetable1.txt, assetsid.txt and
allfiles.txt, with the same bytes as the npm tool layadcc 1.8.4. Its options:

  -cache     also copy each file, named by its path id, as a bundle needs it
  -url URL   with -cache: where clients start; names the folder below OUT/cache/
  -cout OUT  with -cache and -url: an absolute path, or a single name in the current directory;
             default DIR/layadccout. Without -cache and -url all files go to DIR/update
  -lwr       turn paths to lower case
  -esc       write %20 for white space in paths

Larder's own:

  --skip-unreadable  leave out what cannot be read, with a warning; it is an error otherwise
  --no-notes         keep no notes. By default a run notes the content's fingerprints below
                     $XDG_CACHE_HOME/larder/layadcc (or ~/.cache), and the next run warns of changes
                     that the format's checksum misses
  --json             print one JSON object instead of the original's two lines
  --quiet            print nothing but errors
  --help             print this

Names of directories .git .svn update dccTools layadccout and extensions .exportjson .pngz .jpgz
.jngz are left out. All files change at once at the end; if anything fails, nothing changes.
Exit status: 0 done, 1 anything else (also for a wrong command line, as in the original).
)";

struct Request {
  publish::LayadccOptions options;
  bool json = false;
  bool quiet = false;
  bool help = false;
};

struct WrongCommandLine {
  std::string what;
};

/// Throws WrongCommandLine.
Request parse_words(Arguments words) {
  Request request;
  publish::LayadccOptions& options = request.options;
  bool keeps_notes = true;
  std::vector<std::string> original;
  for (const std::string& word : words) {
    if (word == "--help")
      request.help = true;
    else if (word == "--json")
      request.json = true;
    else if (word == "--quiet")
      request.quiet = true;
    else if (word == "--skip-unreadable")
      options.skip_unreadable = true;
    else if (word == "--no-notes")
      keeps_notes = false;
    else
      original.push_back(word);
  }
  if (request.help) return request;
  if (original.empty()) throw WrongCommandLine{"the first word must be the directory to pack"};

  // The original looks at every word, also at those that are values, and takes the first for the
  // directory.
  for (std::size_t i = 0; i < original.size(); ++i) {
    const std::string& word = original[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == original.size()) throw WrongCommandLine{word + " needs a value"};
      return original[i + 1];
    };
    if (!word.starts_with('-')) continue;
    if (word == "-cache")
      options.cache = true;
    else if (word == "-lwr")
      options.lower_case = true;
    else if (word == "-esc")
      options.escape_spaces = true;
    else if (word == "-url")
      options.url = value();
    else if (word == "-cout")
      options.output = value();
    else
      throw WrongCommandLine{"unknown option " + word};
  }
  options.directory = original.front();
  if (options.directory.starts_with('-'))
    throw WrongCommandLine{"the first word must be the directory to pack, not " +
                           options.directory};
  if (keeps_notes) {
    const char* caches = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    if (caches && *caches == '/')
      options.notes_directory = std::string(caches) + "/larder/layadcc";
    else if (home && *home == '/')
      options.notes_directory = std::string(home) + "/.cache/larder/layadcc";
  }
  return request;
}

/// As JSON.stringify writes it; Boost.JSON orders and escapes alike.
boost::json::object statistics(const publish::LayadccResult& result) {
  boost::json::object counts;
  for (const auto& [extension, count] : result.extensions) counts[extension] = count;
  return counts;
}

void print_warnings(const publish::LayadccResult& result) {
  std::fflush(stdout);
  for (const auto& warning : result.warnings) {
    const std::string line = "larder layadcc: warning: " + publish::sentence(warning) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
}

void print_summary(const publish::LayadccResult& result) {
  boost::json::array warnings;
  for (const auto& warning : result.warnings)
    warnings.push_back({{"kind", publish::name_of(warning.kind)},
                        {"text", warning.text},
                        {"paths", boost::json::array(warning.paths.begin(), warning.paths.end())}});
  print_json({{"output", result.output_directory},
              {"id", result.id},
              {"files", result.files},
              {"bytes", result.bytes},
              {"extensions", statistics(result)},
              {"warnings", std::move(warnings)}});
}

/// What the original says, in its words.
void print_as_original(const publish::LayadccResult& result) {
  print_json(statistics(result));
  print_line("输出:\n " + result.output_directory);
  if (!result.relative_output.empty())
    print_line("注意:\n当前输出路径在资源目录下，记得下次生成cache的时候删除这个输出目录(" +
               result.relative_output + ")，否则也会被算作资源处理的。 ");
}

}  // namespace

int run_layadcc(Arguments arguments) {
  Request request;
  try {
    request = parse_words(arguments);
  } catch (const WrongCommandLine& wrong) {
    print_error("layadcc", wrong.what);
    std::fwrite(kHelp.data(), 1, kHelp.size(), stderr);
    return kFailed;
  }
  if (request.help) {
    std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
    return kDone;
  }

  publish::LayadccOptions& options = request.options;
  std::optional<Progress> bar;
  if (::isatty(STDERR_FILENO) == 1 && !request.quiet)
    options.progress = [&bar](const publish::LayadccProgress& progress) {
      if (!bar) bar.emplace("packing", progress.total_bytes);
      bar->show(progress.bytes);
    };
  const InterruptGuard guard;
  options.stop = &interrupted;
  std::string why;
  const auto result = publish::pack_layadcc(options, &why);
  bar.reset();
  if (!result) {
    print_error("layadcc", why.empty() ? result.error().message() : why);
    return kFailed;
  }
  if (!request.quiet) print_warnings(*result);
  if (request.json)
    print_summary(*result);
  else if (!request.quiet)
    print_as_original(*result);
  return kDone;
}

}  // namespace larder::tool
