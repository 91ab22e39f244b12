#include "publish/tag_pass.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <span>
#include <system_error>
#include <utility>

#include "digest/foreign_md5.h"
#include "publish/descriptor.h"
#include "publish/file_marks.h"
#include "publish/layadcc_warnings.h"
#include "publish/on_threads.h"

namespace larder::publish {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

std::string message_of(int error) {
  return std::system_category().message(error);
}

void keep(TaggedFile& file, const digest::Md5::Value& md5) noexcept {
  file.md5 = file.binary_md5 = file.utf8_md5 = md5;
}
void keep(TaggedFile& file, const digest::CocosMd5::Values& values) noexcept {
  file.md5 = values.raw;
  file.binary_md5 = values.binary;
  file.utf8_md5 = values.utf8;
}

class TagPass {
 public:
  explicit TagPass(const TagRequest& request) : request_(request), tags_(request.files->size()) {}

  Result<std::vector<TaggedFile>> run(std::string& why) {
    run_on_threads(
        request_.threads, [this] { work(); }, [this] { stopped_ = true; });
    if (request_.stop && *request_.stop) error_ = errc::cancelled;
    if (!error_ && !problems_.empty()) {
      std::sort(problems_.begin(), problems_.end(),
                [](const PathProblem& a, const PathProblem& b) { return a.path < b.path; });
      why = "these files cannot be read:" + shown_lines(problems_);
      error_ = errc::io;
    } else if (error_) {
      why = why_.empty() ? error_.message() : std::move(why_);
    }
    if (error_) return error_;
    return std::move(tags_);
  }

 private:
  [[nodiscard]] bool stopped() const { return stopped_ || (request_.stop && *request_.stop); }

  void work() {
    std::vector<std::byte> piece(kPieceBytes);
    while (!stopped()) {
      const std::size_t file = next_++;
      if (file >= tags_.size()) return;
      switch (request_.tag) {
        case TagRequest::Tag::md5: read<digest::Md5>(file, piece); break;
        case TagRequest::Tag::cocos_md5s: read<digest::CocosMd5>(file, piece); break;
        case TagRequest::Tag::hex_text_md5: read<digest::HexTextMd5>(file, piece); break;
      }
    }
  }

  void report(std::size_t file, std::string what) {
    std::lock_guard lock(mutex_);
    problems_.push_back({std::string(request_.files->path(file)), std::move(what)});
  }
  void fail_copy(std::size_t file, std::error_code error) {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    if (error_) return;
    error_ = error;
    why_ = "cannot write the copy of " + shown(request_.files->path(file)) + ": " + error.message();
  }
  void count(std::uint64_t bytes) {
    std::lock_guard lock(mutex_);
    bytes_ += bytes;
    if (request_.progress) request_.progress(bytes_);
  }

  template <class Hash>
  void read(std::size_t file, std::span<std::byte> piece) {
    const Descriptor descriptor(::openat(request_.root, request_.files->c_path(file),
                                         O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat before {};
    if (!descriptor || ::fstat(descriptor.get(), &before) != 0)
      return report(file, message_of(errno));
    if (!S_ISREG(before.st_mode)) return report(file, "it is no longer a file");
    std::unique_ptr<OutputFile> copy;
    if (request_.copy_of) {
      auto made = request_.copy_of(file);
      if (!made) return fail_copy(file, made.error());
      copy = std::move(*made);
    }
    Hash hash;
    std::uint64_t& size = tags_[file].size_bytes;
    while (true) {
      const ssize_t n = ::read(descriptor.get(), piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return report(file, message_of(errno));
      if (n == 0) break;
      if (stopped()) return;
      const auto bytes = piece.first(static_cast<std::size_t>(n));
      hash.update(bytes);
      size += bytes.size();
      if (copy)
        if (const auto written = copy->write(bytes); !written)
          return fail_copy(file, written.error());
      count(bytes.size());
    }
    struct stat after {};
    if (::fstat(descriptor.get(), &after) != 0 || mark_of(before) != mark_of(after) ||
        size != mark_of(after).size_bytes)
      return report(file, "it changed while it was read; try again");
    keep(tags_[file], hash.finish());
    if (copy)
      if (const auto finished = copy->finish(); !finished) fail_copy(file, finished.error());
  }

  const TagRequest& request_;
  std::vector<TaggedFile> tags_;  ///< each written by the thread that reads the file
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;  // guards what follows
  std::uint64_t bytes_ = 0;
  std::vector<PathProblem> problems_;
  std::error_code error_;
  std::string why_;
};

}  // namespace

Result<std::vector<TaggedFile>> tag_files(const TagRequest& request, std::string& why) {
  return TagPass(request).run(why);
}

}  // namespace larder::publish
