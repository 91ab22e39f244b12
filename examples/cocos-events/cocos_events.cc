// Updates a game from a Cocos Creator origin and prints the events that its old updater would have
// told: cocos_events ORIGIN STORE
#include <cstdio>

#include "hot_update.h"

namespace {

const char* name_of(HotUpdateCode code) {
  switch (code) {
    case HotUpdateCode::ERROR_NO_LOCAL_MANIFEST: return "ERROR_NO_LOCAL_MANIFEST";
    case HotUpdateCode::ERROR_DOWNLOAD_MANIFEST: return "ERROR_DOWNLOAD_MANIFEST";
    case HotUpdateCode::ERROR_PARSE_MANIFEST: return "ERROR_PARSE_MANIFEST";
    case HotUpdateCode::NEW_VERSION_FOUND: return "NEW_VERSION_FOUND";
    case HotUpdateCode::ALREADY_UP_TO_DATE: return "ALREADY_UP_TO_DATE";
    case HotUpdateCode::UPDATE_PROGRESSION: return "UPDATE_PROGRESSION";
    case HotUpdateCode::ASSET_UPDATED: return "ASSET_UPDATED";
    case HotUpdateCode::ERROR_UPDATING: return "ERROR_UPDATING";
    case HotUpdateCode::UPDATE_FINISHED: return "UPDATE_FINISHED";
    case HotUpdateCode::UPDATE_FAILED: return "UPDATE_FAILED";
    case HotUpdateCode::ERROR_DECOMPRESS: return "ERROR_DECOMPRESS";
  }
  return "unknown";
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: cocos_events ORIGIN STORE\n");
    return 2;
  }
  larder::Options options;
  options.origin = words[1];
  options.store = words[2];
  bool finished = false;
  HotUpdate update(std::move(options), [&](const HotUpdateEvent& event) {
    if (event.code == HotUpdateCode::UPDATE_FINISHED) finished = true;
    std::printf("%s %s%s", name_of(event.code), event.asset.c_str(), event.message.c_str());
    if (event.code == HotUpdateCode::UPDATE_PROGRESSION)
      std::printf("%.0f%%", event.percent_by_file() * 100);
    std::printf("\n");
  });
  update.check_update();
  update.update();
  return finished ? 0 : 1;
}
