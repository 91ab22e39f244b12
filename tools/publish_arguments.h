// The options of commands that publish a release, and what they say of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <boost/json/object.hpp>

#include "interrupt_guard.h"
#include "output.h"
#include "publish/publish.h"
#include "signing.h"

namespace larder::tool {

class PublishArguments {
 public:
  /// `command` must be a literal, and so must `packing`: what the bar calls work on
  /// another format.
  PublishArguments(std::string_view command, std::string_view packing)
      : command_(command), packing_(packing) {}
  PublishArguments(const PublishArguments&) = delete;
  PublishArguments& operator=(const PublishArguments&) = delete;

  /// Those that every such command has. `this` must live until `app` has parsed.
  void add_to(CLI::App& app);
  /// Completes the options: false if the command line is wrong, which was said.
  [[nodiscard]] bool check();
  /// Reads the keys; false if that fails, which was said.
  [[nodiscard]] bool read_keys();

  /// `publish`, with a progress bar, and ended by Ctrl-C in good order.
  template <class Publish>
  auto run(Publish publish) {
    const InterruptGuard guard;
    options.stop = &interrupted;
    const auto result = publish();
    bar_.reset();
    return result;
  }

  /// Warnings on stderr unless it is to be quiet.
  void print_warnings(const std::vector<std::string>& warnings) const;
  /// What was published; callers add what is theirs and print it.
  [[nodiscard]] static boost::json::object summary(const publish::PublishResult& result,
                                                   const std::vector<std::string>& warnings);
  static void print_lines(const publish::PublishResult& result);

  publish::PublishOptions options;
  bool json = false;
  bool quiet = false;

 private:
  void show(const publish::PublishProgress& progress);

  const std::string_view command_;
  const std::string_view packing_;
  std::string name_;
  std::string expires_;
  std::vector<std::string> key_files_;
  std::vector<trust::PrivateKey> keys_;
  std::string content_key_file_;
  std::vector<std::string> bootstrap_;
  std::vector<std::string> high_;
  std::vector<std::string> low_;
  CLI::Option* name_given_ = nullptr;
  Passphrase passphrase_;
  std::optional<Progress> bar_;
  publish::PublishProgress::Stage stage_{};
};

}  // namespace larder::tool
