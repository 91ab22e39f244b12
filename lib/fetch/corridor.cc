#include "fetch/corridor.h"

#include <exception>
#include <string>

#include "fetch/plan.h"
#include "sys/files.h"

namespace larder::fetch {
namespace {

Plan plan_for(const Release& release, const Entry& entry, bool has_store) noexcept {
  return fetch::plan_for(entry.route,
                         {!release.bundles().empty(), has_store, release.origin() != nullptr});
}

}  // namespace

Result<Blob> Corridor::lend(const Release& release, const Entry& entry) noexcept try {
  for (const Step step : plan_for(release, entry, services_.store != nullptr)) {
    switch (step) {
      case Step::file: return sys::lend_file(std::string(entry.home), Source::origin);
      case Step::bundle:
        if (auto blob = lend_from_bundles(release, entry); blob || entry.route == Route::member)
          return blob;
        break;
      case Step::store:
        if (Blob blob = services_.store->find(entry.key)) return blob;
        break;
      case Step::memory:
        if (auto blob = lend_from_memory(release, entry)) return blob;
        break;
      case Step::origin: return errc::would_fetch;
    }
  }
  return errc::offline;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<Blob> Corridor::lend_from_bundles(const Release& release, const Entry& entry) noexcept {
  std::error_code error = errc::not_found;
  for (LocalSource* bundle : release.bundles()) {
    auto blob = bundle->lend(entry);
    if (blob) return blob;
    if (blob.error() == condition::damaged) {
      services_.counters->add(Figure::damaged);
      services_.log.warning("a file of the bundle does not match the bundle's own table: " +
                            release.full_path(entry));
      error = blob.error();
    }
  }
  return error;
}

Result<Blob> Corridor::lend_from_memory(const Release& release, const Entry& entry) noexcept try {
  if (!release.origin()) return errc::not_found;
  auto held = services_.transient->find(release.origin()->url_of(entry));
  if (!held || !held->fresh) return errc::not_found;
  return std::move(held->blob).labelled(Source::store);
} catch (const std::exception&) {
  return errc::not_found;
}

Result<Source> Corridor::locate(const Release& release, const Entry& entry) noexcept {
  for (const Step step : plan_for(release, entry, services_.store != nullptr)) {
    switch (step) {
      case Step::file: return Source::origin;
      case Step::bundle:
        for (const LocalSource* bundle : release.bundles())
          if (bundle->holds(entry)) return Source::bundle;
        break;
      case Step::store:
        if (services_.store->size_of(entry.key)) return Source::store;
        break;
      case Step::memory:
        if (lend_from_memory(release, entry)) return Source::store;
        break;
      case Step::origin: return errc::would_fetch;
    }
  }
  return errc::offline;
}

}  // namespace larder::fetch
