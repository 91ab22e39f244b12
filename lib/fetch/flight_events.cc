// What a flight tells of itself.
#include "fetch/flight.h"

namespace larder::fetch {
namespace {

constexpr std::chrono::milliseconds kProgressInterval{250};

}  // namespace

void Flight::tell(EventKind kind, std::error_code error, std::chrono::milliseconds delay) {
  if (!services_.on_event) return;
  const std::string asked = url();
  const std::string path = release_->full_path(**entry_);
  Event event;
  event.kind = kind;
  event.download = id_;
  event.at = services_.clock->now();
  event.path = path;
  event.url = asked;
  if (sink_) {
    event.bytes = sink_->written();
    event.size = sink_->announced();
  }
  event.error = error;
  event.delay = delay;
  services_.on_event(event);
}

void Flight::tell_progress() {
  if (!services_.on_event) return;
  const auto now = services_.clock->now();
  if (now - told_progress_ < kProgressInterval) return;
  told_progress_ = now;
  tell(EventKind::progress);
}

}  // namespace larder::fetch
