// What else an engine could read the same content from: PhysFS (a folder, a zip without
// compression), a table of blobs in SQLite; and the limit, a copy out of a mapped file.
#include <fcntl.h>
#include <physfs.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <numeric>
#include <random>
#include <unordered_map>

#include "sys/files.h"
#include "warm_objects.h"

namespace larder::bench {
namespace {

/// Mounts the files as `folder/…` and, zipped, as `zip/…`.
class PhysFs {
 public:
  static void prepare() { static PhysFs once; }

 private:
  PhysFs() {
    WarmObjects& warm = WarmObjects::instance();
    const std::string zip = warm.folder() + "/stored.zip";
    const std::string command = "cd '" + warm.files() + "' && zip -q -0 -r '" + zip + "' .";
    if (std::system(command.c_str()) != 0) give_up("zip failed; tools/install-deps --bench");
    if (!PHYSFS_init(nullptr) || !PHYSFS_mount(warm.files().c_str(), "folder", 1) ||
        !PHYSFS_mount(zip.c_str(), "zip", 1))
      give_up("PhysFS cannot mount the files");
  }
  ~PhysFs() { PHYSFS_deinit(); }
};

void physfs(benchmark::State& state, const char* mount) {
  PhysFs::prepare();
  std::vector<std::byte> buffer(static_cast<std::size_t>(state.range(0)));
  std::string path;
  go_round(state, [&](const WarmObject& object) {
    path.assign(mount).append(object.name);
    PHYSFS_File* file = PHYSFS_openRead(path.c_str());
    if (!file) give_up("PhysFS cannot open " + path);
    const auto length = static_cast<PHYSFS_uint64>(PHYSFS_fileLength(file));
    if (PHYSFS_readBytes(file, buffer.data(), length) != state.range(0))
      give_up("PhysFS cannot read " + path);
    PHYSFS_close(file);
    return sum_of(buffer);
  });
}

/// object(digest primary key, content), filled once.
class BlobTable {
 public:
  static BlobTable& instance() {
    static BlobTable table;
    return table;
  }
  sqlite3_stmt* select() { return select_; }

 private:
  BlobTable() {
    WarmObjects& warm = WarmObjects::instance();
    const std::string path = warm.folder() + "/blobs.sqlite";
    check(sqlite3_open(path.c_str(), &database_));
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN;"
        "CREATE TABLE object(digest BLOB PRIMARY KEY, content BLOB)");
    sqlite3_stmt* insert = nullptr;
    check(sqlite3_prepare_v2(database_, "INSERT INTO object VALUES(?, ?)", -1, &insert, nullptr));
    for (const SizeClass& size_class : kSizeClasses)
      for (const WarmObject& object : warm.of_size(size_class.bytes)) {
        const Blob blob = warm.store().find(object.key);
        bind(insert, 1, object.key.bytes);
        bind(insert, 2, blob.bytes());
        if (sqlite3_step(insert) != SQLITE_DONE) give_up("SQLite cannot insert");
        sqlite3_reset(insert);
      }
    sqlite3_finalize(insert);
    execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA mmap_size = 1073741824");
    check(sqlite3_prepare_v2(database_, "SELECT content FROM object WHERE digest = ?", -1, &select_,
                             nullptr));
  }
  ~BlobTable() {
    sqlite3_finalize(select_);
    sqlite3_close(database_);
  }
  void check(int code) {
    if (code != SQLITE_OK) give_up(std::string("SQLite: ") + sqlite3_errmsg(database_));
  }
  void execute(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  void bind(sqlite3_stmt* statement, int place, std::span<const std::byte> bytes) {
    check(sqlite3_bind_blob64(statement, place, bytes.data(), bytes.size(), SQLITE_STATIC));
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
};

void sqlite_blob(benchmark::State& state) {
  sqlite3_stmt* select = BlobTable::instance().select();
  go_round(state, [&](const WarmObject& object) {
    sqlite3_bind_blob64(select, 1, object.key.bytes.data(), object.key.bytes.size(), SQLITE_STATIC);
    if (sqlite3_step(select) != SQLITE_ROW) give_up("SQLite does not find an object");
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(select, 0));
    const auto sum = sum_of({data, static_cast<std::size_t>(sqlite3_column_bytes(select, 0))});
    sqlite3_reset(select);
    return sum;
  });
}

/// All files of one size, one behind the other in one mapped file, in another order than that in
/// which they are read.
class Mapped {
 public:
  explicit Mapped(std::uint64_t size) : bytes_(size) {
    WarmObjects& warm = WarmObjects::instance();
    const auto& objects = warm.of_size(size);
    const std::string path = warm.folder() + "/mapped-" + std::to_string(size);
    std::vector<std::size_t> places(objects.size());
    std::iota(places.begin(), places.end(), 0);
    std::shuffle(places.begin(), places.end(), std::mt19937_64(size));
    std::string all(objects.size() * size, '\0');
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const Blob blob = warm.store().find(objects[i].key);
      std::memcpy(all.data() + places[i] * size, blob.data(), blob.size());
      place_[&objects[i]] = places[i] * size;
    }
    if (!sys::replace_file(path, all)) give_up("cannot write " + path);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    void* at = ::mmap(nullptr, all.size(), PROT_READ, MAP_SHARED, descriptor, 0);
    ::close(descriptor);
    if (at == MAP_FAILED) give_up("cannot map " + path);
    data_ = static_cast<const std::byte*>(at);
  }
  [[nodiscard]] std::span<const std::byte> content(const WarmObject& object) const {
    return {data_ + place_.at(&object), static_cast<std::size_t>(bytes_)};
  }

 private:
  std::uint64_t bytes_;
  const std::byte* data_ = nullptr;  // mapped until the end of the program
  std::unordered_map<const WarmObject*, std::uint64_t> place_;
};

const Mapped& mapped_file(std::uint64_t size) {
  static std::mutex mutex;
  static std::unordered_map<std::uint64_t, Mapped> files;
  std::lock_guard lock(mutex);
  return files.try_emplace(size, size).first->second;
}

void mapped_copy(benchmark::State& state) {
  const Mapped& mapped = mapped_file(static_cast<std::uint64_t>(state.range(0)));
  std::vector<std::byte> buffer(static_cast<std::size_t>(state.range(0)));
  go_round(state, [&](const WarmObject& object) {
    std::memcpy(buffer.data(), mapped.content(object).data(), buffer.size());
    benchmark::ClobberMemory();
    return buffer.size();
  });
}

void mapped_sum(benchmark::State& state) {
  const Mapped& mapped = mapped_file(static_cast<std::uint64_t>(state.range(0)));
  go_round(state, [&](const WarmObject& object) { return sum_of(mapped.content(object)); });
}

BENCHMARK_CAPTURE(physfs, folder, "folder/")->Name("physfs_folder_sum")->Apply(all_sizes);
BENCHMARK_CAPTURE(physfs, zip, "zip/")->Name("physfs_zip_sum")->Apply(all_sizes);
BENCHMARK(sqlite_blob)->Name("sqlite_blob_sum")->Apply(all_sizes);
BENCHMARK(mapped_copy)->Apply(all_sizes);
BENCHMARK(mapped_sum)->Apply(all_sizes);
BENCHMARK(mapped_sum)->Name("mapped_sum_threads")->Apply(one_and_two_threads);

}  // namespace
}  // namespace larder::bench
