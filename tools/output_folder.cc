#include "output_folder.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "net/url.h"

namespace larder::tool {
namespace fs = std::filesystem;
namespace {

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto ends = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return ends.first == folder.end();
}

}  // namespace

Result<OutputFolder> OutputFolder::open(fs::path folder, const Options& options) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return error;
  folder = fs::canonical(folder, error);
  if (error) return error;
  vfs::PathRules::Options rules;
  if (!options.origin.empty()) {
    auto base = net::normalise_base(options.origin);
    if (!base) return base.error();
    rules.base_url = std::move(*base);
  }
  rules.lower_case = options.laya.lower_case;
  return OutputFolder(std::move(folder), vfs::PathRules(std::move(rules)));
}

Result<fs::path> OutputFolder::file_of(std::string_view path) const {
  vfs::PathBuffer buffer;
  const auto request = rules_.parse(path, buffer);
  if (!request) return request.error();
  if (request->kind != PathRequest::Kind::content) return errc::bad_path;
  const fs::path relative(request->path);
  if (!relative.has_filename() || relative.is_absolute()) return errc::bad_path;
  if (std::find(relative.begin(), relative.end(), "..") != relative.end()) return errc::bad_path;
  // A symbolic link in the folder may lead out of it.
  std::error_code error;
  const fs::path parent = fs::weakly_canonical((folder_ / relative).parent_path(), error);
  if (error) return error;
  if (!is_below(parent, folder_)) return errc::bad_path;
  return parent / relative.filename();
}

Result<void> OutputFolder::write(std::string_view path, std::string_view content) {
  const Result<fs::path> file = file_of(path);
  if (!file) return file.error();
  std::error_code error;
  fs::create_directories(file->parent_path(), error);
  if (error) return error;

  const fs::path aside = file->parent_path() / (".larder-" + std::to_string(::getpid()) + "-" +
                                                std::to_string(written_++));
  errno = 0;
  std::ofstream out(aside, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (out) {
    fs::rename(aside, *file, error);
  } else {
    error = {errno != 0 ? errno : EIO, std::generic_category()};
  }
  if (error) {
    std::error_code ignored;
    fs::remove(aside, ignored);
    return error;
  }
  return {};
}

}  // namespace larder::tool
