// Program: runs the program larder as a user does, and keeps what it said.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include "support/temp_directory.h"

namespace larder::test {

struct Said {
  int status = -1;  ///< exit status; -1 if it did not end by itself
  std::string out;
  std::string err;

  /// stdout as JSON lines.
  [[nodiscard]] std::vector<boost::json::object> objects() const {
    std::vector<boost::json::object> all;
    std::istringstream lines(out);
    for (std::string line; std::getline(lines, line);)
      all.push_back(boost::json::parse(line).as_object());
    return all;
  }
};

inline std::string text(const boost::json::object& object, const char* key) {
  return boost::json::value_to<std::string>(object.at(key));
}
inline std::int64_t number(const boost::json::object& object, const char* key) {
  return object.at(key).to_number<std::int64_t>();
}

inline std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// Runs `larder WORDS...` with `input` on its stdin.
inline Said larder(const std::vector<std::string>& words, const std::string& input = {}) {
  const TempDirectory folder;
  std::ofstream(folder / "in") << input;
  std::string command = LARDER_PROGRAM;
  for (const std::string& word : words) command += " " + quoted(word);
  command += " <" + (folder / "in") + " >" + (folder / "out") + " 2>" + (folder / "err");
  const int status = std::system(command.c_str());
  const auto text = [&](const std::string& name) {
    std::ifstream file(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text("out"), text("err")};
}

}  // namespace larder::test
