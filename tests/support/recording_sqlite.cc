#include "support/recording_sqlite.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>

#include "support/sqlite_shim.h"

namespace larder::test {
namespace {

DiskLog* disk_log = nullptr;
sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs recording_vfs;

/// The real file follows in the memory that SQLite gave us.
struct RecordingFile {
  sqlite3_file base;
  const char* path;      // SQLite keeps it as long as the file is open
  bool syncs_directory;  // with the next sync, as SQLite's own VFS does for logs
};

RecordingFile& ours(sqlite3_file* file) {
  return *reinterpret_cast<RecordingFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return SqliteShim<RecordingFile>::real(file);
}
std::string folder_of(const char* path) {
  return std::filesystem::path(path).parent_path();
}

int read_file(sqlite3_file* f, void* into, int bytes, sqlite3_int64 at) {
  return real(f)->pMethods->xRead(real(f), into, bytes, at);
}
int write_file(sqlite3_file* f, const void* from, int bytes, sqlite3_int64 at) {
  const int code = real(f)->pMethods->xWrite(real(f), from, bytes, at);
  if (code == SQLITE_OK && ours(f).path)
    disk_log->written(ours(f).path, static_cast<std::uint64_t>(at),
                      {static_cast<const std::byte*>(from), static_cast<std::size_t>(bytes)});
  return code;
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  const int code = real(f)->pMethods->xTruncate(real(f), size);
  if (code == SQLITE_OK && ours(f).path)
    disk_log->resized(ours(f).path, static_cast<std::uint64_t>(size));
  return code;
}
int sync_file(sqlite3_file* f, int flags) {
  const int code = real(f)->pMethods->xSync(real(f), flags);
  if (code != SQLITE_OK || !ours(f).path) return code;
  disk_log->synced(ours(f).path);
  if (ours(f).syncs_directory) disk_log->synced_directory(folder_of(ours(f).path));
  ours(f).syncs_directory = false;
  return code;
}

constexpr sqlite3_io_methods kMethods =
    SqliteShim<RecordingFile>::methods(read_file, write_file, truncate_file, sync_file);

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  constexpr int kLogs = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  file->pMethods = nullptr;
  const bool makes = name && (flags & SQLITE_OPEN_CREATE) && ::access(name, F_OK) != 0;
  const int code = real_vfs->xOpen(real_vfs, name, real(file), flags, out_flags);
  if (!real(file)->pMethods) return code;
  file->pMethods = &kMethods;
  ours(file).path = name;
  ours(file).syncs_directory = (flags & SQLITE_OPEN_CREATE) && (flags & kLogs);
  if (makes && code == SQLITE_OK) disk_log->made(name);
  return code;
}

int delete_file(sqlite3_vfs*, const char* name, int sync_directory) {
  const int code = real_vfs->xDelete(real_vfs, name, sync_directory);
  if (code != SQLITE_OK) return code;
  disk_log->removed(name);
  if (sync_directory) disk_log->synced_directory(folder_of(name));
  return code;
}

}  // namespace

RecordingSqlite::RecordingSqlite(DiskLog& log) {
  real_vfs = sqlite3_vfs_find(nullptr);
  if (!real_vfs) std::abort();
  disk_log = &log;
  recording_vfs = *real_vfs;
  recording_vfs.pNext = nullptr;
  recording_vfs.zName = "recording";
  recording_vfs.szOsFile = static_cast<int>(sizeof(RecordingFile)) + real_vfs->szOsFile;
  recording_vfs.xOpen = open_file;
  recording_vfs.xDelete = delete_file;
  if (sqlite3_vfs_register(&recording_vfs, /*makeDflt=*/1) != SQLITE_OK) std::abort();
}

RecordingSqlite::~RecordingSqlite() {
  sqlite3_vfs_unregister(&recording_vfs);
  sqlite3_vfs_register(real_vfs, /*makeDflt=*/1);
}

}  // namespace larder::test
