#include "publish/import_layadcc.h"

#include <fcntl.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/content_path.h"
#include "digest/hash.h"
#include "digest/hex.h"
#include "publish/content_pass.h"
#include "publish/descriptor.h"
#include "publish/file_marks.h"
#include "publish/laya_source.h"
#include "publish/layadcc_warnings.h"
#include "publish/unchanged.h"
#include "publish/without_throwing.h"

namespace larder::publish {
namespace {

class Import {
 public:
  Import(const LayaImport& what, std::string& why) : what_(what), why_(why) {}

  Result<LayaImportResult> run() {
    const PublishOptions& options = what_.publish;
    auto source = open_laya_source(options.directory, options.origin, options.stop, why_);
    if (!source) return source.error();
    source_ = std::move(*source);
    problems_ = std::move(source_.problems);
    if (const auto done = verify(); !done) return done.error();
    if (!problems_.empty() && !what_.skip_damaged) {
      why_ = "these files cannot be imported (--skip-damaged leaves them out):" +
             shown_lines(problems_);
      return errc::damaged;
    }
    return publish();
  }

 private:
  /// Reads every file; keeps the good ones.
  Result<void> verify() {
    const Descriptor root(::open(source_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) {
      why_ = "cannot open the directory " + shown(source_.directory);
      return errc::io;
    }
    FileList files;
    for (const auto& file : source_.files) files.add(file.path, 0);
    const std::vector<FileMark> marks = marks_of(root.get(), files);
    const auto report = read(root.get(), files);
    if (!report) return report.error();
    if (!report->unreadable.empty()) {
      take_out(report->unreadable);
      return verify();
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto& file = source_.files[i];
      if (const char* fault = fault_of(i, report->facts)) {
        problems_.push_back({file.path, fault});
        continue;
      }
      good_.push_back({file.path, file.name});
      marks_.push_back(marks[i]);
    }
    result_.has_packed_digest =
        source_.in_order && problems_.empty() && digest::to_hex(report->md5) == source_.id;
    return {};
  }

  /// With files that cannot be read, of the others nothing is known either.
  void take_out(const std::vector<UnreadableFile>& unreadable) {
    for (auto file = unreadable.rbegin(); file != unreadable.rend(); ++file) {
      const auto at = source_.files.begin() + static_cast<std::ptrdiff_t>(file->file);
      problems_.push_back({at->path, file->what});
      source_.files.erase(at);
    }
  }

  Result<ContentReport> read(int root, const FileList& files) {
    const PublishOptions& options = what_.publish;
    ContentRequest request;
    request.root = root;
    request.files = &files;
    request.threads = options.threads != 0
                          ? options.threads
                          : std::clamp(std::thread::hardware_concurrency(), 2u, 4u);
    request.stop = options.stop;
    if (options.progress)
      request.progress = [&](std::uint64_t done, std::uint64_t) {
        options.progress({PublishProgress::Stage::foreign, done, files.size()});
      };
    return read_contents(request, why_);
  }

  /// What is wrong with a file, and what to do; null: nothing.
  [[nodiscard]] const char* fault_of(std::size_t file,
                                     const std::vector<ContentFacts>& facts) const {
    const auto expected = source_.table->find(source_.files[file].path_id);
    if (!expected || !digest::laya_xor_equal(*expected, facts[file].checksum))
      return "its checksum is not the table's; copy it again, or pack the tree again";
    if (content_path_problem(source_.files[file].name))
      return "native releases cannot have its name; rename it, and pack the tree again";
    return nullptr;
  }

  Result<LayaImportResult> publish() {
    PublishOptions options = what_.publish;
    options.directory = source_.directory;
    auto published =
        publish_verified(std::move(options), std::move(good_), std::move(marks_), why_);
    if (!published) return published.error();
    result_.published = std::move(*published);
    result_.id = source_.id;
    result_.left_out = std::move(problems_);
    result_.unlisted = std::move(source_.unlisted);
    return std::move(result_);
  }

  const LayaImport& what_;
  std::string& why_;
  LayaSource source_;
  std::vector<PathProblem> problems_;
  std::vector<PublishOptions::NamedFile> good_;
  std::vector<FileMark> marks_;  ///< of good_
  LayaImportResult result_;
};

}  // namespace

Result<LayaImportResult> import_layadcc(const LayaImport& what, std::string* why) noexcept {
  return without_throwing(why, [&](std::string& reason) { return Import(what, reason).run(); });
}

}  // namespace larder::publish
