#include <filesystem>
#include <string_view>
#include <utility>

#include "digest/hex.h"
#include "lists/list_writer.h"
#include "net/ascii.h"
#include "publish/export_lists.h"
#include "publish/export_tree.h"
#include "publish/layadcc_warnings.h"
#include "publish/without_throwing.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

namespace fs = std::filesystem;

bool is_hidden(std::string_view name) {
  return name.starts_with('.');
}

bool is_zip(std::string_view name) {
  constexpr std::string_view kZip = ".zip";
  return name.size() > kZip.size() && net::same_ascii(name.substr(name.size() - kZip.size()), kZip);
}

std::vector<std::string> folders_of(const CocosExport& what) {
  if (!what.folders.empty()) return what.folders;
  const auto is_there = [&](const char* name) {
    return fs::is_directory(what.source + "/" + name);
  };
  std::vector<std::string> folders;
  for (const char* name : {"src", is_there("assets") ? "assets" : "res", "jsb-adapter"})
    if (is_there(name)) folders.emplace_back(name);
  return folders;
}

class CocosExporter {
 public:
  CocosExporter(const CocosExport& what, std::string& why) : what_(what), why_(why) {}

  Result<ExportResult> run() {
    const auto folders = folders_of(what_);
    if (folders.empty()) {
      why_ = shown(what_.source) + " has neither src, assets nor res";
      return errc::invalid_argument;
    }
    WalkRules rules;
    rules.takes_directory = [](std::string_view, std::string_view name) {
      return !is_hidden(name);
    };
    rules.takes_file = [](std::string_view name) { return !is_hidden(name); };
    for (const std::string& folder : folders)
      if (const auto added = tree_.add(what_.source, folder, rules, what_.run.stop, why_); !added)
        return added.error();
    if (const auto usable = tree_.check(why_); !usable) return usable.error();
    const auto tags = tree_.tag(what_.source, TagRequest::Tag::md5, what_.run, nullptr, why_);
    if (!tags) return tags.error();
    warn_of_urls();
    return write(*tags);
  }

 private:
  void warn_of_urls() {
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < tree_.files().size(); ++i)
      if (tree_.files().path(i).find_first_of("#?") != std::string_view::npos)
        paths.emplace_back(tree_.files().path(i));
    if (!paths.empty())
      result_.warnings.push_back(
          "clients cannot fetch these, since the manifest's form leaves # and ? in URLs; rename "
          "them:" +
          shown_lines(paths));
    if (!what_.url.ends_with('/'))
      result_.warnings.push_back(
          "a slash was added to the URL, which version_generator.js does "
          "not do: its manifests then name the wrong files");
  }

  Result<ExportResult> write(const std::vector<TaggedFile>& tags) {
    lists::CocosManifest manifest;
    manifest.package_url = what_.url + (what_.url.ends_with('/') ? "" : "/");
    manifest.remote_manifest_url = manifest.package_url + "project.manifest";
    manifest.remote_version_url = manifest.package_url + "version.manifest";
    manifest.version = what_.version;
    std::vector<std::string> digits(tags.size());
    std::vector<lists::ListedFile> assets(tags.size());
    for (std::size_t i = 0; i < tags.size(); ++i) {
      digits[i] = digest::to_hex(tags[i].md5);
      assets[i] = {tree_.files().path(i), digits[i], tags[i].size_bytes,
                   is_zip(tree_.files().name(i))};
      result_.bytes += tags[i].size_bytes;
    }
    result_.files = tags.size();
    if (const auto put = replace("project.manifest", write_project_manifest(manifest, assets));
        !put)
      return put.error();
    // Clients ask for this one first.
    if (const auto put = replace("version.manifest", write_version_manifest(manifest)); !put)
      return put.error();
    return std::move(result_);
  }

  Result<void> replace(const char* name, const std::string& text) {
    const std::string path = (fs::path(what_.destination) / name).string();
    auto done = sys::make_directories(what_.destination, *what_.run.file_system);
    if (done) done = sys::replace_file(path, text, *what_.run.file_system);
    if (done)
      result_.lists.push_back(path);
    else
      why_ = "cannot write " + shown(path) + ": " + done.error().message();
    return done;
  }

  const CocosExport& what_;
  std::string& why_;
  ExportTree tree_;
  ExportResult result_;
};

}  // namespace

Result<ExportResult> export_cocos(const CocosExport& what, std::string* why) noexcept {
  return without_throwing(why,
                          [&](std::string& reason) { return CocosExporter(what, reason).run(); });
}

}  // namespace larder::publish
