// The questions that a Vfs answers without reading content.
#include <string>
#include <utility>

#include "digest/verifier.h"
#include "larder/vfs_impl.h"

namespace larder {
namespace {

std::string name_of(Route route) {
  switch (route) {
    case Route::listed: return "listed";
    case Route::member: return "member";
    case Route::versioned: return "versioned";
    case Route::transient: return "transient";
    case Route::live: return "live";
    case Route::file: return "file";
  }
  return "unknown";
}

std::string because(Route route, const Result<Source>& located) {
  if (route == Route::file) return "a file:// URL is read directly";
  if (route == Route::member) return "an archive that the filetable names has it";
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

}  // namespace

bool Vfs::Impl::exists(std::string_view path, const ViewPtr& held) const {
  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(path, buffer);
  if (!request) return false;
  if (!held) {
    const auto view = view_.read();
    const Layer* layer = nullptr;
    const auto entry = view->resolve(*request, buffer, layer);
    if (entry.error() != errc::would_fetch) return entry && entry->is_file();
  }
  const auto found = look_up(*held_or_now(held), *request, buffer);
  return found && found->entry.is_file();
}

Result<Stat> Vfs::Impl::stat(std::string_view path, const ViewPtr& held) const {
  constexpr Stat kDirectory{.is_directory = true, .size_bytes = {}, .local = true};
  vfs::PathBuffer buffer;
  const auto directory = vfs::PathRules::parse_directory(path, buffer);
  if (!directory) return directory.error();
  if (directory->empty()) return kDirectory;
  const auto request = root_->rules().take_apart(path, buffer);
  if (!request) return request.error();

  const auto view = held_or_now(held);
  const auto found = look_up(*view, *request, buffer);
  if (found && found->entry.is_file()) {
    const Entry& entry = found->entry;
    const Release& release = *found->layer->release;
    Stat stat;
    stat.size_bytes = entry.is_encrypted ? entry.plain_bytes : entry.size;
    stat.local = corridor_->locate(release, entry).has_value();
    if (!stat.size_bytes && store_) stat.size_bytes = store_->size_of(entry.key);
    for (const LocalSource* bundle : release.bundles())
      if (!stat.size_bytes) stat.size_bytes = bundle->size_of(entry);
    return stat;
  }
  if (!found && found.error() != errc::not_listed) return found.error();
  const auto known = is_directory(*view, request->path, buffer);
  if (!known) return known.error();
  if (!*known) return errc::not_listed;
  return kDirectory;
}

Result<Explanation> Vfs::Impl::explain(std::string_view path, const ViewPtr& held) const {
  vfs::PathBuffer buffer;
  Explanation explanation;
  explanation.path = path;
  const auto request = root_->rules().take_apart(path, buffer);
  if (!request) return request.error();
  const auto view = held_or_now(held);
  const auto found = look_up(*view, *request, buffer);
  if (!found) {
    explanation.route = larder::name_of(found.error());
    explanation.source = "none";
    explanation.because = found.error().message();
    if (found.error() == errc::ambiguous)
      explanation.because += names_like(*view, *request, buffer);
    return explanation;
  }
  const Entry* entry = &found->entry;
  const auto& release = found->layer->release;
  explanation.mount = found->layer->mount->prefix();
  explanation.route = name_of(entry->route);
  explanation.checksum = digest::to_text(entry->checksum);
  if (release->origin() && entry->route != Route::file)
    explanation.url = release->origin()->url_of(*entry);
  for (const LocalSource* bundle : release->bundles())
    explanation.in_bundle = explanation.in_bundle || bundle->holds(*entry);
  explanation.size_bytes = entry->is_encrypted ? entry->plain_bytes : entry->size;
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

ReleaseInfo Vfs::Impl::release_info() const {
  return root_->client().info();
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
  stats.hedges = counters_.sum(Figure::hedges);
  stats.hedges_won = counters_.sum(Figure::hedges_won);
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
  stats.table_bytes = counters_.sum(Figure::index_bytes);
  stats.table_requests = counters_.sum(Figure::index_requests);
  for (const View::Place& place : view_.share()->places())
    for (const Layer& layer : place.layers) {
      stats.table_bytes += layer.mount->client().table_bytes();
      stats.table_requests += layer.mount->client().table_requests();
    }
  return stats;
}

std::string Vfs::Impl::release_id() const {
  return view_.share()->root().release->id();
}

std::uint64_t Vfs::Impl::file_count() const {
  return view_.read()->root().release->file_count();
}

}  // namespace larder
