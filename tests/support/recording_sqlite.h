// RecordingSqlite: SQLite's own files, with everything that changes them written down.
#pragma once

#include "support/disk_log.h"

namespace larder::test {

/// While it lives, connections that are opened go through it; they must be closed before it ends.
/// The shared memory of a write-ahead log is left out: no power cut leaves anything of it.
/// One at a time, and not beside a FaultySqlite. Threads: any.
class RecordingSqlite {
 public:
  /// `log` is not owned.
  explicit RecordingSqlite(DiskLog& log);
  RecordingSqlite(const RecordingSqlite&) = delete;
  RecordingSqlite& operator=(const RecordingSqlite&) = delete;
  ~RecordingSqlite();
};

}  // namespace larder::test
