#include "publish/laya_source.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>
#include <unordered_map>
#include <utility>

#include "filetable/laya_writer.h"
#include "filetable/name_list.h"
#include "publish/descriptor.h"
#include "publish/layadcc_names.h"
#include "publish/layadcc_output.h"
#include "publish/layadcc_warnings.h"
#include "publish/native_names.h"
#include "sys/files.h"

namespace larder::publish {
namespace {

constexpr std::uint64_t kMaxTableBytes = std::uint64_t{256} << 20;

std::uint32_t id_of(std::string_view path) noexcept {
  return filetable::laya_path_id_cesu8(path);
}

class Search {
 public:
  Search(const std::string& directory, const std::string& origin, const std::atomic<bool>* stop,
         std::string& why)
      : stop_(stop), why_(why) {
    source_.directory = std::filesystem::weakly_canonical(directory).string();
    origin_path_ = path_in_tree(source_.directory, origin);
    is_origin_ = std::filesystem::weakly_canonical(origin) == source_.directory;
  }

  Result<LayaSource> run() {
    if (const auto done = read_tables(); !done) return done.error();
    if (const auto done = read_names(); !done) return done.error();
    if (const auto done = list_files(); !done) return done.error();
    if (tables_ == source_.directory) take_cache_files();
    take_named_files();
    take_renamed_files();
    find_problems();
    put_in_order();
    return std::move(source_);
  }

 private:
  Result<void> fail(errc error, std::string sentence) {
    why_ = std::move(sentence);
    return error;
  }

  Result<void> read_tables() {
    std::string table_name;
    for (const char* folder : {"/update", ""})
      for (const char* name : {"/filetable.bin", "/filetable.txt"})
        if (table_name.empty() && std::filesystem::exists(source_.directory + folder + name)) {
          tables_ = source_.directory + folder;
          table_name = tables_ + name;
        }
    if (table_name.empty())
      return fail(errc::not_found, shown(source_.directory) +
                                       " has no LayaDCC table: neither update/filetable.bin nor "
                                       "filetable.bin; pack it first with `larder layadcc`");
    const auto text = sys::read_file(table_name, kMaxTableBytes);
    if (!text)
      return fail(errc::io, "cannot read " + shown(table_name) + ": " + text.error().message());
    auto table = filetable::LayaTable::parse(std::as_bytes(std::span(*text)), {}, &why_);
    if (!table) return fail(errc::bad_table, shown(table_name) + ": " + why_);
    source_.table = std::move(*table);
    const auto id = sys::read_file(tables_ + "/assetsid.txt", 1024);
    if (!id) return {};
    source_.id = *id;
    while (source_.id.ends_with('\n') || source_.id.ends_with('\r')) source_.id.pop_back();
    if (source_.table->id().empty() || source_.table->id() == source_.id) return {};
    return fail(errc::table_mismatch, shown(table_name) + " is of version " +
                                          std::string(source_.table->id()) +
                                          ", assetsid.txt of version " + shown(source_.id) +
                                          ": it is being changed, or only half of it was copied");
  }

  Result<void> read_names() {
    const auto text = sys::read_file(tables_ + "/allfiles.txt", kMaxTableBytes);
    if (!text) return {};
    const auto list = filetable::NameList::parse(*text, {}, &why_);
    if (!list) return fail(errc::bad_table, shown(tables_) + "/allfiles.txt: " + why_);
    // The list's own order is lost in it.
    std::set<std::string> once;
    for (std::size_t at = 0; at < text->size();) {
      const std::size_t end = std::min(text->find('\n', at), text->size());
      std::string name = text->substr(at + 1, end - at - 1);
      if (name.ends_with('\r')) name.pop_back();
      const std::uint32_t id = id_of(name);
      if (once.insert(name).second) names_.push_back({id, std::move(name)});
      at = end + 1;
    }
    return {};
  }

