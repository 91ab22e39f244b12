// larder ls: names of an origin or bundle.
#include <string>
#include <vector>

#include "command_line.h"
#include "output.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "ls";

class Listing {
 public:
  Listing(Vfs& vfs, bool recursive, bool json) : vfs_(vfs), recursive_(recursive), json_(json) {}

  /// Lists what is below `directory`, or the file of that name.
  std::error_code list(const std::string& directory) {
    const auto entries = vfs_.list(directory);
    if (!entries) {
      const auto stat = vfs_.stat(directory);
      if (!stat || stat->is_directory) return entries.error();
      print(directory, false);
      return {};
    }
    const std::string prefix =
        directory.empty() || directory.ends_with('/') ? directory : directory + "/";
    for (const DirectoryEntry& entry : *entries) {
      const std::string path = prefix + entry.name;
      print(path, entry.is_directory);
      if (!recursive_ || !entry.is_directory) continue;
      if (const std::error_code error = list(path)) return error;
    }
    return {};
  }

 private:
  void print(const std::string& path, bool is_directory) {
    if (!json_) return print_line(is_directory ? path + "/" : path);
    boost::json::object object = {{"path", path}, {"type", is_directory ? "directory" : "file"}};
    if (!is_directory) {
      const auto stat = vfs_.stat(path);
      object["local"] = stat && stat->local;
      if (stat && stat->size_bytes) object["bytes"] = *stat->size_bytes;
    }
    print_json(object);
  }

  Vfs& vfs_;
  bool recursive_;
  bool json_;
};

}  // namespace

int run_ls(Arguments words) {
  CLI::App app("Lists names; directories end in a slash. Content is not fetched.");
  VfsArguments source(kName);
  source.add_to(app);
  std::vector<std::string> directories;
  bool recursive = false;
  bool json = false;
  app.add_option("DIR", directories, "what to list (default: the root)")->type_name("");
  app.add_flag("-R,--recursive", recursive, "list directories below as well");
  app.add_flag("--json", json, "one JSON object a name");
  if (const auto status = parse(app, kName, words)) return *status;
  if (!source.check()) return kWrongUsage;
  if (directories.empty()) directories.emplace_back();

  std::optional<Vfs> vfs = source.open();
  if (!vfs) return kFailed;
  Listing listing(*vfs, recursive, json);
  int status = kDone;
  for (const std::string& directory : directories) {
    const std::error_code error = listing.list(directory);
    if (!error) continue;
    print_error(kName, directory.empty() ? "/" : directory, error);
    status = kFailed;
  }
  return status;
}

}  // namespace larder::tool
