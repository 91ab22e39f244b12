// SqliteShim: files of SQLite's with something of a test's in front of the real ones.
#pragma once

#include <sqlite3.h>

namespace larder::test {

/// `OurFile` begins with an sqlite3_file; the real file follows it in the memory that SQLite gave
/// us.
template <class OurFile>
struct SqliteShim {
  static sqlite3_file* real(sqlite3_file* file) noexcept {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<OurFile*>(file) + 1);
  }

  using Read = decltype(sqlite3_io_methods::xRead);
  using Write = decltype(sqlite3_io_methods::xWrite);
  using Truncate = decltype(sqlite3_io_methods::xTruncate);
  using Sync = decltype(sqlite3_io_methods::xSync);
  /// These, and everything else passed on. Version 2: no memory-mapped I/O, which would go around
  /// them.
  static constexpr sqlite3_io_methods methods(Read read, Write write, Truncate truncate,
                                              Sync sync) noexcept {
    return {2,
            close,
            read,
            write,
            truncate,
            sync,
            file_size,
            lock,
            unlock,
            check_lock,
            file_control,
            sector_size,
            characteristics,
            shm_map,
            shm_lock,
            shm_barrier,
            shm_unmap,
            nullptr,
            nullptr};
  }

 private:
  static const sqlite3_io_methods& of(sqlite3_file* file) noexcept { return *real(file)->pMethods; }
  static int close(sqlite3_file* f) { return of(f).xClose(real(f)); }
  static int file_size(sqlite3_file* f, sqlite3_int64* size) {
    return of(f).xFileSize(real(f), size);
  }
  static int lock(sqlite3_file* f, int how) { return of(f).xLock(real(f), how); }
  static int unlock(sqlite3_file* f, int how) { return of(f).xUnlock(real(f), how); }
  static int check_lock(sqlite3_file* f, int* out) {
    return of(f).xCheckReservedLock(real(f), out);
  }
  static int file_control(sqlite3_file* f, int op, void* arg) {
    return of(f).xFileControl(real(f), op, arg);
  }
  static int sector_size(sqlite3_file* f) { return of(f).xSectorSize(real(f)); }
  static int characteristics(sqlite3_file* f) { return of(f).xDeviceCharacteristics(real(f)); }
  static int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return of(f).xShmMap(real(f), page, size, extend, out);
  }
  static int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return of(f).xShmLock(real(f), offset, n, flags);
  }
  static void shm_barrier(sqlite3_file* f) { of(f).xShmBarrier(real(f)); }
  static int shm_unmap(sqlite3_file* f, int remove) { return of(f).xShmUnmap(real(f), remove); }
};

}  // namespace larder::test
