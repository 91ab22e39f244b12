#include "support/faulty_sqlite.h"

#include <cstdlib>
#include <limits>
#include <mutex>

#include "support/sqlite_shim.h"

namespace larder::test {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct Control {
  std::mutex mutex;
  std::uint64_t left = kNever;
  int code = SQLITE_IOERR;
  bool lasting = false;
  bool reads = false;
  bool failed = false;
};
Control control;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;

int next(bool is_read) {
  std::lock_guard lock(control.mutex);
  if (is_read && !control.reads) return SQLITE_OK;
  if (control.left == 0) {
    if (!control.lasting) control.left = kNever;
    control.failed = true;
    return control.code;
  }
  if (control.left != kNever) --control.left;
  return SQLITE_OK;
}

sqlite3_file* real(sqlite3_file* file) {
  return SqliteShim<sqlite3_file>::real(file);
}

int read_file(sqlite3_file* f, void* into, int bytes, sqlite3_int64 at) {
  if (const int code = next(true)) return code == SQLITE_FULL ? SQLITE_IOERR_READ : code;
  return real(f)->pMethods->xRead(real(f), into, bytes, at);
}
int write_file(sqlite3_file* f, const void* from, int bytes, sqlite3_int64 at) {
  if (const int code = next(false)) return code;
  return real(f)->pMethods->xWrite(real(f), from, bytes, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  if (const int code = next(false)) return code;
  return real(f)->pMethods->xTruncate(real(f), size);
}
int sync_file(sqlite3_file* f, int flags) {
  if (const int code = next(false)) return code;
  return real(f)->pMethods->xSync(real(f), flags);
}
constexpr sqlite3_io_methods kMethods =
    SqliteShim<sqlite3_file>::methods(read_file, write_file, truncate_file, sync_file);

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, real(file), flags, out_flags);
  if (real(file)->pMethods) file->pMethods = &kMethods;
  return code;
}

}  // namespace

FaultySqlite::FaultySqlite() {
  real_vfs = sqlite3_vfs_find(nullptr);
  if (!real_vfs) std::abort();
  faulty_vfs = *real_vfs;
  faulty_vfs.pNext = nullptr;
  faulty_vfs.zName = "faulty";
  faulty_vfs.szOsFile = static_cast<int>(sizeof(sqlite3_file)) + real_vfs->szOsFile;
  faulty_vfs.xOpen = open_file;
  heal();
  if (sqlite3_vfs_register(&faulty_vfs, /*makeDflt=*/1) != SQLITE_OK) std::abort();
}

FaultySqlite::~FaultySqlite() {
  sqlite3_vfs_unregister(&faulty_vfs);
  sqlite3_vfs_register(real_vfs, /*makeDflt=*/1);
}

void FaultySqlite::fail_at(std::uint64_t n, int code, bool lasting, bool reads) noexcept {
  std::lock_guard lock(control.mutex);
  control.left = n;
  control.code = code;
  control.lasting = lasting;
  control.reads = reads;
  control.failed = false;
}

void FaultySqlite::heal() noexcept {
  fail_at(kNever, SQLITE_IOERR, false, false);
}

bool FaultySqlite::failed() const noexcept {
  std::lock_guard lock(control.mutex);
  return control.failed;
}

}  // namespace larder::test
