// Taking over what another program has downloaded before.
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fetch/pour_sink.h"
#include "larder/vfs_impl.h"

namespace larder {
namespace {

constexpr std::size_t kBufferBytes = 256u << 10;
/// Files that are deleted together, once what was stored of them is durable.
constexpr std::size_t kFilesToRemove = 256;

/// Pours a file into a sink. The error that ended it, errc::io if it cannot be read.
std::error_code pour(const std::string& file, Sink& sink) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return errc::not_found;
  if (const auto refused = sink.expect(std::nullopt)) return refused;
  std::vector<std::byte> buffer(kBufferBytes);
  while (in.read(reinterpret_cast<char*>(buffer.data()), kBufferBytes) || in.gcount() > 0)
    if (const auto refused =
            sink.write(std::span(buffer).first(static_cast<std::size_t>(in.gcount()))))
      return refused;
  return in.bad() ? make_error_code(errc::io) : std::error_code();
}

}  // namespace

std::uint64_t TakenOver::*Vfs::Impl::take_one(const View& view, const LocalCopy& copy, bool& stored,
                                              std::uint64_t& bytes) {
  const auto failed = [&](const std::string& why) {
    log_.warning("take over " + copy.file + " as " + copy.path + ": " + why);
    return &TakenOver::failed;
  };
  vfs::PathBuffer buffer;
  const auto request = root_->rules().take_apart(copy.path, buffer);
  if (!request) return &TakenOver::unlisted;
  const auto found = look_up(view, *request, buffer);
  if (found.error() == errc::not_listed || found.error() == errc::ambiguous)
    return &TakenOver::unlisted;
  if (!found) return failed(found.error().message());
  const Entry& entry = found->entry;
  if (entry.route != Route::listed) return &TakenOver::unlisted;
  if (const auto located = corridor_->locate(*found->layer->release, entry)) {
    stored = *located == Source::store;
    return &TakenOver::held;
  }
  if (entry.checksum.kind == Checksum::Kind::none) return &TakenOver::unverified;

  const auto sink = std::make_shared<fetch::PourSink>(entry, options_.max_file_bytes, store_.get(),
                                                      nullptr, Priority::normal);
  const std::error_code error = pour(copy.file, *sink);
  if (error == errc::too_large) return &TakenOver::different;
  if (error) return failed(error.message());
  const auto outcome = sink->finish(entry.key);
  if (outcome.error) return failed(outcome.error.message());
  if (!outcome.verdict.good) return &TakenOver::different;
  if (!outcome.stored)
    return failed(outcome.refused ? "the store's quota has no room for it"
                                  : "the store cannot write");
  stored = true;
  bytes += outcome.verdict.size_bytes;
  return &TakenOver::taken;
}

Result<TakenOver> Vfs::Impl::take_over(const std::vector<LocalCopy>& copies,
                                       const TakeOverOptions& options) {
  if (!store_) {
    log_.error("take over: there is no store to put anything into");
    return errc::invalid_argument;
  }
  TakenOver result;
  std::vector<const LocalCopy*> done;  // to be deleted
  const auto remove_done = [&] {
    if (done.empty()) return;
    if (const auto flushed = store_->flush(); !flushed) {
      log_.warning("take over: nothing is deleted, the store cannot be made durable: " +
                   flushed.error().message());
    } else {
      for (const LocalCopy* copy : done)
        if (std::remove(copy->file.c_str()) != 0)
          log_.warning("take over: " + copy->file + " cannot be deleted");
    }
    done.clear();
  };
  const auto view = view_.share();
  for (const LocalCopy& copy : copies) {
    bool stored = false;
    result.*take_one(*view, copy, stored, result.bytes) += 1;
    ++result.files;
    if (options.remove && stored) done.push_back(&copy);
    if (done.size() == kFilesToRemove) remove_done();
    if (options.on_progress) options.on_progress(result.files, copies.size());
  }
  remove_done();
  return result;
}

}  // namespace larder
