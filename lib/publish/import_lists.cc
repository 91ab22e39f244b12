#include "publish/import_lists.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "base/content_path.h"
#include "base/heap_blob.h"
#include "digest/hex.h"
#include "lists/cocos_manifest.h"
#include "lists/flist.h"
#include "net/url.h"
#include "publish/descriptor.h"
#include "publish/file_marks.h"
#include "publish/layadcc_output.h"
#include "publish/layadcc_warnings.h"
#include "publish/native_names.h"
#include "publish/tag_pass.h"
#include "publish/unchanged.h"
#include "publish/without_throwing.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

constexpr std::uint64_t kMaxListBytes = std::uint64_t{256} << 20;

/// A file that the list names.
struct Wanted {
  std::string path;  ///< on disk
  std::string name;  ///< in the release
  std::optional<digest::Md5::Value> md5;
  std::optional<std::uint64_t> size;
};

std::optional<digest::Md5::Value> md5_of(std::string_view tag) {
  digest::Md5::Value value;
  if (tag.size() != 2 * value.size() || !digest::from_hex(tag, value)) return std::nullopt;
  return value;
}

/// What is wrong with a file, and what to do; null: nothing.
const char* fault_of(const Wanted& wanted, const TaggedFile& file) {
  if (wanted.size && *wanted.size != file.size_bytes)
    return "its size is not the one of the list; copy it again, or write the list again";
  if (!wanted.md5 || *wanted.md5 == file.md5 || *wanted.md5 == file.binary_md5 ||
      *wanted.md5 == file.utf8_md5)
    return nullptr;
  return "its checksum is not the one of the list; copy it again, or write the list again";
}

class Import {
 public:
  Import(const ListImport& what, std::string& why) : what_(what), why_(why) {}

