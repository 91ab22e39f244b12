#include "publish/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/utf8.h"

namespace larder::publish {
namespace {

// Linux accepts no longer path in one call, the final NUL included.
constexpr std::size_t kMaxPathBytes = 4096;

std::string message_of(int error) {
  return std::system_category().message(error);
}

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

struct Name {
  std::string text;
  unsigned char type;  ///< DT_…, perhaps DT_UNKNOWN
};

class Walker {
 public:
  Walker(int root, const WalkRules& rules, const std::atomic<bool>* stop)
      : root_(root), rules_(rules), stop_(stop) {}

  /// False if stopped.
  bool enter_directory() {
    if (stop_ && *stop_) return false;
    std::vector<Name> names;
    if (!list_names(names)) return true;
    const std::size_t length = path_.size();
    for (const Name& name : names) {
      if (length != 0) path_ += '/';
      path_ += name.text;
      const bool go_on = visit(name);
      path_.resize(length);
      if (!go_on) return false;
    }
    return true;
  }

  WalkResult& result() noexcept { return result_; }

 private:
  void report(std::string what) { result_.problems.push_back({path_, std::move(what)}); }

  bool list_names(std::vector<Name>& names) {
    // The last one takes it; opened by path, so that depth costs no descriptors.
    const int no_follow = rules_.links == Links::follow ? 0 : O_NOFOLLOW;
    const int descriptor = ::openat(root_, path_.empty() ? "." : path_.c_str(),
                                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | no_follow);
    const Directory directory(descriptor < 0 ? nullptr : ::fdopendir(descriptor));
    if (!directory) {
      report("cannot open the directory: " + message_of(errno));
      if (descriptor >= 0) ::close(descriptor);
      return false;
    }
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.push_back({std::string(name), entry->d_type});
      errno = 0;
    }
    if (errno != 0) {
      report("cannot read the directory: " + message_of(errno));
      return false;
    }
    std::sort(names.begin(), names.end(),
              [](const Name& a, const Name& b) { return a.text < b.text; });
    return true;
  }

  bool visit(const Name& name) {
    if (path_.size() >= kMaxPathBytes) {
      report("the path is too long");
      return true;
    }
    if (!is_utf8(name.text)) {
      report("the name is not valid UTF-8");
      return true;
    }
    unsigned char type = name.type;
    struct stat status {};
    const bool is_link = type == DT_LNK || (type == DT_UNKNOWN && is_symbolic_link());
    if (is_link && rules_.links == Links::refuse) {
      result_.links.push_back(path_);
      return true;
    }
    if (is_link || type == DT_UNKNOWN || (rules_.measure && type == DT_REG)) {
      if (::fstatat(root_, path_.c_str(), &status, 0) != 0) {
        report(is_link ? "the link leads nowhere: " + message_of(errno) : message_of(errno));
        return true;
      }
      type = IFTODT(status.st_mode);
    }
    if (type == DT_DIR && is_link && rules_.links == Links::to_files)
      result_.links.push_back(path_);
    else if (type == DT_DIR && is_link && leads_around_itself(status))
      report("the link leads to a directory that it lies in");
    else if (type == DT_DIR)
      return !rules_.takes_directory(path_, name.text) || enter_directory();
    else if (type != DT_REG)
      report("it is neither a file nor a directory");
    else if (rules_.takes_file(name.text))
      result_.files.add(path_, static_cast<std::uint64_t>(status.st_size));
    return true;
  }

  /// Whether the directory with `status` is one of those that `path_` lies in.
  bool leads_around_itself(const struct stat& status) const {
    std::string above = path_;
    while (!above.empty()) {
      const std::size_t slash = above.rfind('/');
      above.resize(slash == std::string::npos ? 0 : slash);
      struct stat directory {};
      if (::fstatat(root_, above.empty() ? "." : above.c_str(), &directory, 0) == 0 &&
          directory.st_dev == status.st_dev && directory.st_ino == status.st_ino)
        return true;
    }
    return false;
  }

  bool is_symbolic_link() const {
    struct stat status {};
    return ::fstatat(root_, path_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(status.st_mode);
  }

  int root_;
  const WalkRules& rules_;
  const std::atomic<bool>* stop_;
  std::string path_;  ///< of what is being looked at; empty at the root
  WalkResult result_;
};

}  // namespace

std::string_view FileList::name(std::size_t i) const noexcept {
  const std::string_view whole = path(i);
  return whole.substr(whole.rfind('/') + 1);
}

void FileList::add(std::string_view path, std::uint64_t bytes) {
  files_.push_back({text_.size(), static_cast<std::uint32_t>(path.size())});
  text_.append(path).push_back('\0');
  total_bytes_ += bytes;
}

void FileList::drop(const std::vector<std::size_t>& indexes) {
  auto dropped = indexes.begin();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (dropped != indexes.end() && *dropped == i)
      ++dropped;
    else
      files_[kept++] = files_[i];
  }
  files_.resize(kept);
}

Result<WalkResult> walk(int root, const WalkRules& rules, const std::atomic<bool>* stop) {
  Walker walker(root, rules, stop);
  if (!walker.enter_directory()) return errc::cancelled;
  return std::move(walker.result());
}

}  // namespace larder::publish
