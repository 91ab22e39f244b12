#include "fetch/plan.h"

namespace larder::fetch {

Plan plan_for(Route route, const Offer& offer) noexcept {
  Plan plan;
  switch (route) {
    case Route::listed:
      if (offer.has_bundle) plan.push(Step::bundle);
      if (offer.has_store) plan.push(Step::store);
      break;
    case Route::member:
      if (offer.has_bundle) plan.push(Step::bundle);
      return plan;
    case Route::versioned:
      if (offer.has_store) plan.push(Step::store);
      break;
    case Route::transient: plan.push(Step::memory); break;
    case Route::live: break;
    case Route::file: plan.push(Step::file); return plan;
  }
  if (offer.has_origin) plan.push(Step::origin);
  return plan;
}

}  // namespace larder::fetch
