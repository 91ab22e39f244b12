// Failure: how an exchange's coroutines report why it ends. Never leaves the room.
#pragma once

#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include <larder/error.h>

namespace larder::net {

class Failure : public std::exception {
 public:
  /// `what` completes the sentence "GET <url>: …".
  Failure(std::error_code error, std::string what) : error_(error), what_(std::move(what)) {}

  [[nodiscard]] std::error_code error() const noexcept { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::error_code error_;
  std::string what_;
};

}  // namespace larder::net
