#include "bundle/bundle_writer.h"

#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <utility>

#include "bundle/bundle_format.h"
#include "digest/hash.h"

namespace larder::bundle {
namespace {

template <class Number>
void put(std::string& into, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    into.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff));
}

void put(std::string& into, const Digest& digest) {
  into.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<BundleWriter>> BundleWriter::create(const std::string& file,
                                                           sys::FileSystem& fs) {
  const std::string aside = file + ".new-" + std::to_string(::getpid());
  if (fs.exists(aside)) static_cast<void>(fs.remove(aside));  // of a dead process
  auto out = fs.open(aside, sys::Open::create_new);
  if (!out) return out.error();
  return std::unique_ptr<BundleWriter>(new BundleWriter(file, aside, std::move(*out), fs));
}

BundleWriter::BundleWriter(std::string file, std::string aside, std::unique_ptr<sys::File> out,
                           sys::FileSystem& fs)
    : file_(std::move(file)),
      aside_(std::move(aside)),
      fs_(fs),
      out_(std::move(out)),
      end_(kHeaderBytes) {}

BundleWriter::~BundleWriter() {
  if (!out_) return;
  out_.reset();
  static_cast<void>(fs_.remove(aside_));
}

Result<void> BundleWriter::add(const Digest& digest, std::span<const std::byte> bytes) {
  if (rows_.contains(digest)) return {};
  const std::uint64_t offset = aligned(end_, bytes.size());
  if (auto written = out_->write_at(offset, bytes); !written) return written;
  rows_.emplace(digest, Row{offset, bytes.size(), XXH3_64bits(bytes.data(), bytes.size())});
  end_ = offset + bytes.size();
  return {};
}

Result<void> BundleWriter::finish(const TableRoot& table, std::string_view head) {
  std::string directory;
  put(directory, table.digest);
  put(directory, table.bytes);
  put(directory, table.entries);
  put(directory, static_cast<std::uint32_t>(head.size()));
  put(directory, std::uint64_t{rows_.size()});
  directory += head;
  for (const auto& [digest, row] : rows_) {
    put(directory, digest);
    put(directory, row.offset);
    put(directory, row.length);
    put(directory, row.fast_hash);
  }
  const std::uint64_t offset = aligned(end_, directory.size());
  std::string header(kMagic);
  put(header, offset + directory.size());
  put(header, offset);
  put(header, std::uint64_t{directory.size()});
  put(header, digest::sha256(std::as_bytes(std::span(directory))));
  put(header, std::uint64_t{0});
  auto done = out_->write_at(offset, std::as_bytes(std::span(directory)));
  if (done) done = out_->write_at(0, std::as_bytes(std::span(header)));
  if (done) done = out_->sync();
  if (done) done = fs_.rename(aside_, file_);
  if (!done) return done;
  out_.reset();
  static_cast<void>(fs_.sync_directory(directory_of(file_)));
  return {};
}

}  // namespace larder::bundle
