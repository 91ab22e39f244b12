// Mounts of origins that publish a list of files.
#include <initializer_list>
#include <utility>

#include "compat/list_client.h"
#include "larder/mount_impl.h"
#include "sys/file_system.h"

namespace larder {
namespace {

struct ListLayout {
  Layout layout;
  const char* name;
  std::initializer_list<const char*> files;  ///< each of which tells
};
const ListLayout kListLayouts[] = {
    {Layout::cocos, "cocos", {"version.manifest", "project.manifest"}},
    {Layout::flist, "flist", {"flist"}},
};

}  // namespace

Layout Mount::known_list_layout() const {
  auto& fs = sys::FileSystem::real();
  for (const ListLayout& one : kListLayouts) {
    for (const std::string& bundle : options_.bundles)
      for (const char* file : one.files)
        if (fs.exists(bundle + "/" + file)) return one.layout;
    const std::string known = state_directory(one.name);
    if (!known.empty() && fs.exists(known + "/current.json")) return one.layout;
  }
  return Layout::laya;
}

Layout Mount::layout_by_list() {
  for (const ListLayout& one : kListLayouts)
    for (const char* file : one.files)
      if (has_file(file)) return one.layout;
  return Layout::laya;
}

Result<void> Mount::open_list_client(Layout layout) {
  compat::ListClientOptions options;
  const auto make = layout == Layout::cocos ? compat::make_cocos_system : compat::make_flist_system;
  options.system = make(options_.lists, services_.options->read_filter);
  options.base_url = base_url_;
  options.mirrors = mirror_urls_;
  options.sites = services_.sites;
  options.offline = services_.options->offline;
  options.ignore_case = options_.ignore_case;
  options.packages = options_.bundles;
  options.state_directory = state_directory(options.system->name());
  options.max_file_bytes = services_.options->max_file_bytes;
  options.lists = options_.lists;
  options.mount_point = point_;
  options.prepare = before_taking_over();
  options.log = log_;
  auto client = compat::ListClient::create(std::move(options), *services_.transport);
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

}  // namespace larder
