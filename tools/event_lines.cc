#include "event_lines.h"

#include "output.h"

namespace larder::tool {

std::string line_of(const Event& event) {
  const std::string url(event.url);
  switch (event.kind) {
    case EventKind::started:
    case EventKind::failed_over: return "download [ ] " + url;
    case EventKind::hedged: return "download [ ] " + url + " as well";
    case EventKind::verified: return "download [x] " + url + " " + human_bytes(event.bytes);
    case EventKind::retried:
      return "download [!] " + url + " " + event.error.message() + "; trying again" +
             (event.delay.count() > 0 ? " in " + human_duration(event.delay) : "");
    case EventKind::failed: return "download [!] " + url + " " + event.error.message();
    case EventKind::progress:
    case EventKind::stored:
    case EventKind::damaged: return {};  // a retry or the end follows
  }
  return {};
}

}  // namespace larder::tool
