// Errors of the hotfix component: std::error_code with larder::hotfix::errc. They compare with
// larder::condition: what is untrusted or damaged is said so there.
#pragma once

#include <system_error>

namespace larder::hotfix {

/// Why a patch set was not applied. Nothing has changed then. Details go to Options::on_log.
enum class errc : int {
  bad_manifest = 1,  ///< the manifest cannot be understood (condition::damaged)
  bad_script,        ///< a script is not what the manifest names, or cannot be run
                     ///< (condition::damaged)
  bad_signature,     ///< no trusted key signed the manifest (condition::untrusted)
  replayed,          ///< an older manifest than one that was seen (condition::untrusted)
  wrong_build,       ///< for another program, or other builds of it (condition::untrusted)
  wrong_point,       ///< a point is not there, or has another signature (condition::untrusted)
  conflict,          ///< a point is patched by another set
  quarantined,       ///< the set was active in too many starts that failed, or was rolled back
  bad_key,           ///< a key is not an Ed25519 key in PEM
  bad_state,         ///< Options::state_file cannot be read or written
  wrong_thread,      ///< only the owner thread may do that
  not_running,       ///< there is another Runtime, or its machine could not be started
  not_found,         ///< no such patch set is active
};

const std::error_category& error_category() noexcept;
/// Stable, machine-readable name of a code, for example "bad_signature". Static storage.
const char* name_of(errc code) noexcept;

inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), error_category()};
}

}  // namespace larder::hotfix

template <>
struct std::is_error_code_enum<larder::hotfix::errc> : std::true_type {};
