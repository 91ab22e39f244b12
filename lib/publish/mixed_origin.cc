#include "publish/mixed_origin.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "publish/companion.h"
#include "publish/file_marks.h"
#include "publish/layadcc_output.h"
#include "publish/layadcc_warnings.h"
#include "publish/native_names.h"
#include "publish/plain_files.h"
#include "publish/without_throwing.h"

namespace larder::publish {
namespace {

constexpr const char* kTables = "update";

/// The LayaDCC part of one run.
class LayadccPart final : public Companion {
 public:
  explicit LayadccPart(const PublishOptions& options)
      : options_(options),
        plain_files_(options.origin, options.origin + "/.larder", *options.file_system) {}

  bool leaves_out(std::string_view path) override {
    if (path != kTables) return false;
    left_out_tables_ = true;
    return true;
  }

  Result<void> begin(int root, const FileList& files, std::string& why) override {
    root_ = root;
    files_ = &files;
    if (!path_in_tree(options_.origin, options_.directory).empty()) {
      why = "the tree " + shown(options_.directory) +
            " lies in the origin, where its copies go; give --to another directory";
      return errc::invalid_argument;
    }
    std::vector<std::string> taken;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string_view path = files.path(i);
      const std::string_view top = path.substr(0, path.find('/'));
      if (is_native_name(top) || path == kTables) taken.emplace_back(path);
      paths_.emplace_hint(paths_.end(), path);
    }
    marks_ = marks_of(root, files);
    if (taken.empty()) return {};
    why =
        "these names are the origin's own, so that LayaDCC clients cannot have them; rename them, "
        "or publish without --also-layadcc:" +
        shown_lines(taken);
    return errc::invalid_argument;
  }

  Result<void> before_head(std::string& why) override {
    LayadccOptions options;
    options.directory = options_.directory;
    options.origin = options_.origin;
    options.files = files_;
    options.threads = options_.threads;
    options.stop = options_.stop;
    options.file_system = options_.file_system;
    if (options_.progress)
      options.progress = [this](const LayadccProgress& progress) {
        options_.progress({PublishProgress::Stage::foreign, progress.files, progress.total_files});
      };
    auto prepared = prepare_layadcc(std::move(options), &why);
    if (!prepared) return prepared.error();
    prepared_ = std::move(*prepared);
    const auto changed = changed_since(marks_, root_, *files_);
    if (changed.empty()) return {};
    why = "the tree changed while it was published; try again:" + shown_lines(changed);
    return errc::io;
  }

  Result<LayadccResult> commit(std::string& why) {
    auto way = plain_files_.make_way(paths_);
    if (!way) return fail(way.error(), why);
    auto result = prepared_->commit(&why);
    if (!result) return result;
    if (const auto done = plain_files_.settle(paths_); !done) return fail(done.error(), why);
    if (left_out_tables_)
      result->warnings.push_back({LayadccWarning::Kind::update_folder,
                                  "left out: the folder \"update\" at the top of the tree, where "
                                  "LayaDCC's tables go",
                                  {}});
    return result;
  }

 private:
  std::error_code fail(std::error_code error, std::string& why) const {
    why = "cannot write to " + shown(options_.origin) + ": " + error.message();
    return error;
  }

  const PublishOptions& options_;
  PlainFiles plain_files_;
  bool left_out_tables_ = false;
  int root_ = -1;
  const FileList* files_ = nullptr;
  PlainFiles::Paths paths_;
  std::vector<FileMark> marks_;
  std::unique_ptr<PreparedLayadcc> prepared_;
};

Result<MixedResult> publish_both(PublishOptions options, std::string& why) {
  if (options.content_key) {
    why = "LayaDCC clients cannot read what is encrypted: publish it for native ones alone";
    return errc::invalid_argument;
  }
  LayadccPart part(options);
  options.companion = &part;
  options.from_release.reset();
  auto native = publish_release(options, &why);
  if (!native) return native.error();
  auto layadcc = part.commit(why);
  if (layadcc) return MixedResult{std::move(*native), std::move(*layadcc)};
  why = "version " + std::to_string(native->head.version) +
        " of the native release is published, but its LayaDCC part is not; try again: " + why;
  return layadcc.error();
}

}  // namespace

Result<MixedResult> publish_mixed(const PublishOptions& options, std::string* why) noexcept {
  return without_throwing(why, [&](std::string& reason) { return publish_both(options, reason); });
}

bool has_layadcc_part(const std::string& origin) {
  std::error_code ignored;
  return std::filesystem::exists(origin + "/update/assetsid.txt", ignored);
}

}  // namespace larder::publish
