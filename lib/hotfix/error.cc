#include <larder/hotfix/error.h>

#include <string>

#include <larder/error.h>

namespace larder::hotfix {
namespace {

class Category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "larder.hotfix"; }

  [[nodiscard]] std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::bad_manifest: return "the patch manifest cannot be understood";
      case errc::bad_script: return "the script cannot be used";
      case errc::bad_signature: return "no trusted key signed the patch manifest";
      case errc::replayed: return "the patch manifest is older than one that was seen";
      case errc::wrong_build: return "the patch manifest is for another program or build";
      case errc::wrong_point: return "the patch set does not fit the program's points";
      case errc::conflict: return "a point is patched by another set";
      case errc::quarantined: return "the patch set is quarantined";
      case errc::bad_key: return "this is no Ed25519 key in PEM";
      case errc::bad_state: return "the state file cannot be written";
      case errc::wrong_thread: return "only the owner thread may do that";
      case errc::not_running: return "this hotfix runtime does not run";
      case errc::not_found: return "no such patch set is in force";
    }
    return "unknown error";
  }

  [[nodiscard]] bool equivalent(int code, const std::error_condition& to) const noexcept override {
    switch (static_cast<errc>(code)) {
      case errc::bad_manifest:
      case errc::bad_script: return to == make_error_condition(condition::damaged);
      case errc::bad_signature:
      case errc::replayed:
      case errc::wrong_build:
      case errc::wrong_point: return to == make_error_condition(condition::untrusted);
      default: return default_error_condition(code) == to;
    }
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

const char* name_of(errc code) noexcept {
  switch (code) {
    case errc::bad_manifest: return "bad_manifest";
    case errc::bad_script: return "bad_script";
    case errc::bad_signature: return "bad_signature";
    case errc::replayed: return "replayed";
    case errc::wrong_build: return "wrong_build";
    case errc::wrong_point: return "wrong_point";
    case errc::conflict: return "conflict";
    case errc::quarantined: return "quarantined";
    case errc::bad_key: return "bad_key";
    case errc::bad_state: return "bad_state";
    case errc::wrong_thread: return "wrong_thread";
    case errc::not_running: return "not_running";
    case errc::not_found: return "not_found";
  }
  return "unknown";
}

}  // namespace larder::hotfix
