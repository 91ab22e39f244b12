#include "publish/layadcc_output.h"

#include <filesystem>

#include "bundle/laya_directory.h"
#include "publish/layadcc_names.h"

namespace larder::publish {
namespace {

namespace fs = std::filesystem;

/// Node's path.resolve: absolute, without ".", ".." and a final slash; links stay.
std::string resolve(const std::string& path) {
  std::string resolved = (fs::current_path() / path).lexically_normal().string();
  while (resolved.size() > 1 && resolved.ends_with('/')) resolved.pop_back();
  return resolved;
}

}  // namespace

Result<LayadccOutput> layadcc_output(const LayadccOptions& options, std::string& why) {
  LayadccOutput output;
  output.tree = resolve(options.directory);
  if (!options.origin.empty()) {
    output.base = resolve(options.origin);
    output.directory = output.base + "/update";
    return output;
  }
  output.base = output.tree + "/update";
  output.directory = output.base;
  if (!options.cache || options.url.empty()) return output;

  if (options.output.empty()) {
    output.base = output.tree + "/layadccout";
  } else if (options.output.starts_with('/')) {
    output.base = options.output;
  } else if (options.output.find_first_of("/\\") != std::string::npos) {
    why = "the output directory must be an absolute path or a single name, not " + options.output;
    return errc::invalid_argument;
  } else {
    output.base = resolve(options.output);
    output.relative = true;
  }
  const std::string host = bundle::laya_host_path(options.url);
  if (host == "." || host == "..") {
    why = "the URL " + options.url + " makes no usable directory name";
    return errc::invalid_argument;
  }
  output.directory = output.base + "/cache/" + host;
  return output;
}

std::string path_in_tree(const std::string& tree, const std::string& directory) {
  const fs::path inside =
      fs::weakly_canonical(directory).lexically_relative(fs::weakly_canonical(tree));
  if (inside.empty() || inside == "." || *inside.begin() == "..") return {};
  std::string path = inside.string();
  while (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace larder::publish
