#include "publish/layadcc.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>

#include "digest/hex.h"
#include "filetable/laya_table.h"
#include "filetable/laya_writer.h"
#include "publish/content_pass.h"
#include "publish/descriptor.h"
#include "publish/layadcc_names.h"
#include "publish/layadcc_output.h"
#include "publish/layadcc_warnings.h"
#include "publish/output_directory.h"
#include "publish/pack_notes.h"
#include "publish/walk.h"
#include "publish/without_throwing.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

using Kind = LayadccWarning::Kind;

constexpr const char* kBinaryTable = "filetable.bin";
constexpr const char* kTextTable = "filetable.txt";
constexpr const char* kBareTable = "filetable1.txt";
constexpr const char* kNames = "allfiles.txt";
constexpr const char* kId = "assetsid.txt";

/// One run.
class Packing final : public PreparedLayadcc {
 public:
  explicit Packing(LayadccOptions options)
      : options_(std::move(options)), fs_(*options_.file_system), warnings_(result_.warnings) {}

  Result<void> prepare(std::string& why) {
    const auto done = prepare_output();
    if (!done) why = why_;
    return done;
  }

  Result<LayadccResult> commit(std::string* why) noexcept override {
    return without_throwing(why, [this](std::string& reason) -> Result<LayadccResult> {
      const auto done = commit_output();
      if (done) return std::move(result_);
      reason = why_;
      return done.error();
    });
  }

 private:
  Result<void> prepare_output() {
    if (const auto done = open_tree(); !done) return done;
    if (const auto done = options_.files ? select_files() : list_files(); !done) return done;
    if (copies())  // the others need no place before everything is read
      if (const auto done = open_output(); !done) return done;
    if (const auto done = read_files(); !done) return done;
    if (const auto done = open_output(); !done) return done;
    if (const auto done = copy_others(); !done) return done;
    warn();
    return put_tables();
  }

  [[nodiscard]] bool makes_origin() const noexcept { return !options_.origin.empty(); }
  [[nodiscard]] bool copies() const noexcept { return options_.cache || makes_origin(); }

  Result<void> fail(std::error_code error, std::string sentence) {
    why_ = std::move(sentence);
    return error;
  }

  Result<void> fail_output(std::error_code error) {
    const char* busy = "another packing run is at work there";
    return fail(error, "cannot write to " + shown(place_.directory) + ": " +
                           (error == errc::busy ? busy : error.message()));
  }

