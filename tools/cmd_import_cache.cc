// larder import cachelist, larder import storage: what an old client has downloaded, into a store.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command_line.h"
#include "lists/cache_list.h"
#include "output.h"
#include "sys/files.h"

namespace larder::tool {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kName = "import";

struct CacheArguments {
  std::string format;
  std::string source;
  std::vector<std::string> bases;
  bool move = false;
  bool json = false;
  bool quiet = false;
};

/// A URL of the old client's as a path, if it lies below one of its bases.
std::string path_of(const CacheArguments& arguments, const std::string& url) {
  for (const std::string& base : arguments.bases)
    if (url.size() > base.size() && url.starts_with(base)) return url.substr(base.size());
  return url;
}

/// What a cacheList.json names, of that what lies beside it. False, and an error on stderr.
bool read_cache_list(const CacheArguments& arguments, std::vector<LocalCopy>& copies) {
  const auto text = sys::read_file(arguments.source, lists::ListLimits().max_bytes);
  if (!text) {
    print_error(kName, arguments.source, text.error());
    return false;
  }
  std::string why;
  const auto files = lists::parse_cache_list(*text, {}, &why);
  if (!files) {
    print_error(kName, arguments.source + ": " + why);
    return false;
  }
  const fs::path directory = fs::path(arguments.source).parent_path();
  for (const lists::CachedFile& file : *files) {
    const std::string place = lists::place_in_cache(file.file);
    if (place.empty())
      print_error(kName, file.url + ": its file " + file.file + " lies elsewhere: left out");
    else
      copies.push_back({path_of(arguments, file.url), (directory / place).string()});
  }
  return true;
}

/// The files of a directory, whose names are paths. False, and an error on stderr.
bool read_directory(const CacheArguments& arguments, std::vector<LocalCopy>& copies) {
  std::error_code error;
  fs::recursive_directory_iterator walk(arguments.source, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error))
    if (walk->symlink_status().type() == fs::file_type::regular)
      copies.push_back({walk->path().lexically_relative(arguments.source).generic_string(),
                        walk->path().string()});
  if (error) print_error(kName, arguments.source + ": " + error.message());
  return !error;
}

void say(const TakenOver& result, const CacheArguments& arguments) {
  if (arguments.json) {
    print_json({{"files", result.files},
                {"taken", result.taken},
                {"bytes", result.bytes},
                {"held", result.held},
                {"different", result.different},
                {"unlisted", result.unlisted},
                {"unverified", result.unverified},
                {"failed", result.failed}});
  } else if (!arguments.quiet) {
    print_line(human_count(result.files, "file") + ": " + human_count(result.taken) +
               " taken over (" + human_bytes(result.bytes) + "), " + human_count(result.held) +
               " were here, " + human_count(result.different) + " of another version, " +
               human_count(result.unlisted) + " not listed, " + human_count(result.unverified) +
               " without a checksum, " + human_count(result.failed) + " failed");
  }
}

}  // namespace

int run_import_cache(Arguments words) {
  CLI::App app(
      "Puts what an old client has downloaded into a store, so that it is not downloaded again. "
      "Only content with the checksum that the release in use names is taken.\n"
      "`cachelist`: SRC is the cacheList.json of Cocos Creator's cache manager (in its directory "
      "gamecaches).\n"
      "`storage`: SRC is the directory in which an updater kept files by their paths: the storage "
      "path of Cocos Creator's hot update, or upd/ of quick-cocos2d-x.");
  VfsArguments source(kName);
  CacheArguments arguments;
  app.add_option("FORMAT", arguments.format, "cachelist or storage")
      ->required()
      ->check(CLI::IsMember({"cachelist", "storage"}).description(""))
      ->type_name("");
  app.add_option("SRC", arguments.source, "what to take over")->required()->type_name("");
  source.add_to(app);
  app.add_option("--base", arguments.bases,
                 "cachelist: what URLs of the list begin with, if that is not the origin's")
      ->type_name("URL");
  app.add_flag("--move", arguments.move, "delete each file once the store holds its content");
  app.add_flag("--json", arguments.json, "one JSON object");
  app.add_flag("--quiet,-q", arguments.quiet, "print nothing but errors");
  if (const auto status = parse(app, kName, words)) return *status;
  if (!source.check()) return kWrongUsage;
  if (source.options().store.empty()) {
    print_error(kName, "there is nothing to put it into", "--store names the directory");
    return kWrongUsage;
  }
  std::vector<LocalCopy> copies;
  const bool read = arguments.format == "cachelist" ? read_cache_list(arguments, copies)
                                                    : read_directory(arguments, copies);
  if (!read) return kFailed;
  std::optional<Vfs> vfs = source.open();
  if (!vfs) return kFailed;
  Progress bar("taking over", copies.size());
  TakeOverOptions options;
  options.remove = arguments.move;
  options.on_progress = [&](std::uint64_t done, std::uint64_t) { bar.show(done); };
  const auto result = vfs->take_over(copies, options);
  vfs.reset();  // what was stored is durable
  bar.wipe();
  if (!result) {
    print_error(kName, arguments.source, result.error());
    return kFailed;
  }
  say(*result, arguments);
  return result->failed == 0 ? kDone : kFailed;
}

}  // namespace larder::tool
