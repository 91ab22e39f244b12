// errno as a larder::errc.
#pragma once

#include <cerrno>

#include <larder/error.h>

namespace larder::sys {

inline std::error_code posix_error(int number) noexcept {
  switch (number) {
    case ENOENT:
    case ENOTDIR: return errc::not_found;
    case ENOSPC:
    case EDQUOT: return errc::no_space;
    case EEXIST: return errc::busy;
    case ENOMEM: return std::make_error_code(std::errc::not_enough_memory);
    default: return errc::io;
  }
}

}  // namespace larder::sys