  Result<void> open_tree() {
    auto output = layadcc_output(options_, why_);
    if (!output) return output.error();
    place_ = std::move(*output);
    result_.output_directory = place_.directory;
    if (place_.relative) result_.relative_output = place_.base;
    tree_ = Descriptor(::open(place_.tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (tree_) return {};
    return fail(errc::invalid_argument, "cannot open the directory " + shown(place_.tree) + ": " +
                                            std::system_category().message(errno));
  }

  Result<void> list_files() {
    WalkRules rules;
    rules.measure = options_.progress != nullptr;
    rules.takes_file = [this](std::string_view name) {
      const std::string_view extension = extension_of(name);
      ++count_of(extension);
      return !is_skipped_extension(extension);
    };
    std::vector<std::string> update_folders;
    const std::string output_path = path_in_tree(place_.tree, place_.directory);
    rules.takes_directory = [&](std::string_view path, std::string_view name) {
      if (is_skipped_directory(name)) {
        if (name == "update" && path != name) update_folders.emplace_back(path);
        return false;
      }
      if (path != output_path) return true;
      warnings_.add(Kind::output_folder, "the output directory lies in the tree and is left out",
                    {shown(path)});
      return false;
    };
    auto walked = walk(tree_.get(), rules, options_.stop);
    if (!walked) return fail(walked.error(), "cancelled");
    warnings_.gather(Kind::update_folder, update_folders,
                     "left out: folders called \"update\" are never packed");
    warnings_.gather(Kind::directory_link, walked->links,
                     "left out: links to directories are not followed");
    files_ = std::move(walked->files);
    return settle(walked->problems, errc::io);
  }

  /// Takes of the files that are given those which packing takes; the others go to others_.
  Result<void> select_files() {
    std::vector<std::string> update_folders;
    for (std::size_t i = 0; i < options_.files->size(); ++i) {
      const std::string_view path = options_.files->path(i);
      const std::string_view skipped = skipped_directory_of(path);
      const bool is_told = !update_folders.empty() && update_folders.back() == skipped;
      if (skipped.ends_with("update") && !is_told)  // no other name ends so
        update_folders.emplace_back(skipped);
      const std::string_view extension = extension_of(options_.files->name(i));
      if (skipped.empty()) ++count_of(extension);
      const bool taken = skipped.empty() && !is_skipped_extension(extension);
      (taken ? files_ : others_).add(path, 0);
    }
    warnings_.gather(Kind::update_folder, update_folders,
                     "left out of LayaDCC's tables: folders called \"update\" are never packed");
    return {};
  }

  std::uint64_t& count_of(std::string_view extension) {
    const auto [known, is_new] =
        extension_indexes_.try_emplace(std::string(extension), result_.extensions.size());
    if (is_new) result_.extensions.emplace_back(extension, 0);
    return result_.extensions[known->second].second;
  }

  /// Errors, or warnings if that is what was asked for.
  Result<void> settle(const std::vector<PathProblem>& problems, errc error) {
    if (problems.empty()) return {};
    if (options_.skip_unreadable) {
      for (const PathProblem& problem : problems)
        warnings_.add(Kind::unreadable, "left out: " + shown(problem.path) + ": " + problem.what,
                      {shown(problem.path)});
      return {};
    }
    return fail(error, "cannot pack what cannot be read (--skip-unreadable leaves it out):" +
                           shown_lines(problems));
  }

  Result<void> open_output() {
    if (output_) return {};
    auto output = OutputDirectory::open(makes_origin() ? place_.base : place_.directory, fs_);
    if (!output) return fail_output(output.error());
    output_ = std::move(*output);
    return {};
  }

  /// Reads everything; once more without those files that turned out to be unreadable, if they are
  /// to be left out, for they may have been halfway into the id.
  Result<void> read_files() {
    while (true) {
      name_files();
      auto report = read_contents(content_request(), why_);
      if (!report) return report.error();
      if (report->unreadable.empty()) {
        report_ = std::move(*report);
        return {};
      }
      std::vector<PathProblem> problems;
      std::vector<std::size_t> indexes;
      for (const UnreadableFile& file : report->unreadable) {
        const std::string path(files_.path(file.file));
        if (file.changing) return fail(errc::io, shown(path) + ": " + file.what);
        problems.push_back({path, file.what});
        indexes.push_back(file.file);
        --count_of(extension_of(files_.name(file.file)));
      }
      if (const auto settled = settle(problems, errc::io); !settled) return settled;
      files_.drop(indexes);
      if (output_)
        if (const auto cleared = output_->start_over(); !cleared)
          return fail_output(cleared.error());
      std::erase_if(result_.extensions, [](const auto& counted) { return counted.second == 0; });
      extension_indexes_.clear();
      for (std::size_t i = 0; i < result_.extensions.size(); ++i)
        extension_indexes_[result_.extensions[i].first] = i;
    }
  }

  void name_files() {
    paths_.clear();
    path_ids_.clear();
    last_of_id_.clear();
    for (std::size_t i = 0; i < files_.size(); ++i) {
      paths_.push_back(table_path(files_.path(i), options_.lower_case, options_.escape_spaces));
      path_ids_.push_back(filetable::laya_path_id_cesu8(std::string_view(paths_.back()).substr(1)));
      last_of_id_[path_ids_.back()] = i;
    }
  }

  ContentRequest content_request() {
    ContentRequest request;
    request.root = tree_.get();
    request.files = &files_;
    // One thread hashes, one reads; more help only where reading means waiting or copying.
    constexpr unsigned kEnough = 4;
    request.threads = options_.threads != 0
                          ? options_.threads
                          : std::clamp(std::thread::hardware_concurrency(), 2u, kEnough);
    request.stop = options_.stop;
    if (options_.progress)
      request.progress = [this](std::uint64_t files, std::uint64_t bytes) {
        options_.progress({files, files_.size(), bytes, files_.total_bytes()});
      };
    if (makes_origin())
      request.copy_of = [this](std::size_t file) {
        return output_->create(std::string(files_.path(file)));
      };
    else if (options_.cache)
      request.copy_of = [this](std::size_t file) -> Result<std::unique_ptr<OutputFile>> {
        // As in the original, the last one of several files with one path id remains.
        const std::uint32_t id = path_ids_[file];
        if (last_of_id_.find(id)->second != file) return std::unique_ptr<OutputFile>();
        return output_->create(filetable::laya_content_name(id));
      };
    return request;
  }

  /// What the tables do not list is there all the same for who asks for it.
  Result<void> copy_others() {
    if (others_.size() == 0) return {};
    ContentRequest request = content_request();
    request.files = &others_;
    request.progress = nullptr;
    request.copy_of = [this](std::size_t file) {
      return output_->create(std::string(others_.path(file)));
    };
    const auto report = read_contents(request, why_);
    if (!report) return report.error();
    if (report->unreadable.empty()) return {};
    const UnreadableFile& first = report->unreadable.front();
    return fail(errc::io, shown(others_.path(first.file)) + ": " + first.what);
  }

  void warn() {
    if (files_.size() == 0)
      warnings_.add(Kind::no_files, "there are no files in " + shown(place_.tree));
    warn_of_names(files_, options_.escape_spaces, warnings_);
    warn_of_collisions(files_, paths_, path_ids_, warnings_);
    warn_of_missed_updates();
  }

  [[nodiscard]] std::optional<filetable::LayaTable> previous_table() const {
    constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20;
    for (const char* name : {kBinaryTable, kTextTable}) {
      const auto file = sys::read_file(place_.directory + "/" + name, kMaxTableBytes, fs_);
      if (!file) continue;
      auto table = filetable::LayaTable::parse(std::as_bytes(std::span(*file)));
      if (table) return std::move(*table);
    }
    return std::nullopt;
  }

  /// Content that changed since the run before while its checksum did not.
  void warn_of_missed_updates() {
    const auto table = previous_table();
    if (!table) return;
    PackNotes notes;
    if (!options_.notes_directory.empty())
      notes = PackNotes::load(options_.notes_directory, place_.directory, table->id(), fs_);
    std::vector<std::string> missed;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const ContentFacts& facts = report_.facts[i];
      if (last_of_id_.find(path_ids_[i])->second != i) continue;
      const auto note = notes.find(path_ids_[i]);
      const bool changed = facts.copy_differs || (note && *note != note_of(i));
      if (!changed) continue;
      const auto checksum = table->find(path_ids_[i]);
      if (checksum && digest::laya_xor_equal(*checksum, facts.checksum))
        missed.emplace_back(files_.path(i));
    }
    warnings_.gather(Kind::missed_update, missed,
                     "changed, but not in their checksum: clients that have the old content keep "
                     "it; change the content once more, or give it another name");
  }

  [[nodiscard]] ContentNote note_of(std::size_t file) const {
    return {path_ids_[file], report_.facts[file].size_bytes, report_.facts[file].fingerprint};
  }

  Result<void> put_tables() {
    const std::string id = digest::to_hex(report_.md5);
    std::vector<filetable::LayaPair> rows;
    std::vector<filetable::LayaPair> bare_rows;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      rows.push_back({path_ids_[i], report_.facts[i].checksum});
      bare_rows.push_back({path_ids_[i], report_.facts[i].line_end_checksum});
    }
    // The id last: who sees the new one sees the new tables.
    const std::pair<const char*, std::string> outputs[] = {
        {kBinaryTable, filetable::write_binary_table(id, rows)},
        {kTextTable, filetable::write_text_table(id, rows)},
        {kBareTable, filetable::write_bare_table(bare_rows)},
        {kNames, filetable::write_name_list(paths_)},
        {kId, id},
    };
    const std::string folder = makes_origin() ? "update/" : "";
    for (const auto& [name, content] : outputs)
      if (const auto put = output_->put(folder + name, content); !put)
        return fail_output(put.error());
    result_.id = id;
    result_.files = files_.size();
    result_.bytes = report_.bytes;
    result_.changed_files = output_->changed_files();
    return {};
  }

