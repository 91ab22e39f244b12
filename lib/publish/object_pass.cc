#include "publish/object_pass.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <numeric>
#include <optional>
#include <unordered_set>

#include "codec/zstd.h"
#include "digest/hash.h"
#include "encryption/encrypted_content.h"
#include "filetable/origin_names.h"
#include "publish/descriptor.h"
#include "publish/on_threads.h"

namespace larder::publish {
namespace {

using filetable::FileEntry;
using filetable::object_path;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr int kFastLevel = 1;
// Levels above take so long that a quick look comes first.
constexpr int kLastQuickLevel = 6;
// Files that were written to that shortly before they were read may be written to again without
// another time stamp: the clock of file systems ticks slowly.
constexpr std::int64_t kTickNs = 100'000'000;

std::string message_of(int error) {
  return std::system_category().message(error);
}

std::int64_t nanoseconds(const timespec& time) noexcept {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t now_ns() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return nanoseconds(time);
}

struct DigestHash {
  std::size_t operator()(const Digest& digest) const noexcept {
    return ObjectKeyHash()(ObjectKey::of(digest));
  }
};

/// What is known of one file.
struct FileState {
  FileMark mark;
  Digest digest;
  bool executable = false;
  bool known = false;    ///< by its mark
  bool settled = false;  ///< the mark will show if it is written to
};

/// What the threads share.
class Shared {
 public:
  explicit Shared(const ObjectPass& pass)
      : pass_(pass), states_(pass.files->size()), order_(pass.files->size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }

  /// Asks for the status of every file; what has to be read comes first, the largest in front, so
  /// that no thread is left with one at the end.
  void look() {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      struct stat status {};
      if (::fstatat(pass_.root, pass_.files->c_path(i), &status, 0) != 0) {
        report(i, message_of(errno));
        continue;
      }
      FileState& state = states_[i];
      state.mark = mark_of(status);
      state.executable = (status.st_mode & S_IXUSR) != 0;
      const auto digest =
          pass_.seen ? pass_.seen->find(pass_.files->path(i), state.mark) : std::optional<Digest>();
      state.known = digest && stored(*digest, state.mark.size_bytes);
      if (state.known) {
        state.digest = *digest;
        state.settled = true;
      } else {
        total_bytes_ += state.mark.size_bytes;
      }
    }
    std::stable_sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
      return size_to_read(a) > size_to_read(b);
    });
    level_ = pass_.level ? pass_.level(total_bytes_) : kFastLevel;
  }

  [[nodiscard]] const ObjectPass& pass() const noexcept { return pass_; }
  [[nodiscard]] FileState& state(std::size_t file) noexcept { return states_[file]; }
  [[nodiscard]] int level() const noexcept { return level_; }

  /// The next file that has to be read.
  std::optional<std::size_t> next() {
    while (!ended_) {
      const std::size_t at = next_.fetch_add(1);
      if (at >= order_.size()) break;
      if (pass_.stop && *pass_.stop) fail(errc::cancelled);
      if (!ended_ && !states_[order_[at]].known) return order_[at];
    }
    return std::nullopt;
  }

  /// How the origin has the content of a file of `size` bytes, if it has it. `envelope_size`: of
  /// encrypted content; 0: whatever is there.
  std::optional<FileEntry> stored(const Digest& digest, std::uint64_t size,
                                  std::uint64_t envelope_size = 0) {
    if (pass_.key) {
      const auto there = pass_.origin->size_of(object_path(digest, Encoding::identity));
      if (!there || (envelope_size != 0 && *there != envelope_size)) return std::nullopt;
      return FileEntry{.digest = digest,
                       .size_bytes = *there,
                       .encoded_bytes = *there,
                       .encrypted = true,
                       .plain_bytes = size};
    }
    FileEntry entry{.digest = digest, .size_bytes = size, .encoded_bytes = size};
    if (const auto encoded = pass_.origin->size_of(object_path(digest, Encoding::zstd));
        encoded && *encoded < size) {
      entry.encoding = Encoding::zstd;
      entry.encoded_bytes = *encoded;
      return entry;
    }
    if (pass_.origin->size_of(object_path(digest, Encoding::identity)) == size) return entry;
    return std::nullopt;
  }

  /// Whether the caller is to put the content: nobody else does.
  bool claim(const Digest& digest) {
    std::lock_guard lock(mutex_);
    return claimed_.insert(digest).second;
  }

  void report(std::size_t file, std::string what) {
    std::lock_guard lock(mutex_);
    problems_.push_back({std::string(pass_.files->path(file)), std::move(what)});
  }
  void fail(std::error_code error) {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    ended_ = true;
  }
  /// No more files.
  void end() noexcept { ended_ = true; }
  void count(std::uint64_t bytes, bool file_ends) {
    std::lock_guard lock(mutex_);
    bytes_read_ += bytes;
    files_read_ += file_ends ? 1 : 0;
    if (pass_.progress) pass_.progress(bytes_read_, total_bytes_);
  }

  Result<ObjectReport> finish() {
    if (error_) return error_;
    ObjectReport report;
    report.files_read = files_read_;
    report.bytes_read = bytes_read_;
    report.problems = std::move(problems_);
    std::sort(report.problems.begin(), report.problems.end(),
              [](const PathProblem& a, const PathProblem& b) { return a.path < b.path; });
    if (!report.problems.empty()) return report;
    report.entries.reserve(states_.size());
    for (std::size_t i = 0; i < states_.size(); ++i) {
      const FileState& state = states_[i];
      auto entry = stored(state.digest, state.mark.size_bytes);
      if (!entry) return errc::io;  // somebody removed it under our hands
      entry->executable = state.executable;
      report.entries.push_back(*entry);
      if (state.settled)
        report.seen.add(std::string(pass_.files->path(i)), state.mark, state.digest);
    }
    return report;
  }

 private:
  [[nodiscard]] std::uint64_t size_to_read(std::size_t file) const noexcept {
    return states_[file].known ? 0 : states_[file].mark.size_bytes;
  }

  const ObjectPass& pass_;
  std::vector<FileState> states_;  ///< each written by the thread that reads the file
  std::vector<std::size_t> order_;
  std::uint64_t total_bytes_ = 0;
  int level_ = kFastLevel;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;  // guards what follows
  std::unordered_set<Digest, DigestHash> claimed_;
  std::vector<PathProblem> problems_;
  std::error_code error_;
  std::uint64_t files_read_ = 0;
  std::uint64_t bytes_read_ = 0;
};

