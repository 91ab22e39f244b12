#include "publish/content_pass.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "publish/descriptor.h"
#include "publish/layadcc_names.h"
#include "publish/line_end_xor.h"
#include "publish/on_threads.h"
#include "publish/ordered_hash.h"

namespace larder::publish {
namespace {

// Few enough to spread small trees over the threads, many enough to make locks not matter.
constexpr std::size_t kFilesPerItem = 32;
constexpr const char* kChanged = "it changed while it was read";

std::string message_of(int error) {
  return std::system_category().message(error);
}

bool same_moment(const timespec& a, const timespec& b) noexcept {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/// Everything that is computed of one file, chunk by chunk.
class FactSums {
 public:
  explicit FactSums(bool is_text) noexcept : is_text_(is_text) { XXH3_64bits_reset(&fingerprint_); }

  void update(std::span<const std::byte> bytes) noexcept {
    checksum_.update(bytes);
    if (is_text_) line_ends_.update(bytes);
    XXH3_64bits_update(&fingerprint_, bytes.data(), bytes.size());
  }
  void finish(ContentFacts& facts) const noexcept {
    facts.checksum = checksum_.value();
    facts.line_end_checksum = is_text_ ? line_ends_.value() : facts.checksum;
    facts.fingerprint = XXH3_64bits_digest(&fingerprint_);
  }

 private:
  bool is_text_;
  digest::LayaXor checksum_;
  LineEndXor line_ends_;
  XXH3_state_t fingerprint_;
};

/// What the threads share.
struct Shared {
  Shared(const ContentRequest& what, OrderedHash::Hashed hashed)
      : request(what),
        hash((what.files->size() + kFilesPerItem - 1) / kFilesPerItem, std::move(hashed)),
        facts(what.files->size()) {}

  /// The first one counts; ends the pass.
  void fail(std::error_code code, std::string sentence) {
    std::lock_guard lock(mutex);
    if (!error) {
      error = code;
      why = std::move(sentence);
    }
    hash.stop();
  }
  void report(std::size_t file, std::string what, bool changing) {
    std::lock_guard lock(mutex);
    unreadable.push_back({file, std::move(what), changing});
    in_vain = true;
  }

  const ContentRequest& request;
  OrderedHash hash;
  std::vector<ContentFacts> facts;  ///< each written by the thread that reads the file
  /// Something is unreadable: no result, but the other files are still tried.
  std::atomic<bool> in_vain = false;
  std::mutex mutex;  // guards what follows
  std::vector<UnreadableFile> unreadable;
  std::error_code error;
  std::string why;
};

/// One thread's reading.
class Reader {
 public:
  explicit Reader(Shared& shared) : shared_(shared), request_(shared.request) {}

  void run() {
    while (const auto item = shared_.hash.next_item()) {
      item_ = *item;
      const std::size_t first = item_ * kFilesPerItem;
      const std::size_t end = std::min(first + kFilesPerItem, request_.files->size());
      for (std::size_t file = first; file < end; ++file) {
        if (stopped()) return;
        if (!read(file)) return;
      }
      if (buffer_) push();
      shared_.hash.finish_item(item_);
    }
  }

 private:
  bool stopped() {
    if (!request_.stop || !*request_.stop) return false;
    shared_.fail(errc::cancelled, "cancelled");
    return true;
  }

  void push() { shared_.hash.push(item_, std::move(buffer_)); }

  /// Makes sure of a buffer with `bytes` of free space, or an empty one. False if stopped.
  bool provide(std::uint64_t bytes) {
    if (buffer_ && buffer_->used != 0 && buffer_->free_space().size() < bytes) push();
    if (!buffer_) buffer_ = shared_.hash.acquire(item_);
    return buffer_ != nullptr;
  }

  /// False: the pass is over.
  bool read(std::size_t file) {
    const Descriptor descriptor(::openat(request_.root, request_.files->c_path(file),
                                         O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!descriptor || ::fstat(descriptor.get(), &status) != 0) {
      shared_.report(file, message_of(errno), false);
      return true;
    }
    if (!S_ISREG(status.st_mode)) {
      shared_.report(file, "it is no longer a file", false);
      return true;
    }
    if (shared_.in_vain) return true;
    ContentFacts& facts = shared_.facts[file];
    facts.size_bytes = static_cast<std::uint64_t>(status.st_size);
    std::unique_ptr<OutputFile> copy;
    if (request_.copy_of) {
      auto made = request_.copy_of(file);
      if (!made) return fail_copy(file, made.error());
      copy = std::move(*made);
    }
    FactSums sums(is_text_extension(extension_of(request_.files->name(file))));
    const bool whole = facts.size_bytes < ContentBuffer::kBytes;
    if (!(whole ? read_whole(file, descriptor.get(), sums, copy.get())
                : read_long(file, descriptor.get(), status, sums, copy.get())))
      return false;
    if (shared_.in_vain) return true;
    sums.finish(facts);
    if (!copy) return true;
    const auto finished = copy->finish();
    facts.copy_differs = copy->differed();
    return finished || fail_copy(file, finished.error());
  }

  bool fail_copy(std::size_t file, std::error_code error) {
    shared_.fail(error, "cannot write the copy of " + std::string(request_.files->path(file)) +
                            ": " + error.message());
    return false;
  }

  /// Reads until `expected` or all bytes of `into` are there, or until the end. Nothing if that
  /// fails, which is reported.
  std::optional<std::size_t> fill(std::size_t file, int descriptor, std::span<std::byte> into,
                                  std::size_t expected) {
    for (std::size_t done = 0;;) {
      const ssize_t n = ::read(descriptor, into.data() + done, into.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        shared_.report(file, message_of(errno), false);
        return std::nullopt;
      }
      done += static_cast<std::size_t>(n);
      if (n == 0 || done == expected || done == into.size()) return done;
    }
  }

  bool use(std::size_t file, std::span<const std::byte> bytes, FactSums& sums, OutputFile* copy) {
    sums.update(bytes);
    if (!copy) return true;
    const auto written = copy->write(bytes);
    return written || fail_copy(file, written.error());
  }

  /// A file that fits into one buffer, with others before it.
  bool read_whole(std::size_t file, int descriptor, FactSums& sums, OutputFile* copy) {
    const std::size_t size = shared_.facts[file].size_bytes;
    if (!provide(size + 1)) return false;
    // One byte more than expected, so that a file that grew shows without another call.
    const auto into = buffer_->free_space().first(size + 1);
    const auto done = fill(file, descriptor, into, size);
    if (!done) return true;
    if (*done != size) {
      shared_.report(file, kChanged, true);
      return true;
    }
    buffer_->used += size;
    ++buffer_->files;
    return use(file, into.first(size), sums, copy);
  }

  bool read_long(std::size_t file, int descriptor, const struct stat& before, FactSums& sums,
                 OutputFile* copy) {
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    std::uint64_t seen = 0;
    while (true) {
      if (stopped()) return false;
      if (buffer_ && buffer_->used != 0) push();
      if (!provide(ContentBuffer::kBytes)) return false;
      const auto done = fill(file, descriptor, buffer_->bytes, ContentBuffer::kBytes);
      if (!done) return true;
      buffer_->used = *done;
      seen += *done;
      if (!use(file, std::span(buffer_->bytes).first(*done), sums, copy)) return false;
      if (*done < ContentBuffer::kBytes) break;
    }
    ++buffer_->files;
    struct stat after {};
    if (::fstat(descriptor, &after) != 0 || seen != static_cast<std::uint64_t>(before.st_size) ||
        !same_moment(before.st_mtim, after.st_mtim) || after.st_size != before.st_size)
      shared_.report(file, kChanged, true);
    return true;
  }

  Shared& shared_;
  const ContentRequest& request_;
  std::size_t item_ = 0;
  BufferPtr buffer_;
};

}  // namespace

Result<ContentReport> read_contents(const ContentRequest& request, std::string& why) {
  ContentReport report;
  std::uint64_t files = 0;
  Shared shared(request, [&](const ContentBuffer& buffer) {
    report.bytes += buffer.used;
    files += buffer.files;
    if (request.progress) request.progress(files, report.bytes);
  });
  run_on_threads(
      request.threads, [&] { Reader(shared).run(); }, [&] { shared.hash.stop(); });
  if (shared.error) {
    why = std::move(shared.why);
    return shared.error;
  }
  report.facts = std::move(shared.facts);
  report.md5 = shared.hash.finish();
  report.unreadable = std::move(shared.unreadable);
  std::sort(report.unreadable.begin(), report.unreadable.end(),
            [](const auto& a, const auto& b) { return a.file < b.file; });
  return report;
}

}  // namespace larder::publish
