// What benchmarks need beside what they measure: an end with a message, and a folder to work in.
#pragma once

#include <stdlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace larder::bench {

[[noreturn]] inline void give_up(const std::string& what) {
  std::fprintf(stderr, "benchmark: %s\n", what.c_str());
  std::exit(1);
}

/// A new folder for temporary files, removed in the end.
class Scratch {
 public:
  Scratch() : path_((std::filesystem::temp_directory_path() / "larder-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) give_up("cannot make " + path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace larder::bench
