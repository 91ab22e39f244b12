#include "support/faulty_sqlite.h"

#include <sqlite3.h>

#include <cstdlib>
#include <limits>
#include <mutex>

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

/// The real file follows in the memory that SQLite gave us.
sqlite3_file* real(sqlite3_file* file) {
  return file + 1;
}

int close_file(sqlite3_file* f) {
  return real(f)->pMethods->xClose(real(f));
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
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return real(f)->pMethods->xFileSize(real(f), size);
}
int lock_file(sqlite3_file* f, int how) {
  return real(f)->pMethods->xLock(real(f), how);
}
int unlock_file(sqlite3_file* f, int how) {
  return real(f)->pMethods->xUnlock(real(f), how);
}
int check_lock(sqlite3_file* f, int* out) {
  return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int file_control(sqlite3_file* f, int op, void* arg) {
  return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int sector_size(sqlite3_file* f) {
  return real(f)->pMethods->xSectorSize(real(f));
}
int characteristics(sqlite3_file* f) {
  return real(f)->pMethods->xDeviceCharacteristics(real(f));
}
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}
void shm_barrier(sqlite3_file* f) {
  real(f)->pMethods->xShmBarrier(real(f));
}
int shm_unmap(sqlite3_file* f, int remove) {
  return real(f)->pMethods->xShmUnmap(real(f), remove);
}

constexpr sqlite3_io_methods kMethods{
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_lock, file_control, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr};

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
