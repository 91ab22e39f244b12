#include "publish/publish.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <thread>

#include "base/content_path.h"
#include "digest/hash.h"
#include "filetable/origin_names.h"
#include "filetable/page_writer.h"
#include "publish/companion.h"
#include "publish/delta_pass.h"
#include "publish/descriptor.h"
#include "publish/layadcc_output.h"
#include "publish/layadcc_warnings.h"
#include "publish/object_pass.h"
#include "publish/origin_directory.h"
#include "publish/origin_pages.h"
#include "publish/seen_files.h"
#include "publish/walk.h"
#include "publish/without_throwing.h"
#include "trust/envelope.h"

namespace larder::publish {
namespace {

using filetable::NamedEntry;
using filetable::PageReference;

// New content of an update up to that is compressed as well as can be; else quickly.
constexpr std::uint64_t kThoroughBytes = std::uint64_t{64} << 20;
constexpr int kThoroughLevel = 19;
constexpr int kQuickLevel = 3;

trust::TableRef table_of(const PageReference& root) noexcept {
  return {root.digest, root.bytes, root.entries};
}

bool is_version_control(std::string_view name) noexcept {
  return name == ".git" || name == ".svn" || name == ".hg";
}

/// One run.
class Publishing {
 public:
  Publishing(const PublishOptions& options, std::string& why)
      : options_(options),
        fs_(*options.file_system),
        why_(why),
        companion_(options.from_release ? nullptr : options.companion) {}

  Result<PublishResult> run() {
    if (const auto done = check_options(); !done) return done.error();
    if (const auto done = open_origin(); !done) return done.error();
    if (const auto done = read_head(); !done) return done.error();
    const auto root = options_.from_release ? take_older_release() : publish_tree();
    if (!root) return root.error();
    if (const auto done = put_pack(*root); !done) return done.error();
    if (const auto done = put_all_deltas(*root); !done) return done.error();
    if (const auto done = origin_->commit(); !done) return fail_origin(done.error());
    if (companion_)
      if (const auto done = companion_->before_head(why_); !done) return done.error();
    if (const auto done = put_head(*root); !done) return done.error();
    save_seen();
    result_.new_files = origin_->new_files();
    result_.new_bytes = origin_->new_bytes();
    return std::move(result_);
  }

 private:
  std::error_code fail(std::error_code error, std::string sentence) {
    why_ = std::move(sentence);
    return error;
  }
  std::error_code fail_origin(std::error_code error) {
    if (error == errc::cancelled) return fail(error, "cancelled");
    return fail(error,
                "cannot write to " + shown(options_.origin) + ": " +
                    (error == errc::busy ? "another publisher is at work there" : error.message()));
  }
  /// Lists what is wrong with some paths.
  std::error_code fail_paths(errc error, std::string sentence,
                             const std::vector<PathProblem>& problems) {
    return fail(error, std::move(sentence) + shown_lines(problems));
  }

  Result<void> check_options() {
    if (options_.origin.empty()) return fail(errc::invalid_argument, "no origin is given");
    if (!trust::is_channel_name(options_.channel))
      return fail(
          errc::invalid_argument,
          "'" + shown(options_.channel) + "' is no name for a channel: 1 to 64 of a-z 0-9 . _ -");
    if (options_.keep_deltas > trust::Head::kMaxPrevious)
      return fail(errc::invalid_argument, "deltas from at most " +
                                              std::to_string(trust::Head::kMaxPrevious) +
                                              " releases can be kept");
    return {};
  }

  Result<void> open_origin() {
    auto origin = OriginDirectory::open(options_.origin, fs_);
    if (!origin) return fail_origin(origin.error());
    origin_ = std::move(*origin);
    return {};
  }

  Result<void> read_head() {
    const auto document =
        origin_->read(filetable::head_path(options_.channel), trust::Envelope::kMaxBytes);
    if (!document && document.error() == errc::not_found) return {};
    const std::string place = options_.origin + "/" + filetable::head_path(options_.channel);
    if (!document)
      return fail(document.error(),
                  "cannot read " + shown(place) + ": " + document.error().message());
    std::string why;
    const auto envelope = trust::Envelope::parse(*document, &why);
    if (envelope) before_ = trust::Head::parse(envelope->text, &why);
    if (!before_) return fail(errc::bad_head, shown(place) + " is no head: " + why);
    if (!envelope->signatures.empty() && options_.keys.empty())
      return fail(errc::invalid_argument,
                  "the channel's head is signed, so the next one needs a key as well (--key)");
    return {};
  }

