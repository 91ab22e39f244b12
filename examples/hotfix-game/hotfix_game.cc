// A game with a planted bug, which a patch from its origin repairs: the hero's shield is subtracted
// from his health as well as from the blow.
//
// usage: hotfix_game ORIGIN STORE STATE-FILE PUBLIC-KEY-FILE < orders
//        hotfix_game --points            prints the table of its points
//
// Orders, one on a line: `fight` plays a round, `refresh` asks the origin for patches, `unpatch`
// takes the patch back, `quit` ends.
#include <larder/hotfix/point.h>
#include <larder/larder.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#if defined(LARDER_WITH_HOTFIX)
#include <larder/hotfix/runtime.h>
#endif

namespace game {

class Hero {
  int health_ = 100;
  int shield_ = 10;
  LARDER_HOTFIX_FIELDS(Hero, health_, shield_)

 public:
  void hit(int blow) {
    LARDER_HOTFIX(Hero, hit, blow);
    health_ -= shield_;  // the bug
    if (blow > shield_) health_ -= blow - shield_;
  }
  int health() const { return health_; }
};

void fight() {
  Hero hero;
  for (const int blow : {5, 30, 12}) hero.hit(blow);
  std::printf("the hero has %d of 100 left\n", hero.health());
}

}  // namespace game

#if defined(LARDER_WITH_HOTFIX)

static void refresh(larder::hotfix::Runtime& runtime, larder::Vfs& vfs, const std::string& key) {
  if (const auto news = vfs.refresh(); !news)
    std::printf("no news: %s\n", news.error().message().c_str());
  const auto applied = runtime.apply(vfs, "patches/manifest.json", {key});
  if (!applied)
    std::printf("no patch: %s\n", applied.error().message().c_str());
  else if (applied->killed)
    std::printf("patch %s was taken back\n", applied->id.c_str());
  else if (applied->changed)
    std::printf("patch %s, sequence %llu\n", applied->id.c_str(),
                static_cast<unsigned long long>(applied->sequence));
}

int main(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "--points")
    return std::fputs(larder::hotfix::points_json().c_str(), stdout) < 0;
  if (argc != 5) return std::fprintf(stderr, "usage: hotfix_game ORIGIN STORE STATE KEY\n"), 2;
  std::ifstream key_file(argv[4]);
  const std::string key((std::istreambuf_iterator<char>(key_file)), {});

  auto vfs = larder::Vfs::open({.origin = argv[1], .store = argv[2]});
  if (!vfs) return std::fprintf(stderr, "open: %s\n", vfs.error().message().c_str()), 1;
  larder::hotfix::Options options{.app = "hotfix-game", .build = 7, .state_file = argv[3]};
  options.on_failure = [](const larder::hotfix::Failure& failure) {
    std::printf("patch %s failed: %s\n", failure.patch.c_str(), failure.message.c_str());
  };
  larder::hotfix::Runtime runtime(options);
  refresh(runtime, *vfs, key);

  for (std::string order; std::getline(std::cin, order) && order != "quit";) {
    if (order == "fight") game::fight();
    if (order == "refresh") refresh(runtime, *vfs, key);
    if (order == "unpatch" && !runtime.rollback("shield")) std::printf("there was no patch\n");
    std::fflush(stdout);
    if (!runtime.confirm_start()) std::printf("the state file cannot be written\n");
  }
}

#else

int main() {
  game::fight();
}

#endif
