// The questions that a Vfs answers without reading content.
#include <string>
#include <utility>

#include "digest/verifier.h"
#include "larder/vfs_impl.h"
#include "vfs/glob.h"

namespace larder {
namespace {

std::string name_of(Route route) {
  switch (route) {
    case Route::listed: return "listed";
    case Route::versioned: return "versioned";
    case Route::transient: return "transient";
    case Route::live: return "live";
    case Route::file: return "file";
  }
  return "unknown";
}

std::string because(Route route, const Result<Source>& located) {
  if (route == Route::file) return "a file:// URL is read directly";
  if (located && *located == Source::bundle)
    return "the bundle holds a file with the checksum that the filetable names";
  if (located && route == Route::transient)
    return "outside the filetable; HTTP allows to reuse what was fetched before";
  if (located) return "the store holds what the filetable names";
  if (located.error() == errc::offline)
    return "neither bundle nor store holds it, and there is no origin to ask";
  switch (route) {
    case Route::listed: return "neither bundle nor store holds what the filetable names";
    case Route::versioned: return "the store does not hold the version that the request names";
    case Route::live: return "the origin has no filetable: development mode, always downloaded";
    default: return "outside the filetable: fetched, not stored";
  }
}

/// Has `each` called with the path of every file below `directory`.
template <class Each>
Result<void> walk(const Release& release, const std::string& directory, const Each& each) {
  const auto listed = release.list(directory);
  if (!listed) return listed.error();
  for (const Listed& one : *listed) {
    std::string path = directory.empty() ? one.name : directory + "/" + one.name;
    if (!one.is_directory)
      each(std::move(path));
    else if (auto walked = walk(release, path, each); !walked)
      return walked;
  }
  return {};
}

}  // namespace

bool Vfs::Impl::exists(std::string_view path) const {
  vfs::PathBuffer buffer;
  const auto request = rules_.parse(path, buffer);
  if (!request) return false;
  const auto listed = [](const Result<Entry>& entry) {
    return entry && entry->route == Route::listed;
  };
  {
    const auto release = release_.read();
    const auto entry = release->resolve(*request);
    if (entry.error() != errc::would_fetch) return listed(entry);
  }
  return listed(look_up(release_.share(), *request));
}

Result<Stat> Vfs::Impl::stat(std::string_view path) const {
  vfs::PathBuffer buffer;
  const auto directory = rules_.parse_directory(path, buffer);
  if (!directory) return directory.error();
  if (directory->empty()) return Stat{.is_directory = true, .size_bytes = {}, .local = true};
  const auto request = rules_.parse(path, buffer);
  if (!request) return request.error();

  const auto release = release_.share();
  const auto entry = look_up(release, *request);
  if (entry && entry->route == Route::listed) {
    Stat stat;
    stat.size_bytes = entry->size;
    stat.local = corridor_->locate(*release, *entry).has_value();
    if (!stat.size_bytes && store_) stat.size_bytes = store_->size_of(entry->key);
    for (const LocalSource* bundle : release->bundles())
      if (!stat.size_bytes) stat.size_bytes = bundle->size_of(*entry);
    return stat;
  }
  if (!entry && entry.error() != errc::not_listed) return entry.error();
  // Names that are known locally tell directories; they are looked for once.
  static_cast<void>(client_->load_names(false));
  const auto is_directory = with_pages(
      release, kForever, [&](Entry* page) { return release->is_directory(request->path, page); });
  if (!is_directory) return is_directory.error();
  if (!*is_directory) return errc::not_listed;
  return Stat{.is_directory = true, .size_bytes = {}, .local = true};
}

Result<std::vector<DirectoryEntry>> Vfs::Impl::list(std::string_view directory) {
  vfs::PathBuffer buffer;
  const auto path = rules_.parse_directory(directory, buffer);
  if (!path) return path.error();
  const auto list_in = [&](const std::shared_ptr<const Release>& release) {
    return with_pages(release, kForever, [&](Entry* page) { return release->list(*path, page); });
  };
  auto listed = list_in(release_.share());
  if (!listed && listed.error() == errc::unsupported) {
    if (const auto loaded = client_->load_names(true); !loaded) return loaded.error();
    listed = list_in(release_.share());
  }
  if (!listed) return listed.error();
  std::vector<DirectoryEntry> entries;
  entries.reserve(listed->size());
  for (Listed& one : *listed) entries.push_back({std::move(one.name), one.is_directory});
  return entries;
}

Result<std::vector<std::string>> Vfs::Impl::paths_of(std::string_view glob) {
  std::vector<std::string> paths;
  if (glob.starts_with('/')) glob.remove_prefix(1);
  const std::string directory(vfs::directory_of_glob(glob));
  const auto take = [&](std::string path) {
    if (vfs::glob_matches(glob, path)) paths.push_back(std::move(path));
  };
  const auto walk_in = [&](const std::shared_ptr<const Release>& release) -> Result<void> {
    if (const auto fetched = fetch_pages_below(release, directory); !fetched) return fetched;
    return walk(*release, directory, take);
  };
  if (directory.empty()) static_cast<void>(client_->load_names(true));  // cheaper than page by page
  auto walked = walk_in(release_.share());
  if (walked.error() == errc::unsupported) {
    if (const auto loaded = client_->load_names(true); !loaded) return loaded.error();
    walked = walk_in(release_.share());
  }
  // A directory that is not there has nothing in it.
  if (!walked && walked.error() != errc::not_listed) return walked.error();
  return paths;
}

std::string Vfs::Impl::names_like(const std::shared_ptr<const Release>& release,
                                  const PathRequest& request) const {
  const auto names = with_pages(
      release, kForever, [&](Entry* page) { return release->names_like(request.path, page); });
  std::string text;
  for (std::size_t i = 0; names && i < names->size(); ++i)
    text += (i == 0 ? ": " : ", ") + (*names)[i];
  return text;
}

Result<Explanation> Vfs::Impl::explain(std::string_view path) const {
  vfs::PathBuffer buffer;
  Explanation explanation;
  explanation.path = path;
  const auto request = rules_.parse(path, buffer);
  if (!request) return request.error();
  const auto release = release_.share();
  const auto entry = look_up(release, *request);
  if (!entry) {
    explanation.route = larder::name_of(entry.error());
    explanation.source = "none";
    explanation.because = entry.error().message();
    if (entry.error() == errc::ambiguous) explanation.because += names_like(release, *request);
    return explanation;
  }
  explanation.route = name_of(entry->route);
  explanation.checksum = digest::to_text(entry->checksum);
  if (release->origin() && entry->route != Route::file)
    explanation.url = release->origin()->url_of(*entry);
  for (const LocalSource* bundle : release->bundles())
    explanation.in_bundle = explanation.in_bundle || bundle->holds(*entry);
  explanation.size_bytes = entry->size;
  if (store_ && entry->key.kind != ObjectKey::Kind::none) {
    const auto size = store_->size_of(entry->key);
    explanation.in_store = size.has_value();
    if (!explanation.size_bytes) explanation.size_bytes = size;
  }
  const auto located = corridor_->locate(*release, *entry);
  if (located)
    explanation.source = larder::name_of(*located);
  else
    explanation.source = located.error() == errc::would_fetch ? "origin" : "none";
  explanation.because = because(entry->route, located);
  return explanation;
}

Result<Refreshed> Vfs::Impl::refresh() {
  std::lock_guard lock(refresh_mutex_);
  auto found = client_->refresh(std::chrono::milliseconds(0));
  if (!found) return found.error();
  Refreshed refreshed;
  if (*found) {
    refreshed.changed = true;
    load_names_for_case(**found);
    release_.replace(*found);
  }
  const ReleaseInfo info = client_->info();
  refreshed.id = info.id;
  refreshed.files = info.files;
  refreshed.held_back = info.held_back;
  refreshed.stale = info.stale;
  return refreshed;
}

ReleaseInfo Vfs::Impl::release_info() const {
  return client_->info();
}

Stats Vfs::Impl::stats() const {
  using fetch::Figure;
  Stats stats;
  stats.reads = counters_.sum(Figure::reads);
  stats.from_bundle = counters_.sum(Figure::from_bundle);
  stats.from_store = counters_.sum(Figure::from_store);
  stats.from_origin = counters_.sum(Figure::from_origin);
  stats.joined = counters_.sum(Figure::joined);
  stats.absent = counters_.sum(Figure::absent);
  stats.failed = counters_.sum(Figure::failed);
  stats.bytes_served = counters_.sum(Figure::bytes_served);
  stats.wire_bytes = counters_.sum(Figure::wire_bytes);
  stats.requests = counters_.sum(Figure::requests);
  stats.damaged = counters_.sum(Figure::damaged);
  stats.store_failures = counters_.sum(Figure::store_failures);
  stats.store_refusals = counters_.sum(Figure::store_refusals);
  if (store_) {
    const store::StoreFigures figures = store_->figures();
    stats.damaged += figures.damaged;
    stats.stored_objects = figures.objects;
    stats.stored_bytes = figures.object_bytes;
    stats.store_disk_bytes = figures.disk_bytes;
    stats.store = figures;
    stats.store_life = figures.life;
  }
  stats.table_bytes = client_->table_bytes() + counters_.sum(Figure::index_bytes);
  stats.table_requests = client_->table_requests() + counters_.sum(Figure::index_requests);
  return stats;
}

std::string Vfs::Impl::release_id() const {
  return release_.share()->id();
}

std::uint64_t Vfs::Impl::file_count() const {
  return release_.read()->file_count();
}

}  // namespace larder