  Result<void> list_files() {
    const Descriptor root(::open(source_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) return fail(errc::io, "cannot open the directory " + shown(source_.directory));
    WalkRules rules;
    rules.takes_file = [](std::string_view) { return true; };
    rules.takes_directory = [&](std::string_view path, std::string_view name) {
      if (is_skipped_directory(name)) return false;
      return path != origin_path_ && !(is_origin_ && is_native_name(path));
    };
    auto walked = walk(root.get(), rules, stop_);
    if (!walked) return fail(errc::cancelled, "cancelled");
    if (!walked->problems.empty()) {
      const PathProblem& first = walked->problems.front();
      return fail(errc::io, shown(first.path) + ": " + first.what);
    }
    there_ = std::move(walked->files);
    return {};
  }

  [[nodiscard]] bool lists(std::uint32_t id) const { return source_.table->find(id).has_value(); }

  void take(std::string_view path, std::string name, std::uint32_t id) {
    found_.insert(id);
    source_.files.push_back({std::string(path), std::move(name), id});
  }

  /// Files called after path ids, which names are needed for.
  void take_cache_files() {
    // Packed with `-esc`, no name has a space.
    const bool may_be_escaped = std::none_of(names_.begin(), names_.end(), [](const auto& named) {
      return named.second.find(' ') != std::string::npos;
    });
    std::unordered_map<std::string_view, std::size_t> by_path;
    for (std::size_t i = 0; i < there_.size(); ++i) by_path.emplace(there_.path(i), i);
    for (const auto& [id, name] : names_) {
      const auto file = by_path.find(filetable::laya_content_name(id));
      if (file == by_path.end() || !lists(id)) continue;
      used_.insert(file->second);
      take(file->first, may_be_escaped ? without_escapes(name) : name, id);
    }
    for (const char* name :
         {"allfiles.txt", "assetsid.txt", "filetable.bin", "filetable.txt", "filetable1.txt"})
      if (const auto file = by_path.find(name); file != by_path.end()) used_.insert(file->second);
  }

  void take_named_files() {
    for (std::size_t i = 0; i < there_.size(); ++i) {
      const std::uint32_t id = id_of(there_.path(i));
      if (used_.contains(i) || !lists(id)) continue;
      used_.insert(i);
      take(there_.path(i), std::string(there_.path(i)), id);
    }
  }

  /// Files that the table has under other names, as `-lwr` and `-esc` make them.
  void take_renamed_files() {
    std::set<std::uint32_t> renamed;
    for (std::size_t i = 0; i < there_.size(); ++i) {
      if (used_.contains(i)) continue;
      for (const auto& [lower_case, escape_spaces] :
           {std::pair(true, false), {false, true}, {true, true}}) {
        const std::string path = table_path(there_.path(i), lower_case, escape_spaces).substr(1);
        const std::uint32_t id = id_of(path);
        if (!lists(id) || (found_.contains(id) && !renamed.contains(id))) continue;
        used_.insert(i);
        if (renamed.insert(id).second)
          take(there_.path(i), table_path(there_.path(i), lower_case, false).substr(1), id);
        else
          source_.problems.push_back(
              {std::string(there_.path(i)), "another file has the name " + shown(path) +
                                                " in the table, too; rename one of them"});
        break;
      }
    }
  }

  void find_problems() {
    std::unordered_map<std::uint32_t, std::string_view> names;
    for (const auto& [id, name] : names_) names.emplace(id, name);
    const auto named = [&](std::uint32_t id) {
      const auto name = names.find(id);
      return name == names.end() ? "path id " + filetable::laya_content_name(id)
                                 : std::string(name->second);
    };
    for (const std::uint32_t id : source_.table->path_ids()) {
      if (found_.contains(id)) continue;
      source_.problems.push_back(
          {named(id),
           names.contains(id)
               ? "the table lists it, but it is not there; copy it, or pack the tree again"
               : "the table lists it, but neither a file nor allfiles.txt has its name; "
                 "bring allfiles.txt, or pack the tree again"});
    }
    for (const std::uint32_t id : source_.table->ambiguous_ids())
      source_.problems.push_back({named(id),
                                  "several files have its path id, so that the table cannot "
                                  "tell them apart; rename one, and pack the tree again"});
    std::set<std::string_view> seen;
    for (const auto& file : source_.files)
      if (!seen.insert(file.name).second)
        source_.problems.push_back({file.path, "it is called " + shown(file.name) +
                                                   " as another file is; rename one of them"});
    for (std::size_t i = 0; i < there_.size(); ++i)
      if (!used_.contains(i)) source_.unlisted.emplace_back(there_.path(i));
  }

  void put_in_order() {
    std::unordered_map<std::uint32_t, std::size_t> places;
    for (std::size_t i = 0; i < names_.size(); ++i) places.emplace(names_[i].first, i);
    const auto place_of = [&](const LayaSource::File& file) {
      const auto place = places.find(file.path_id);
      return place == places.end() ? std::numeric_limits<std::size_t>::max() : place->second;
    };
    std::stable_sort(source_.files.begin(), source_.files.end(),
                     [&](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
    source_.in_order = source_.files.size() == names_.size() &&
                       std::all_of(source_.files.begin(), source_.files.end(),
                                   [&](const auto& file) { return places.contains(file.path_id); });
  }

  const std::atomic<bool>* stop_;
  std::string& why_;
  LayaSource source_;
  std::string origin_path_;
  bool is_origin_ = false;
  std::string tables_;                                        ///< the folder that has them
  std::vector<std::pair<std::uint32_t, std::string>> names_;  ///< of allfiles.txt, with path ids
  FileList there_;
  std::set<std::size_t> used_;  ///< of there_
  std::set<std::uint32_t> found_;
};

}  // namespace

Result<LayaSource> open_laya_source(const std::string& directory, const std::string& origin,
                                    const std::atomic<bool>* stop, std::string& why) {
  return Search(directory, origin, stop, why).run();
}

}  // namespace larder::publish
