#include "event_lines.h"

#include <gtest/gtest.h>

#include <larder/error.h>

namespace larder::tool {
namespace {

std::string line(EventKind kind, std::error_code error = {}, std::chrono::milliseconds delay = {}) {
  Event event;
  event.kind = kind;
  event.url = "http://h/a";
  event.bytes = 2048;
  event.error = error;
  event.delay = delay;
  return line_of(event);
}

TEST(EventLines, TellTheCourseOfADownload) {
  EXPECT_EQ(line(EventKind::started), "download [ ] http://h/a");
  EXPECT_EQ(line(EventKind::failed_over), "download [ ] http://h/a");
  EXPECT_EQ(line(EventKind::verified), "download [x] http://h/a 2.0 KiB");
  const std::string why = make_error_code(errc::unreachable).message();
  EXPECT_EQ(line(EventKind::retried, errc::unreachable),
            "download [!] http://h/a " + why + "; trying again");
  EXPECT_EQ(line(EventKind::retried, errc::unreachable, std::chrono::milliseconds(1500)),
            "download [!] http://h/a " + why + "; trying again in 1.5 s");
  EXPECT_EQ(line(EventKind::failed, errc::unreachable), "download [!] http://h/a " + why);
}

TEST(EventLines, AreSilentAboutTheRest) {
  for (const EventKind kind : {EventKind::progress, EventKind::stored, EventKind::damaged})
    EXPECT_EQ(line(kind), "") << name_of(kind);
}

}  // namespace
}  // namespace larder::tool
