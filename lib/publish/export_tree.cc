#include "publish/export_tree.h"

#include <fcntl.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/content_path.h"
#include "publish/descriptor.h"
#include "publish/layadcc_warnings.h"

namespace larder::publish {
namespace {

Result<Descriptor> open_directory(const std::string& path, std::string& why) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) return directory;
  why = "cannot open the directory " + shown(path);
  return errc::io;
}

}  // namespace

Result<void> ExportTree::add(const std::string& directory, const std::string& folder,
                             const WalkRules& rules, const std::atomic<bool>* stop,
                             std::string& why) {
  const auto root = open_directory(folder.empty() ? directory : directory + "/" + folder, why);
  if (!root) return root.error();
  WalkRules all = rules;
  all.links = Links::follow;
  all.measure = true;
  auto walked = walk(root->get(), all, stop);
  if (!walked) return walked.error();
  const std::string prefix = folder.empty() ? "" : folder + "/";
  for (std::size_t i = 0; i < walked->files.size(); ++i) {
    const std::string path = prefix + std::string(walked->files.path(i));
    files_.add(path, 0);
    if (const char* wrong = content_path_problem(path)) problems_.push_back({path, wrong});
  }
  bytes_ += walked->files.total_bytes();
  for (PathProblem& problem : walked->problems) {
    const std::string_view name =
        std::string_view(problem.path).substr(problem.path.rfind('/') + 1);
    if (rules.takes_file(name)) problems_.push_back({prefix + problem.path, problem.what});
  }
  return {};
}

Result<void> ExportTree::check(std::string& why) const {
  if (!problems_.empty()) {
    why = "these cannot be published:" + shown_lines(problems_);
    return errc::invalid_argument;
  }
  if (files_.size() != 0) return {};
  why = "there are no files";
  return errc::invalid_argument;
}

Result<std::vector<TaggedFile>> ExportTree::tag(
    const std::string& directory, TagRequest::Tag tag, const ExportRun& run,
    const std::function<Result<std::unique_ptr<OutputFile>>(std::size_t)>& copy_of,
    std::string& why) const {
  const auto root = open_directory(directory, why);
  if (!root) return root.error();
  TagRequest request;
  request.root = root->get();
  request.files = &files_;
  request.tag = tag;
  request.threads =
      run.threads != 0 ? run.threads : std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
  request.copy_of = copy_of;
  if (run.progress) request.progress = [&](std::uint64_t bytes) { run.progress(bytes, bytes_); };
  request.stop = run.stop;
  return tag_files(request, why);
}

}  // namespace larder::publish
