#include "signing.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "output.h"
#include "sys/files.h"
#include "trust/envelope.h"

namespace larder::tool {
namespace {

constexpr std::string_view kVariable = "LARDER_PASSPHRASE";
constexpr int kMaxDays = 100 * 365;

/// The number before the unit that ends `text`; empty if there is no such number.
std::optional<int> number_before(std::string_view text, char unit) {
  if (!text.ends_with(unit)) return std::nullopt;
  text.remove_suffix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

void Passphrase::add_to(CLI::App& app) {
  app.add_option("--passphrase-file", file_,
                 "file whose first line is the pass phrase of the private key (default: the "
                 "environment's LARDER_PASSPHRASE)")
      ->type_name("F");
}

std::optional<std::string> Passphrase::read(std::string_view command) const {
  if (file_.empty()) {
    const char* value = std::getenv(std::string(kVariable).c_str());
    return value ? std::string(value) : std::string();
  }
  auto text = read_small_file(command, file_);
  if (!text) return std::nullopt;
  text->resize(std::min(text->size(), text->find_first_of("\r\n")));
  if (!text->empty()) return text;
  print_error(command, file_ + ": the first line is empty", "it should be the pass phrase");
  return std::nullopt;
}

std::optional<ContentKey> read_content_key(std::string_view command, const std::string& file) {
  const auto text = read_small_file(command, file);
  if (!text) return std::nullopt;
  const auto key = parse_content_key(*text);
  if (key) return *key;
  print_error(command, file + " has no content key",
              "it has 64 hex digits; `larder keygen --content` makes one");
  return std::nullopt;
}

std::optional<std::string> read_small_file(std::string_view command, const std::string& file) {
  auto text = sys::read_file(file, trust::Envelope::kMaxBytes);
  if (text) return std::move(*text);
  print_error(command, file,
              text.error() == errc::not_found ? "there is no such file" : text.error().message());
  return std::nullopt;
}

std::optional<std::vector<trust::PrivateKey>> read_private_keys(
    std::string_view command, const std::vector<std::string>& files, const Passphrase& passphrase) {
  std::vector<trust::PrivateKey> keys;
  const auto phrase = passphrase.read(command);
  if (!phrase) return std::nullopt;
  for (const std::string& file : files) {
    const auto pem = read_small_file(command, file);
    if (!pem) return std::nullopt;
    auto key = trust::PrivateKey::from_pem(*pem, *phrase);
    if (!key) {
      const bool sealed = trust::is_encrypted_key(*pem);
      print_error(
          command, file + (sealed ? ": the pass phrase does not open it" : ": no private key"),
          sealed ? "--passphrase-file or LARDER_PASSPHRASE gives it" : "`larder keygen` makes one");
      return std::nullopt;
    }
    keys.push_back(std::move(*key));
  }
  return keys;
}

std::optional<std::vector<trust::PublicKey>> read_public_keys(
    std::string_view command, const std::vector<std::string>& words) {
  std::vector<trust::PublicKey> keys;
  for (const std::string& word : words) {
    auto key = trust::parse_public_key(word);
    if (!key) {
      const auto text = read_small_file(command, word);
      if (!text) return std::nullopt;
      key = trust::parse_public_key(*text);
    }
    if (!key) {
      print_error(command, word + ": no public key", "`larder keygen --out F` writes it to F.pub");
      return std::nullopt;
    }
    keys.push_back(*key);
  }
  return keys;
}

std::optional<std::optional<trust::Time>> parse_expiry(std::string_view text, trust::Time now) {
  using namespace std::chrono;
  if (text == "never") return std::optional<trust::Time>();
  if (const auto count = number_before(text, 'd'); count && *count <= kMaxDays)
    return std::optional<trust::Time>(now + days(*count));
  if (const auto count = number_before(text, 'h'); count && *count <= 24 * kMaxDays)
    return std::optional<trust::Time>(now + hours(*count));
  const bool is_date = text.size() == 10;
  const auto time = trust::parse_time(std::string(text) + (is_date ? "T00:00:00Z" : ""));
  if (!time) return std::nullopt;
  return std::optional<trust::Time>(*time);
}

}  // namespace larder::tool
