#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "digest/hex.h"
#include "lists/list_writer.h"
#include "publish/export_lists.h"
#include "publish/export_tree.h"
#include "publish/layadcc_output.h"
#include "publish/layadcc_warnings.h"
#include "publish/output_directory.h"
#include "publish/without_throwing.h"

namespace larder::publish {
namespace {

namespace fs = std::filesystem;

class FlistExporter {
 public:
  FlistExporter(const FlistExport& what, std::string& why)
      : what_(what),
        destination_(what.destination.empty() ? what.directory : what.destination),
        why_(why) {}

  Result<ExportResult> run() {
    if (const auto walked = walk_tree(); !walked) return walked.error();
    auto output = OutputDirectory::open(destination_, *what_.run.file_system);
    if (!output) return fail(output.error());
    output_ = std::move(*output);
    const auto tags =
        tree_.tag(what_.directory, TagRequest::Tag::hex_text_md5, what_.run, copies(), why_);
    if (!tags) return tags.error();
    if (const auto written = write_lists(*tags); !written) return fail(written.error());
    if (const auto committed = output_->commit(OutputDirectory::Sync::everything); !committed)
      return fail(committed.error());
    return std::move(result_);
  }

 private:
  [[nodiscard]] bool is_a() const { return !what_.version_file; }

  std::error_code fail(std::error_code error) {
    why_ = error == errc::busy ? "another run is at work in " + shown(destination_)
                               : "cannot write to " + shown(destination_) + ": " + error.message();
    return error;
  }

  /// The lists and what systems leave lying about: neither listed nor copied.
  [[nodiscard]] bool is_foreign(std::string_view name) const {
    return name == ".DS_Store" || name == "flist" || (name == "version" && !is_a());
  }

  Result<void> walk_tree() {
    // A destination inside the tree is not part of it.
    const std::string own = path_in_tree(what_.directory, destination_);
    WalkRules rules;
    rules.takes_directory = [&](std::string_view path, std::string_view name) {
      if (path == own || name == OutputDirectory::kStagingName) return false;
      if (is_a() && (is_foreign(name) || name == kLauncher)) return false;  // as the script does
      directories_.emplace(path);
      return true;
    };
    rules.takes_file = [&](std::string_view name) { return !is_foreign(name); };
    if (const auto added = tree_.add(what_.directory, "", rules, what_.run.stop, why_); !added)
      return added;
    return tree_.check(why_);
  }

  std::function<Result<std::unique_ptr<OutputFile>>(std::size_t)> copies() {
    std::error_code ignored;
    if (fs::equivalent(what_.directory, destination_, ignored)) return nullptr;
    return
        [this](std::size_t file) { return output_->create(std::string(tree_.files().path(file))); };
  }

  Result<void> write_lists(const std::vector<TaggedFile>& tags) {
    lists::Flist flist;
    if (is_a()) {
      flist.app_version = what_.app_version;
      flist.version = what_.version;
    }
    flist.directories.assign(directories_.begin(), directories_.end());
    lists::FileList::Builder files;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      // Launchers update themselves before they look at the list.
      if (tree_.files().name(i) == kLauncher) continue;
      const std::string code = digest::to_hex(tags[i].md5);
      if (files.add({tree_.files().path(i), code, tags[i].size_bytes, false}) != nullptr)
        return errc::too_large;
      result_.bytes += tags[i].size_bytes;
    }
    flist.files = files.build();
    result_.files = flist.files.size();
    auto done = put("flist", lists::write_flist(flist));
    if (done && !is_a()) done = put("version", lists::write_flist_version(*what_.version_file));
    return done;
  }

  Result<void> put(const char* name, const std::string& text) {
    result_.lists.push_back((fs::path(destination_) / name).string());
    return output_->put(name, text);
  }

  static constexpr std::string_view kLauncher = "launcher.zip";

  const FlistExport& what_;
  const std::string destination_;
  std::string& why_;
  ExportTree tree_;
  std::set<std::string> directories_;  ///< sorted, so parents come first
  std::unique_ptr<OutputDirectory> output_;
  ExportResult result_;
};

}  // namespace

Result<ExportResult> export_flist(const FlistExport& what, std::string* why) noexcept {
  return without_throwing(why,
                          [&](std::string& reason) { return FlistExporter(what, reason).run(); });
}

}  // namespace larder::publish
