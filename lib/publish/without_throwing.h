// How the functions of this room that say why they failed keep exceptions to themselves.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <system_error>

#include <larder/error.h>

namespace larder::publish {

/// Calls `work(why)`; what it throws becomes an error, of which `why`, if given, says more.
template <class Work>
auto without_throwing(std::string* why, Work work) noexcept -> decltype(work(*why)) {
  std::string ignored;
  std::string& reason = why ? *why : ignored;
  try {
    return work(reason);
  } catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
  } catch (const std::exception& exception) {
    reason = exception.what();
    return errc::io;
  }
}

}  // namespace larder::publish
