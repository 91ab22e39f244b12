#include <larder/event.h>

namespace larder {

const char* name_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::started: return "started";
    case EventKind::progress: return "progress";
    case EventKind::retried: return "retried";
    case EventKind::failed_over: return "failed_over";
    case EventKind::hedged: return "hedged";
    case EventKind::verified: return "verified";
    case EventKind::stored: return "stored";
    case EventKind::damaged: return "damaged";
    case EventKind::failed: return "failed";
  }
  return "unknown";
}

}  // namespace larder