  Result<void> open_tree() {
    std::error_code error;
    tree_path_ = std::filesystem::canonical(options_.directory, error).string();
    if (!error) tree_ = Descriptor(::open(tree_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (tree_) return {};
    return fail(errc::invalid_argument, "cannot open the directory " + shown(options_.directory));
  }

  Result<FileList> take_files(const std::vector<PublishOptions::NamedFile>& files) {
    FileList list;
    std::vector<PathProblem> bad;
    for (const auto& [path, name] : files) {
      list.add(path, 0);
      if (const char* problem = content_path_problem(name))
        bad.push_back({name, std::string("it ") + problem});
    }
    if (!bad.empty())
      return fail_paths(errc::invalid_argument, "these paths may not stand in a filetable:", bad);
    return list;
  }

  Result<FileList> list_files() {
    std::error_code ignored;
    if (std::filesystem::equivalent(tree_path_, options_.origin, ignored))
      return fail(errc::invalid_argument,
                  "the tree cannot be its own origin: " + shown(options_.directory) +
                      "; give --to another directory");
    const std::string origin_path =
        path_in_tree(tree_path_, std::filesystem::canonical(options_.origin, ignored).string());
    WalkRules rules;
    rules.links = options_.follow_links ? Links::follow : Links::refuse;
    rules.takes_file = [](std::string_view) { return true; };
    rules.takes_directory = [&](std::string_view path, std::string_view name) {
      if (is_version_control(name)) return false;
      if (companion_ && companion_->leaves_out(path)) return false;
      if (origin_path.empty() || path != origin_path) return true;
      result_.warnings.push_back("the origin lies in the tree and is left out");
      return false;
    };
    auto walked = walk(tree_.get(), rules, options_.stop);
    if (!walked) return fail(walked.error(), "cancelled");
    if (!walked->links.empty()) {
      std::vector<PathProblem> links;
      for (std::string& link : walked->links) links.push_back({std::move(link), {}});
      return fail_paths(
          errc::invalid_argument,
          std::to_string(links.size()) +
              " symbolic links in the tree (--follow-links publishes what they lead to):",
          links);
    }
    if (!walked->problems.empty())
      return fail_paths(errc::io, "cannot publish what cannot be read:", walked->problems);
    std::vector<PathProblem> bad;
    for (std::size_t i = 0; i < walked->files.size(); ++i)
      if (const char* problem = content_path_problem(walked->files.path(i)))
        bad.push_back({std::string(walked->files.path(i)), std::string("it ") + problem});
    if (!bad.empty())
      return fail_paths(errc::invalid_argument, "these paths may not stand in a filetable:", bad);
    return std::move(walked->files);
  }

  [[nodiscard]] unsigned threads() const {
    if (options_.threads != 0) return options_.threads;
    return std::max(1u, std::thread::hardware_concurrency());
  }

  void tell(PublishProgress::Stage stage, std::uint64_t done, std::uint64_t total) const {
    if (options_.progress) options_.progress({stage, done, total});
  }

  Result<std::vector<NamedEntry>> read_files(const FileList& files) {
    // What was seen as it is was not seen encrypted, nor with another key.
    seen_name_ = tree_path_;
    if (options_.content_key) {
      const auto id = content_key_id(*options_.content_key);
      if (!id) return id.error();
      seen_name_ += '\n' + *id;
    }
    seen_ = SeenFiles::load(origin_->own_directory(), seen_name_, fs_);
    ObjectPass pass;
    pass.root = tree_.get();
    pass.files = &files;
    pass.origin = origin_.get();
    pass.seen = options_.paranoid ? nullptr : &seen_;
    pass.threads = threads();
    pass.stop = options_.stop;
    pass.key = options_.content_key ? &*options_.content_key : nullptr;
    pass.level = [this](std::uint64_t new_bytes) {
      if (options_.level != 0) return options_.level;
      return before_ && new_bytes <= kThoroughBytes ? kThoroughLevel : kQuickLevel;
    };
    pass.progress = [this](std::uint64_t done, std::uint64_t total) {
      tell(PublishProgress::Stage::contents, done, total);
    };
    auto report = put_contents(pass);
    if (!report) return fail_origin(report.error());
    if (!report->problems.empty())
      return fail_paths(errc::io, "cannot publish what cannot be read:", report->problems);
    result_.files_read = report->files_read;
    result_.bytes_read = report->bytes_read;
    seen_changed_ = report->files_read != 0 || report->seen.size() != seen_.size();
    seen_ = std::move(report->seen);
    std::vector<NamedEntry> entries;
    entries.reserve(files.size() + options_.tombstones.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
      std::string name(options_.files ? std::string_view((*options_.files)[i].name)
                                      : files.path(i));
      entries.push_back({std::move(name), report->entries[i]});
      if (options_.adorn) options_.adorn(entries.back().path, entries.back().entry);
    }
    return entries;
  }

  Result<void> add_tombstones(std::vector<NamedEntry>& entries) {
    filetable::FileEntry gone;
    gone.tombstone = true;
    for (const std::string& path : options_.tombstones) {
      if (const char* problem = content_path_problem(path))
        return fail(errc::invalid_argument, "the tombstone " + shown(path) + " " + problem);
      entries.push_back({path, gone});
    }
    std::sort(entries.begin(), entries.end(),
              [](const NamedEntry& a, const NamedEntry& b) { return a.path < b.path; });
    const auto twice = std::adjacent_find(
        entries.begin(), entries.end(),
        [](const NamedEntry& a, const NamedEntry& b) { return a.path == b.path; });
    if (twice == entries.end()) return {};
    return fail(errc::invalid_argument,
                "a tombstone is asked for twice, or stands where a file is: " + shown(twice->path));
  }

  Result<PageReference> publish_tree() {
    if (const auto done = open_tree(); !done) return done.error();
    auto files = options_.files ? take_files(*options_.files) : list_files();
    if (!files) return files.error();
    files_ = std::move(*files);
    if (companion_)
      if (const auto done = companion_->begin(tree_.get(), files_, why_); !done)
        return done.error();
    auto entries = read_files(files_);
    if (!entries) return entries.error();
    if (const auto done = add_tombstones(*entries); !done) return done.error();
    std::set<Digest> counted;
    for (const NamedEntry& entry : *entries) count(entry.entry, counted);
    const auto root =
        filetable::write_tree(*entries, [this](const PageReference& page, std::string_view bytes) {
          return origin_->put(filetable::object_path(page.digest, Encoding::identity),
                              std::as_bytes(std::span(bytes)));
        });
    if (!root) return fail_origin(root.error());
    if (const auto done = origin_->commit(); !done) return fail_origin(done.error());
    return *root;
  }

  void count(const filetable::FileEntry& entry, std::set<Digest>& counted) {
    result_.head.content_bytes += entry.size_bytes;
    if (!entry.tombstone && counted.insert(entry.digest).second)
      result_.head.download_bytes += entry.encoded_bytes;
  }

  Result<PageReference> take_older_release() {
    const auto version = *options_.from_release;
    const std::string wanted = "release " + std::to_string(version);
    if (!before_) return fail(errc::invalid_argument, "the channel has no releases");
    std::optional<trust::TableRef> table;
    if (before_->version == version) table = before_->table;
    for (const auto& previous : before_->previous)
      if (previous.version == version) table = previous.table;
    if (!table)
      return fail(errc::invalid_argument, wanted + " is not among those that the head remembers");
    const PageReference root = reference_of(*table);
    const filetable::PageTree tree(root, std::make_shared<OriginPages>(origin_->path()));
    filetable::TreeCursor cursor(tree);
    std::set<Digest> counted;
    auto more = cursor.seek("");
    for (; more && *more; more = cursor.next()) {
      const auto& entry = cursor.entry();
      count(entry, counted);
      if (!entry.tombstone && origin_->size_of(filetable::object_path(
                                  entry.digest, entry.encoding)) != entry.encoded_bytes)
        return fail(errc::not_found, wanted + " is not complete any more: the content of " +
                                         shown(cursor.path()) + " is gone");
    }
    if (!more) return fail(more.error(), wanted + " cannot be read: " + more.error().message());
    return root;
  }

  Result<void> put_pack(const PageReference& root) {
    OriginPages pages(origin_->path());
    const auto pack = make_pack(root, pages);
    if (!pack) return fail(pack.error(), "cannot read the filetable just written");
    if (!*pack) return {};
    const auto bytes = std::as_bytes(std::span(**pack));
    const Digest digest = digest::sha256(bytes);
    result_.head.pack = {digest, bytes.size()};
    const auto put = origin_->put(filetable::object_path(digest, Encoding::identity), bytes);
    if (!put) return fail_origin(put.error());
    return {};
  }

  /// Fills the new head's list of previous releases.
  Result<void> put_all_deltas(const PageReference& root) {
    if (!before_) return {};
    auto& previous = result_.head.previous;
    if (before_->table.digest != root.digest)
      previous.push_back({before_->version, before_->table, std::nullopt});
    for (const auto& older : before_->previous) {
      const bool known = older.table.digest == root.digest ||
                         std::any_of(previous.begin(), previous.end(), [&](const auto& there) {
                           return there.table.digest == older.table.digest;
                         });
      if (!known) previous.push_back(older);
    }
    previous.resize(std::min<std::size_t>(previous.size(), options_.keep_deltas));
    if (before_->table.digest == root.digest) return {};  // their deltas lead here already
    for (auto& older : previous) {
      older.delta.reset();
      DeltaPass pass;
      pass.origin = origin_.get();
      pass.before = reference_of(older.table);
      pass.after = root;
      pass.threads = threads();
      pass.stop = options_.stop;
      pass.progress = [this](std::uint64_t done, std::uint64_t total) {
        tell(PublishProgress::Stage::patches, done, total);
      };
      const auto report = put_deltas(pass);
      if (!report && (report.error() == errc::not_found || report.error() == errc::damaged)) {
        result_.warnings.push_back("release " + std::to_string(older.version) +
                                   " is not complete any more: no deltas lead from it");
        continue;
      }
      if (!report) return fail_origin(report.error());
      result_.deltas.push_back({older.version, report->patches, report->patch_bytes,
                                report->joint_bytes, report->table_bytes});
      if (report->table) older.delta = {*report->table, report->table_bytes};
    }
    return {};
  }

  /// The newest root document in the origin.
  [[nodiscard]] std::uint64_t root_version() const {
    std::uint64_t newest = 0;
    const auto names = fs_.list(options_.origin + "/roots");
    if (!names) return 0;
    for (const std::string& name : *names) {
      std::uint64_t version = 0;
      const char* const end = name.data() + name.size();
      const auto parsed = std::from_chars(name.data(), end, version);
      if (parsed.ec == std::errc() && std::string_view(parsed.ptr, end) == ".json")
        newest = std::max(newest, version);
    }
    return newest;
  }

  Result<void> put_head(const PageReference& root) {
    trust::Head& head = result_.head;
    head.name = options_.name.value_or(before_ ? before_->name : "");
    head.channel = options_.channel;
    head.version = before_ ? before_->version + 1 : 1;
    head.published = options_.now;
    head.expires = options_.expires;
    head.root_version = root_version();
    head.table = table_of(root);
    head.message = options_.message;
    head.rollout = options_.rollout;
    head.min_app = options_.min_app;
    trust::Envelope envelope{head.serialise(), {}};
    std::string why;
    if (!trust::Head::parse(envelope.text, &why)) return fail(errc::invalid_argument, why);
    for (const auto& key : options_.keys) envelope.sign(key);
    const auto put = origin_->put_head(options_.channel, envelope.serialise());
    if (!put) return fail_origin(put.error());
    return {};
  }

  void save_seen() {
    if (options_.from_release || !seen_changed_) return;
    // Without it the next run reads the tree again, nothing worse.
    (void)seen_.save(origin_->own_directory(), seen_name_, fs_);
  }

  const PublishOptions& options_;
  sys::FileSystem& fs_;
  std::string& why_;
  Companion* const companion_;
  PublishResult result_;
  std::unique_ptr<OriginDirectory> origin_;
  std::optional<trust::Head> before_;
  std::string tree_path_;
  Descriptor tree_;
  FileList files_;
  SeenFiles seen_;
  std::string seen_name_;  ///< of the tree, there
  bool seen_changed_ = false;
};

}  // namespace

Result<PublishResult> publish_release(const PublishOptions& options, std::string* why) noexcept {
  return without_throwing(why,
                          [&](std::string& reason) { return Publishing(options, reason).run(); });
}

}  // namespace larder::publish