/// One thread's work.
class Worker {
 public:
  explicit Worker(Shared& shared) : shared_(shared), origin_(*shared.pass().origin) {}

  void run() {
    while (const auto file = shared_.next())
      if (const auto done = take(*file); !done) return shared_.fail(done.error());
  }

 private:
  /// Problems of the file are reported; an error is one of the origin.
  Result<void> take(std::size_t file) {
    const Descriptor descriptor(::openat(shared_.pass().root, shared_.pass().files->c_path(file),
                                         O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat before {};
    if (!descriptor || ::fstat(descriptor.get(), &before) != 0) {
      shared_.report(file, message_of(errno));
      return {};
    }
    if (!S_ISREG(before.st_mode)) {
      shared_.report(file, "it is no longer a file");
      return {};
    }
    FileState& state = shared_.state(file);
    state.mark = mark_of(before);
    state.executable = (before.st_mode & S_IXUSR) != 0;
    state.settled = now_ns() - state.mark.modified_ns > kTickNs;
    const bool whole = state.mark.size_bytes <= kWholeBytes;
    const auto right = whole ? put_whole(file, descriptor.get()) : put_long(file, descriptor.get());
    if (!right) return right.error();
    struct stat after {};
    if (*right && (::fstat(descriptor.get(), &after) != 0 || mark_of(after) != state.mark))
      shared_.report(file, "it changed while it was read");
    shared_.count(whole ? state.mark.size_bytes : 0, true);
    return {};
  }

  /// Reads until `into` is full or the file ends. Nothing, and a report, if that fails.
  std::optional<std::size_t> fill(std::size_t file, int descriptor, std::span<std::byte> into) {
    for (std::size_t done = 0;;) {
      const ssize_t n = ::read(descriptor, into.data() + done, into.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        shared_.report(file, message_of(errno));
        return std::nullopt;
      }
      done += static_cast<std::size_t>(n);
      if (n == 0 || done == into.size()) return done;
    }
  }

  Result<bool> put_whole(std::size_t file, int descriptor) {
    FileState& state = shared_.state(file);
    // One byte more, so that a file that grew shows.
    content_.resize(state.mark.size_bytes + 1);
    const auto read = fill(file, descriptor, content_);
    if (!read) return false;
    if (*read != state.mark.size_bytes) {
      shared_.report(file, "it changed while it was read");
      return false;
    }
    const auto content = std::span<const std::byte>(content_).first(*read);
    if (shared_.pass().key) return put_envelope(state, content);
    state.digest = digest::sha256(content);
    if (shared_.stored(state.digest, content.size()) || !shared_.claim(state.digest)) return true;
    const bool encoded = encode(content);
    const auto put =
        origin_.put(object_path(state.digest, encoded ? Encoding::zstd : Encoding::identity),
                    encoded ? std::span<const std::byte>(encoded_) : content);
    if (!put) return put.error();
    return true;
  }

  Result<bool> put_envelope(FileState& state, std::span<const std::byte> content) {
    const auto envelope = encryption::Encryptor(*shared_.pass().key).encrypt(content);
    state.digest = digest::sha256(envelope);
    if (shared_.stored(state.digest, content.size(), envelope.size()) ||
        !shared_.claim(state.digest))
      return true;
    const auto put = origin_.put(object_path(state.digest, Encoding::identity), envelope);
    if (!put) return put.error();
    return true;
  }

  /// Has `use` called with each chunk of a file, from its beginning. False, and a report, if the
  /// file cannot be read or is not as long as it was.
  template <class Use>
  Result<bool> for_each_chunk(std::size_t file, int descriptor, const Use& use) {
    ::lseek(descriptor, 0, SEEK_SET);
    content_.resize(encryption::kChunkBytes);
    for (std::uint64_t seen = 0;;) {
      if (shared_.pass().stop && *shared_.pass().stop) return errc::cancelled;
      const auto read = fill(file, descriptor, content_);
      if (!read) return false;
      seen += *read;
      if (*read != 0)
        if (const auto used = use(std::span<const std::byte>(content_).first(*read)); !used)
          return used.error();
      if (*read == content_.size()) continue;
      if (seen == shared_.state(file).mark.size_bytes) return true;
      shared_.report(file, "it changed while it was read");
      return false;
    }
  }

  /// As put_long(), encrypted: the file is read twice.
  Result<bool> put_long_envelope(std::size_t file, int descriptor) {
    FileState& state = shared_.state(file);
    encryption::Encryptor encryptor(*shared_.pass().key);
    auto read = for_each_chunk(file, descriptor, [&](std::span<const std::byte> chunk) {
      encryptor.measure(chunk);
      return Result<void>();
    });
    if (!read || !*read) return read;
    auto draft = origin_.draft();
    if (!draft) return draft.error();
    digest::Sha256 sum;
    bool same = true;
    const auto write = [&](std::span<const std::byte> bytes) {
      sum.update(bytes);
      return (*draft)->write(bytes);
    };
    if (const auto written = write(encryptor.begin()); !written) return written.error();
    read = for_each_chunk(file, descriptor, [&](std::span<const std::byte> chunk) -> Result<void> {
      shared_.count(chunk.size(), false);
      const auto sealed = same ? encryptor.next(chunk) : errc::damaged;
      same = sealed.has_value();
      return same ? write(*sealed) : Result<void>();
    });
    if (!read || !*read) return read;
    if (!same || !encryptor.finish()) {
      shared_.report(file, "it changed while it was read");
      return false;
    }
    state.digest = sum.finish();
    if (shared_.stored(state.digest, state.mark.size_bytes, (*draft)->size()) ||
        !shared_.claim(state.digest))
      return true;
    const auto kept = (*draft)->keep(object_path(state.digest, Encoding::identity));
    if (!kept) return kept.error();
    return true;
  }

  /// Whether `encoded_` is worth it.
  bool encode(std::span<const std::byte> content) {
    const std::size_t size = content.size();
    const auto at = [&](int level, std::size_t limit) {
      return encoder_.compress(content, level, limit, encoded_).has_value();
    };
    const int level = shared_.level();
    // What a fast level does not make smaller at all will not become 5 % smaller.
    if (level > kLastQuickLevel && !at(kFastLevel, size)) return false;
    return at(level, size) && encoding_pays(encoded_.size(), size);
  }

  /// A file that is not held in memory: encoded on the way if its first piece shows that it pays.
  Result<bool> put_long(std::size_t file, int descriptor) {
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (shared_.pass().key) return put_long_envelope(file, descriptor);
    FileState& state = shared_.state(file);
    auto draft = origin_.draft();
    if (!draft) return draft.error();
    content_.resize(kPieceBytes);
    digest::Sha256 sum;
    bool encoded = false;
    for (std::uint64_t seen = 0;;) {
      if (shared_.pass().stop && *shared_.pass().stop) return errc::cancelled;
      const auto read = fill(file, descriptor, content_);
      if (!read) return false;
      const auto piece = std::span<const std::byte>(content_).first(*read);
      const bool first = seen == 0;
      seen += piece.size();
      sum.update(piece);
      if (first) {
        encoded = encode(piece);
        if (encoded) encoder_.begin(shared_.level(), state.mark.size_bytes);
      }
      const bool last = seen >= state.mark.size_bytes || piece.size() < kPieceBytes;
      if (seen > state.mark.size_bytes || (last && seen != state.mark.size_bytes) ||
          (encoded && !encoder_.feed(piece, last, encoded_))) {
        shared_.report(file, "it changed while it was read");
        return false;
      }
      const auto written = (*draft)->write(encoded ? std::span<const std::byte>(encoded_) : piece);
      if (!written) return written.error();
      shared_.count(piece.size(), false);
      if (last) break;
    }
    state.digest = sum.finish();
    if (shared_.stored(state.digest, state.mark.size_bytes) || !shared_.claim(state.digest))
      return true;
    if (encoded && !encoding_pays((*draft)->size(), state.mark.size_bytes))
      return put_again(file, descriptor);
    const auto kept =
        (*draft)->keep(object_path(state.digest, encoded ? Encoding::zstd : Encoding::identity));
    if (!kept) return kept.error();
    return true;
  }

  /// As it is, since encoding it did not pay.
  Result<bool> put_again(std::size_t file, int descriptor) {
    const FileState& state = shared_.state(file);
    auto draft = origin_.draft();
    if (!draft) return draft.error();
    ::lseek(descriptor, 0, SEEK_SET);
    digest::Sha256 sum;
    while (true) {
      const auto read = fill(file, descriptor, content_);
      if (!read) return false;
      if (*read == 0) break;
      const auto piece = std::span<const std::byte>(content_).first(*read);
      sum.update(piece);
      if (const auto written = (*draft)->write(piece); !written) return written.error();
    }
    if (sum.finish() != state.digest) {
      shared_.report(file, "it changed while it was read");
      return false;
    }
    const auto kept = (*draft)->keep(object_path(state.digest, Encoding::identity));
    if (!kept) return kept.error();
    return true;
  }

  Shared& shared_;
  OriginDirectory& origin_;
  codec::ZstdEncoder encoder_;
  std::vector<std::byte> content_;
  std::vector<std::byte> encoded_;
};

}  // namespace

Result<ObjectReport> put_contents(const ObjectPass& pass) {
  Shared shared(pass);
  shared.look();
  run_on_threads(
      pass.threads, [&] { Worker(shared).run(); }, [&] { shared.end(); });
  return shared.finish();
}

}  // namespace larder::publish
