// larder keygen: a pair of keys for signing releases.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "command_line.h"
#include "digest/hex.h"
#include "encryption/aead.h"
#include "output.h"
#include "signing.h"

namespace larder::tool {
namespace {

constexpr std::string_view kName = "keygen";

bool say_failure(const std::string& path, int number) {
  print_error(kName, path + ": " + std::strerror(number),
              number == EEXIST ? "keys are not overwritten; choose another name" : "");
  return false;
}

/// Makes the file, which must not exist, readable by those that `mode` says from the first moment.
bool write_new(const std::string& path, const std::string& text, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (file < 0) return say_failure(path, errno);
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file) == 0;
  const int number = errno;
  ::close(file);
  if (written) return true;
  ::unlink(path.c_str());
  return say_failure(path, number);
}

int make_content_key(const std::string& out, bool json) {
  const ContentKey key = encryption::random_content_key();
  const auto id = content_key_id(key);
  if (!id || !write_new(out, digest::to_hex(key) + "\n", 0600)) return kFailed;
  if (json)
    print_json({{"content_key", out}, {"id", *id}});
  else
    print_line("content key: " + out + "\nits id:      " + *id);
  return kDone;
}

}  // namespace

int run_keygen(Arguments words) {
  CLI::App app(
      "Makes an Ed25519 key pair: the private key, which signs, and F.pub, which clients pin; or, "
      "with --content, one key with which contents are encrypted, and which clients need.");
  std::string out;
  bool json = false;
  bool content = false;
  Passphrase passphrase;
  app.add_option("--out", out, "file for the private key (PKCS#8); must not exist")
      ->required()
      ->type_name("F");
  passphrase.add_to(app);
  app.add_flag("--content", content,
               "a key for `larder publish --encrypt-key`: 64 hex digits, without a pass phrase");
  app.add_flag("--json", json, "one JSON object");
  if (const auto status = parse(app, kName, words)) return *status;
  if (content) return make_content_key(out, json);
  const auto phrase = passphrase.read(kName);
  if (!phrase) return kFailed;

  const auto key = trust::PrivateKey::generate();
  const std::string pub = out + ".pub";
  // The public half first: a private key without it would block the next attempt for nothing.
  if (!write_new(pub, trust::to_pem(key.public_key()), 0644)) return kFailed;
  if (!write_new(out, key.to_pem(*phrase), 0600)) {
    ::unlink(pub.c_str());
    return kFailed;
  }
  const std::string text = trust::to_text(key.public_key());
  if (json)
    print_json({{"private", out}, {"public", pub}, {"key", text}, {"encrypted", !phrase->empty()}});
  else
    print_line("private key: " + out + (phrase->empty() ? "" : " (encrypted)") +
               "\npublic key:  " + pub + "\n             " + text);
  return kDone;
}

}  // namespace larder::tool
