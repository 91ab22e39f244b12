// larder sign: adds signatures to a head or a root document.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "output.h"
#include "signing.h"
#include "sys/files.h"
#include "trust/envelope.h"
#include "trust/head.h"
#include "trust/root.h"
#include "trust/version_text.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "sign";

struct SignArguments {
  std::string file;
  std::vector<std::string> keys;
  std::string expires;
  std::string message;
  std::string min_app;
  unsigned rollout = 100;
  CLI::Option* expires_given = nullptr;
  CLI::Option* message_given = nullptr;
  CLI::Option* min_app_given = nullptr;
  CLI::Option* rollout_given = nullptr;
  bool json = false;
  Passphrase passphrase;

  [[nodiscard]] bool changes() const {
    return *expires_given || *message_given || *min_app_given || *rollout_given;
  }
};

void add_to(CLI::App& app, SignArguments& arguments) {
  app.add_option("FILE", arguments.file, "heads/CHANNEL.json, or a root document")->required();
  app.add_option("--key", arguments.keys, "private key; may be repeated")
      ->required()
      ->type_name("F")
      ->allow_extra_args(false);
  arguments.expires_given =
      app.add_option("--expires", arguments.expires, "of a head: 90d, 36h, 2027-01-31 or never")
          ->type_name("D");
  arguments.message_given = app.add_option("--message", arguments.message, "of a head");
  arguments.min_app_given =
      app.add_option("--min-app", arguments.min_app, "of a head: least version of the app")
          ->type_name("V");
  arguments.rollout_given =
      app.add_option("--rollout", arguments.rollout, "of a head: percentage of the clients")
          ->check(CLI::Range(0u, 100u).description(""))
          ->type_name("P");
  app.add_flag("--json", arguments.json, "one JSON object");
  arguments.passphrase.add_to(app);
}

/// Makes the changes that were asked for. False if one makes no sense, which was said.
bool change(trust::Head& head, const SignArguments& arguments) {
  if (*arguments.expires_given) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto expires = parse_expiry(arguments.expires, now);
    if (!expires || (*expires && **expires < head.published)) {
      print_error(kName, "--expires " + arguments.expires + " is no time in the release's future",
                  "give it as 90d, 36h, 2027-01-31 or never");
      return false;
    }
    head.expires = *expires;
  }
  if (*arguments.message_given) head.message = arguments.message;
  if (*arguments.min_app_given) head.min_app = arguments.min_app;
  if (*arguments.rollout_given) head.rollout = arguments.rollout;
  std::string why;
  if (trust::Head::parse(head.serialise(), &why)) return true;
  print_error(kName, "the head would be malformed: " + why, "see --help");
  return false;
}

}  // namespace

int run_sign(Arguments words) {
  CLI::App app(
      "Adds signatures to a head or a root document. A head that is changed loses those it had.");
  SignArguments arguments;
  add_to(app, arguments);
  if (const auto status = parse(app, kName, words)) return *status;
  const auto text = read_small_file(kName, arguments.file);
  if (!text) return kFailed;
  std::string why;
  auto envelope = trust::Envelope::parse(*text, &why);
  auto head = envelope ? trust::Head::parse(envelope->text, &why) : std::nullopt;
  const auto root = envelope && !head ? trust::Root::parse(envelope->text, nullptr) : std::nullopt;
  if (!head && !root) {
    print_error(kName, arguments.file + ": neither a head nor a root document: " + why);
    return kFailed;
  }
  if (arguments.changes()) {
    if (!head) {
      print_error(kName, "a root document has nothing of that",
                  "`larder root rotate` changes keys");
      return kWrongUsage;
    }
    if (!change(*head, arguments)) return kWrongUsage;
    *envelope = {head->serialise(), {}};
  }
  const auto keys = read_private_keys(kName, arguments.keys, arguments.passphrase);
  if (!keys) return kFailed;
  for (const auto& key : *keys) envelope->sign(key);
  const std::string document = envelope->serialise();
  if (document.size() > trust::Envelope::kMaxBytes ||
      envelope->signatures.size() > trust::Envelope::kMaxSignatures) {
    print_error(kName, arguments.file + ": too many signatures");
    return kFailed;
  }
  if (const auto written = sys::replace_file(arguments.file, document); !written) {
    print_error(kName, arguments.file, written.error());
    return kFailed;
  }
  if (arguments.json)
    print_json({{"file", arguments.file}, {"signatures", envelope->signatures.size()}});
  else
    print_line(arguments.file + ": " + human_count(envelope->signatures.size(), "signature"));
  return kDone;
}

}  // namespace larder::tool
