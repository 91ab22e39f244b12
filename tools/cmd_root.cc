// larder root: documents that say which keys speak for an origin.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "command_line.h"
#include "output.h"
#include "signing.h"
#include "sys/file_system.h"
#include "sys/files.h"
#include "trust/envelope.h"
#include "trust/root.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "root";

/// Options that alter the keys and the threshold of one role.
struct RoleArguments {
  std::vector<std::string> add;
  std::vector<std::string> remove;
  unsigned threshold = 0;  ///< 0: as it is

  void add_to(CLI::App& app, const std::string& role, bool rotates) {
    const std::string dash = "--" + role;
    app.add_option((rotates ? "--add-" + role : dash) + "-key", add,
                   "public key that signs " + role + "s: file or hex; may be repeated")
        ->type_name("PUB")
        ->allow_extra_args(false);
    if (rotates)
      app.add_option("--remove-" + role + "-key", remove, "public key that no longer does")
          ->type_name("PUB")
          ->allow_extra_args(false);
    app.add_option(dash + "-threshold", threshold, "how many of them must sign")->type_name("N");
  }

  /// False if a key is missing or there already, which was said.
  [[nodiscard]] bool apply(trust::Quorum& quorum) const {
    const auto added = read_public_keys(kName, add);
    const auto removed = read_public_keys(kName, remove);
    if (!added || !removed) return false;
    for (const auto& key : *removed) {
      if (std::erase(quorum.keys, key) == 0) return refuse(key, "is none of the keys");
    }
    for (const auto& key : *added) {
      if (std::find(quorum.keys.begin(), quorum.keys.end(), key) != quorum.keys.end())
        return refuse(key, "is one of the keys already");
      quorum.keys.push_back(key);
    }
    if (threshold != 0) quorum.threshold = threshold;
    return true;
  }

 private:
  static bool refuse(const trust::PublicKey& key, std::string_view sentence) {
    print_error(kName, trust::to_text(key) + " " + std::string(sentence),
                "`larder root show` lists them");
    return false;
  }
};

struct RootFile {
  trust::Envelope envelope;
  trust::Root root;
};

std::optional<RootFile> read_root(const std::string& file) {
  const auto text = read_small_file(kName, file);
  if (!text) return std::nullopt;
  std::string why;
  auto envelope = trust::Envelope::parse(*text, &why);
  auto root = envelope ? trust::Root::parse(envelope->text, &why) : std::nullopt;
  if (root) return RootFile{std::move(*envelope), std::move(*root)};
  print_error(kName, file + ": no root document: " + why);
  return std::nullopt;
}

unsigned signatures_of(const trust::Envelope& envelope, const trust::Quorum& quorum) {
  unsigned count = 0;
  trust::Quorum one{{}, 1};
  for (const auto& key : quorum.keys) {
    one.keys = {key};
    count += trust::is_signed_by(envelope, one) ? 1 : 0;
  }
  return count;
}

std::string missing_text(unsigned count, const trust::Quorum& quorum, std::string_view whose) {
  if (count >= quorum.threshold) return {};
  return human_count(quorum.threshold - count, "signature") + " of " + std::string(whose) +
         " missing; ";
}

/// Signs, checks and writes a new document. `before` may be null.
int finish(const trust::Root& root, const trust::Root* before, const std::string& file,
           const std::vector<std::string>& key_files, const Passphrase& passphrase, bool json) {
  trust::Envelope envelope{root.serialise(), {}};
  std::string why;
  if (!trust::Root::parse(envelope.text, &why)) {
    print_error(kName, "the document would be malformed: " + why, "see `larder root --help`");
    return kWrongUsage;
  }
  const auto keys = read_private_keys(kName, key_files, passphrase);
  if (!keys) return kFailed;
  for (const auto& key : *keys) envelope.sign(key);
  if (sys::FileSystem::real().exists(file)) {
    print_error(kName, file + " exists", "root documents are not overwritten; give a new name");
    return kFailed;
  }
  if (const auto written = sys::replace_file(file, envelope.serialise()); !written) {
    print_error(kName, file, written.error());
    return kFailed;
  }
  const unsigned own = signatures_of(envelope, root.root);
  const unsigned old = before ? signatures_of(envelope, before->root) : 0;
  const std::string missing =
      (before ? missing_text(old, before->root, "the keys before") : std::string()) +
      missing_text(own, root.root, "its own keys");
  if (json)
    print_json({{"file", file}, {"version", root.version}, {"complete", missing.empty()}});
  else
    print_line(file + ": version " + std::to_string(root.version) + ", " +
               (missing.empty() ? "complete" : missing + "`larder sign` adds them"));
  return kDone;
}

boost::json::object to_json(const trust::Quorum& quorum) {
  boost::json::array keys;
  for (const auto& key : quorum.keys) keys.emplace_back(trust::to_text(key));
  return {{"threshold", quorum.threshold}, {"keys", std::move(keys)}};
}

void print_quorum(std::string_view name, const trust::Quorum& quorum,
                  const trust::Envelope& envelope) {
  print_line(std::string(name) + ": " + human_count(quorum.threshold) + " of");
  for (const auto& key : quorum.keys)
    print_line("  " + trust::to_text(key) +
               (signatures_of(envelope, {{key}, 1}) ? "  has signed this document" : ""));
}

int show(const std::string& file, bool json) {
  const auto read = read_root(file);
  if (!read) return kFailed;
  const auto& [envelope, root] = *read;
  const bool complete = signatures_of(envelope, root.root) >= root.root.threshold;
  if (json) {
    print_json({{"file", file},
                {"version", root.version},
                {"root", to_json(root.root)},
                {"head", to_json(root.head)},
                {"signed_by_itself", complete}});
  } else {
    print_line("version " + std::to_string(root.version));
    print_quorum("root documents", root.root, envelope);
    print_quorum("heads", root.head, envelope);
  }
  return kDone;
}

}  // namespace

int run_root(Arguments words) {
  CLI::App app("Documents that say which keys speak for an origin (ORIGIN/roots/N.json).");
  app.require_subcommand(1);
  bool json = false;
  std::string file;
  std::string before_file;
  std::vector<std::string> keys;
  RoleArguments root_role;
  RoleArguments head_role;
  Passphrase passphrase;

  auto* create = app.add_subcommand("create", "Writes the first document.");
  auto* rotate = app.add_subcommand("rotate", "Writes the document that follows another.");
  auto* show_one = app.add_subcommand("show", "Prints a document.");
  rotate->add_option("BEFORE", before_file, "the document in force, roots/N.json")->required();
  for (auto* command : {create, rotate, show_one}) {
    command->add_option("FILE", file, command == show_one ? "the document" : "where to write it")
        ->required();
    command->add_flag("--json", json, "one JSON object");
    if (command == show_one) continue;
    root_role.add_to(*command, "root", command == rotate);
    head_role.add_to(*command, "head", command == rotate);
    command->add_option("--key", keys, "private key that signs the document; may be repeated")
        ->type_name("F")
        ->allow_extra_args(false);
    passphrase.add_to(*command);
  }
  if (const auto status = parse(app, kName, words)) return *status;
  if (*show_one) return show(file, json);

  trust::Root next;
  std::optional<RootFile> before;
  if (*rotate) {
    before = read_root(before_file);
    if (!before) return kFailed;
    next = before->root;
  }
  ++next.version;
  if (!root_role.apply(next.root) || !head_role.apply(next.head)) return kWrongUsage;
  return finish(next, before ? &before->root : nullptr, file, keys, passphrase, json);
}

}  // namespace larder::tool
