// A game with downloadable content: what the player buys is mounted beside the game or laid over
// it, and a level is read through a snapshot, so that no update comes between its files. usage:
// dlc_game ORIGIN KEY.pub STORE, with orders on standard input:
//   levels                  all levels, of the game and of what was bought
//   buy PREFIX ORIGIN KEY   mounts; "." lays the content over the game's
//   return PREFIX           unmounts
//   enter LEVEL, look       begins a level; tells what is seen there
//   refresh, quit
#include <larder/larder.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

static std::string text_of_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

static void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// The content of `path`, or why there is none.
static std::string text_of(const larder::Result<larder::Blob>& blob) {
  if (!blob) return "(" + blob.error().message() + ")";
  const std::string text(blob->text());
  return text.substr(0, text.find('\n'));
}

/// Levels are the files of every directory `levels`.
static std::string levels_below(const larder::Snapshot& world, const std::string& directory) {
  std::string levels;
  const auto names = world.list(directory);
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    const auto& [name, is_directory] = (*names)[i];
    const std::string path = directory.empty() ? name : directory + "/" + name;
    if (is_directory)
      levels += levels_below(world, path);
    else if (path.find("levels/") != std::string::npos)
      levels += " " + path;
  }
  return levels;
}

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: dlc_game ORIGIN KEY.pub STORE\n"), 2;
  larder::Options options{.origin = argv[1], .store = argv[3]};
  options.trust.keys = {text_of_file(argv[2])};
  auto vfs = larder::Vfs::open(options);
  if (!vfs) return std::fprintf(stderr, "open: %s\n", vfs.error().message().c_str()), 1;
  say("welcome to " + vfs->release_id());

  struct Level {
    larder::Snapshot world;
    std::string path;
  };
  std::optional<Level> level;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string order, first, origin, key;
    words >> order >> first >> origin >> key;
    if (order == "quit") break;
    if (order == "levels") {
      say("levels:" + levels_below(vfs->snapshot(), ""));
    } else if (order == "buy") {
      larder::MountOptions bought{.origin = origin};
      bought.trust.keys = {text_of_file(key)};
      const auto mounted = vfs->mount(first == "." ? "" : first, bought);
      say(mounted ? "thank you" : "you keep your money: " + mounted.error().message());
    } else if (order == "return") {
      say(vfs->unmount(first == "." ? "" : first) ? "sorry that you did not like it" : "not yours");
    } else if (order == "enter") {
      level = Level{vfs->snapshot(), first};
      say("you enter: " + text_of(level->world.read(first)));
    } else if (order == "look" && level) {
      // The music lies beside the level, the hero in the game or in what was laid over it.
      const std::string music = level->path + ".music";
      say("you see " + text_of(level->world.read("hero")) + " in " +
          text_of(level->world.read(level->path)) + ", and hear " +
          text_of(level->world.read("sound/" + music.substr(music.rfind('/') + 1))));
    } else if (order == "refresh") {
      const auto refreshed = vfs->refresh();
      say(refreshed && refreshed->changed ? "there is something new" : "nothing new");
    } else {
      say("what?");
    }
  }
  return 0;
}