  Result<ListImportResult> run() {
    const std::string& directory = what_.publish.directory;
    root_ = Descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_) return fail(errc::io, "cannot open the directory " + shown(directory));
    const auto list = read_list();
    if (!list) return list.error();
    find_files(*list);
    if (const auto done = find_unlisted(); !done) return done.error();
    if (const auto done = verify(); !done) return done.error();
    if (!problems_.empty() && !what_.skip_damaged)
      return fail(errc::damaged,
                  "these files cannot be imported (--skip-damaged leaves them out):" +
                      shown_lines(problems_));
    return publish();
  }

 private:
  [[nodiscard]] bool is_cocos() const { return what_.format == ListFormat::cocos; }

  errc fail(errc code, std::string sentence) {
    why_ = std::move(sentence);
    return code;
  }

  Result<lists::FileList> read_list() {
    const std::string path =
        !what_.list.empty()
            ? what_.list
            : what_.publish.directory + (is_cocos() ? "/project.manifest" : "/flist");
    const auto text = sys::read_file(path, kMaxListBytes);
    if (!text) {
      why_ = "cannot read " + shown(path) + ": " + text.error().message() +
             "; --list names another file";
      return text.error();
    }
    std::string wrong;
    const auto plain = unhidden(path, *text, wrong);
    auto list = !plain       ? Result<lists::FileList>(plain.error())
                : is_cocos() ? read_manifest(*plain, wrong)
                             : read_flist(*plain, wrong);
    if (!list) why_ = shown(path) + ": " + wrong;
    return list;
  }

  Result<std::string> unhidden(const std::string& path, std::string_view text, std::string& wrong) {
    if (!what_.read_filter) return std::string(text);
    const auto bytes = std::as_bytes(std::span(text));
    const auto plain =
        what_.read_filter(path, make_heap_blob({bytes.begin(), bytes.end()}, Source::origin));
    if (plain) return std::string(plain->text());
    wrong = "it cannot be decrypted: another key or sign, most likely";
    return plain.error();
  }

  Result<lists::FileList> read_manifest(std::string_view text, std::string& wrong) {
    auto manifest = lists::parse_cocos_manifest(text, {}, &wrong);
    if (!manifest) return manifest.error();
    if (!manifest->has_assets) {
      wrong = "it names no assets; give project.manifest, not version.manifest";
      return errc::bad_table;
    }
    result_.version = std::move(manifest->version);
    return std::move(manifest->assets);
  }

  Result<lists::FileList> read_flist(std::string_view text, std::string& wrong) {
    auto flist = lists::parse_flist(text, {}, &wrong);
    if (!flist) return flist.error();
    result_.version = flist->version ? std::move(*flist->version) : version_beside();
    return std::move(flist->files);
  }

  /// What the version file of dialect B says; empty if there is none that can be read.
  [[nodiscard]] std::string version_beside() {
    const std::string path = what_.publish.directory + "/version";
    const auto text = sys::read_file(path, kMaxListBytes);
    std::string wrong;
    const auto plain = text ? unhidden(path, *text, wrong) : Result<std::string>(text.error());
    if (!plain) return {};
    const auto version = lists::parse_flist_version(*plain, {}, &wrong);
    if (!version) return {};
    return version->android_version == version->ios_version
               ? version->android_version
               : "android " + version->android_version + ", ios " + version->ios_version;
  }

  [[nodiscard]] bool is_there(const std::string& path) const {
    struct stat status {};
    return ::fstatat(root_.get(), path.c_str(), &status, 0) == 0 && S_ISREG(status.st_mode);
  }

  void find_files(const lists::FileList& list) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const lists::ListedFile listed = list[i];
      const std::string key(listed.path);
      // Manifests encode names; a server has the names, a client's directory what they encode to.
      const std::string name =
          is_cocos() ? net::percent_decode(key).value_or(std::string(key)) : key;
      const bool decoded = is_there(name);
      if (const char* wrong = content_path_problem(name))
        problems_.push_back({key, "its name " + std::string(wrong) + "; rename it"});
      else if (!names.insert(name).second)
        problems_.push_back({key, "another file has this name, too; rename one of them"});
      else if (!decoded && !is_there(key))
        problems_.push_back({key, "the list names it, but it is not there; copy it"});
      else
        wanted_.push_back({decoded ? name : key, name, md5_of(listed.tag), listed.size});
      if (listed.archive) ++result_.archives;
    }
  }

  Result<void> find_unlisted() {
    std::set<std::string_view> known;
    for (const Wanted& file : wanted_) known.insert(file.path);
    const std::string& tree = what_.publish.directory;
    const std::string origin = path_in_tree(tree, what_.publish.origin);
    std::error_code ignored;
    const bool is_origin = std::filesystem::equivalent(tree, what_.publish.origin, ignored);
    WalkRules rules;
    rules.takes_directory = [&](std::string_view path, std::string_view) {
      return path != origin && !(is_origin && is_native_name(path));
    };
    rules.takes_file = [](std::string_view name) {
      return name != "project.manifest" && name != "version.manifest" && name != "flist" &&
             name != "version" && name != ".DS_Store";
    };
    const auto walked = walk(root_.get(), rules, what_.publish.stop);
    if (!walked) return fail(errc::cancelled, "cancelled");
    for (std::size_t i = 0; i < walked->files.size(); ++i)
      if (!known.contains(walked->files.path(i)))
        result_.unlisted.emplace_back(walked->files.path(i));
    return {};
  }

  /// Reads every file; keeps the good ones.
  Result<void> verify() {
    const PublishOptions& options = what_.publish;
    FileList files;
    for (const Wanted& file : wanted_) files.add(file.path, 0);
    const std::vector<FileMark> marks = marks_of(root_.get(), files);
    std::uint64_t total = 0;
    for (const FileMark& mark : marks) total += mark.size_bytes;
    TagRequest request;
    request.root = root_.get();
    request.files = &files;
    request.tag = is_cocos() ? TagRequest::Tag::cocos_md5s : TagRequest::Tag::hex_text_md5;
    request.threads = options.threads != 0
                          ? options.threads
                          : std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
    request.stop = options.stop;
    if (options.progress)
      request.progress = [&](std::uint64_t bytes) {
        options.progress({PublishProgress::Stage::foreign, bytes, total});
      };
    const auto tags = tag_files(request, why_);
    if (!tags) return tags.error();
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (const char* fault = fault_of(wanted_[i], (*tags)[i])) {
        problems_.push_back({wanted_[i].path, fault});
        continue;
      }
      if (!wanted_[i].md5) ++result_.unverified;
      good_.push_back({wanted_[i].path, wanted_[i].name});
      marks_.push_back(marks[i]);
    }
    return {};
  }

  Result<ListImportResult> publish() {
    auto published = publish_verified(what_.publish, std::move(good_), std::move(marks_), why_);
    if (!published) return published.error();
    result_.published = std::move(*published);
    result_.left_out = std::move(problems_);
    return std::move(result_);
  }

  const ListImport& what_;
  std::string& why_;
  Descriptor root_;
  std::vector<Wanted> wanted_;
  std::vector<PathProblem> problems_;
  std::vector<PublishOptions::NamedFile> good_;
  std::vector<FileMark> marks_;  ///< of good_
  ListImportResult result_;
};

}  // namespace

Result<ListImportResult> import_list(const ListImport& what, std::string* why) noexcept {
  return without_throwing(why, [&](std::string& reason) { return Import(what, reason).run(); });
}

}  // namespace larder::publish