  Result<void> commit_output() {
    using Sync = OutputDirectory::Sync;
    const auto done = output_->commit(makes_origin() ? Sync::everything : Sync::as_finished);
    if (!done) return fail_output(done.error());
    save_notes(result_.id);
    output_.reset();  // the next run may begin
    return {};
  }

  void save_notes(const std::string& id) const {
    if (options_.notes_directory.empty()) return;
    std::vector<ContentNote> notes;
    for (std::size_t i = 0; i < files_.size(); ++i) notes.push_back(note_of(i));
    // A warning less next time is all that is lost without them.
    (void)PackNotes(id, std::move(notes)).save(options_.notes_directory, place_.directory, fs_);
  }

  const LayadccOptions options_;
  sys::FileSystem& fs_;
  std::string why_;
  LayadccResult result_;
  WarningList warnings_;
  LayadccOutput place_;
  Descriptor tree_;
  FileList files_;
  FileList others_;  ///< copied, but not in the tables
  std::unordered_map<std::string, std::size_t> extension_indexes_;
  std::vector<std::string> paths_;  ///< as in the tables
  std::vector<std::uint32_t> path_ids_;
  std::unordered_map<std::uint32_t, std::size_t> last_of_id_;
  ContentReport report_;
  std::unique_ptr<OutputDirectory> output_;  ///< after what it is filled from: goes first
};

}  // namespace

Result<std::unique_ptr<PreparedLayadcc>> prepare_layadcc(LayadccOptions options,
                                                         std::string* why) noexcept {
  using Prepared = std::unique_ptr<PreparedLayadcc>;
  return without_throwing(why, [&](std::string& reason) -> Result<Prepared> {
    auto packing = std::make_unique<Packing>(std::move(options));
    if (const auto done = packing->prepare(reason); !done) return done.error();
    return Prepared(std::move(packing));
  });
}

Result<LayadccResult> pack_layadcc(const LayadccOptions& options, std::string* why) noexcept {
  return without_throwing(why, [&](std::string& reason) -> Result<LayadccResult> {
    const auto prepared = prepare_layadcc(options, &reason);
    if (!prepared) return prepared.error();
    return (*prepared)->commit(&reason);
  });
}

}  // namespace larder::publish
