// Opening: origins that publish a list of files.
#include <initializer_list>
#include <utility>

#include "compat/list_client.h"
#include "larder/vfs_impl.h"
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

Layout Vfs::Impl::known_list_layout(const std::string& base_url) const {
  auto& fs = sys::FileSystem::real();
  for (const ListLayout& one : kListLayouts) {
    for (const std::string& bundle : options_.bundles)
      for (const char* file : one.files)
        if (fs.exists(bundle + "/" + file)) return one.layout;
    const std::string known = state_directory(one.name, base_url);
    if (!known.empty() && fs.exists(known + "/current.json")) return one.layout;
  }
  return Layout::laya;
}

Layout Vfs::Impl::layout_by_list(const std::string& base_url) {
  for (const ListLayout& one : kListLayouts)
    for (const char* file : one.files)
      if (has_file(base_url, file)) return one.layout;
  return Layout::laya;
}

Result<void> Vfs::Impl::open_list_client(const std::string& base_url, Layout layout) {
  compat::ListClientOptions options;
  options.system = layout == Layout::cocos ? compat::make_cocos_system(options_.lists)
                                           : compat::make_flist_system(options_.lists);
  options.base_url = base_url;
  options.mirrors = mirror_urls_;
  options.sites = sites_.get();
  options.offline = options_.offline;
  options.ignore_case = options_.ignore_case;
  options.packages = options_.bundles;
  options.state_directory = state_directory(options.system->name(), base_url);
  options.max_file_bytes = options_.max_file_bytes;
  options.lists = options_.lists;
  options.log = log_;
  auto client = compat::ListClient::create(std::move(options), *transport_);
  if (!client) return client.error();
  client_ = std::move(*client);
  return {};
}

}  // namespace larder
