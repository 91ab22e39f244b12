// LogLevel: how much a log line matters.
#pragma once

namespace larder {

enum class LogLevel {
  debug,    ///< the course of each request
  info,     ///< what a person may want to know: a new table, a bundle taken
  warning,  ///< handled, but somebody should look at it: damaged content, a fall-back
  error,    ///< something does not work: the store is off, the origin lost its table
};

}  // namespace larder
