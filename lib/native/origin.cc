#include "native/origin.h"

#include <exception>
#include <utility>
#include <vector>

#include "codec/zstd.h"
#include "digest/hash.h"
#include "filetable/origin_names.h"
#include "native/zstd_sink.h"
#include "net/random_text.h"
#include "net/retry_after.h"

namespace larder::native {
namespace {

/// Keeps a patch until it can be applied.
class PatchSink final : public Sink {
 public:
  explicit PatchSink(std::shared_ptr<Sink> below) : below_(std::move(below)) {}

  std::error_code expect(std::optional<std::uint64_t>) noexcept override { return {}; }
  std::error_code write(std::span<const std::byte> bytes) noexcept override try {
    patch.insert(patch.end(), bytes.begin(), bytes.end());
    return {};
  } catch (const std::exception&) {
    return std::make_error_code(std::errc::not_enough_memory);
  }
  [[nodiscard]] std::chrono::milliseconds pause() noexcept override { return below_->pause(); }

  std::vector<std::byte> patch;

 private:
  const std::shared_ptr<Sink> below_;
};

PourReply to_reply(net::Response&& response, const PourReply& spent) {
  PourReply reply;
  reply.wire_bytes = spent.wire_bytes + response.body_bytes;
  reply.requests = spent.requests + response.requests;
  reply.latency = response.latency;
  reply.range_refused = response.range_refused;
  reply.freshness.etag = response.etag;
  reply.retry_after = net::retry_after_of(response, std::chrono::system_clock::now());
  reply.detail = std::move(response.detail);
  return reply;
}

}  // namespace

NativeOrigin::NativeOrigin(std::vector<std::string> base_urls, net::Transport& transport,
                           std::shared_ptr<const Deltas> deltas, Log log)
    : base_urls_(std::move(base_urls)),
      transport_(transport),
      deltas_(std::move(deltas)),
      log_(std::move(log)) {}

std::string NativeOrigin::url_of(const Entry& entry, std::size_t mirror) const {
  return base_urls_[mirror] + filetable::object_path(Digest{entry.checksum.bytes}, entry.encoding);
}

net::Request NativeOrigin::to_request(const PourRequest& pour, std::string url,
                                      std::uint64_t bytes) const {
  net::Request request;
  request.url = std::move(url);
  request.max_bytes = bytes;
  request.urgency = pour.urgency;
  request.stop = pour.stop;
  if (pour.past_caches) {
    request.url += "?larder=" + net::random_hex();
    request.headers.emplace_back("Cache-Control", "no-cache");
    request.headers.emplace_back("Pragma", "no-cache");
  }
  return request;
}

void NativeOrigin::pour(PourRequest request, std::shared_ptr<Sink> sink, Done done) {
  const bool whole = request.resume_from == 0;
  auto patch =
      deltas_ && whole && !request.past_caches ? deltas_->patch_for(**request.entry) : std::nullopt;
  if (patch)
    pour_patch(std::move(*patch), std::move(request), std::move(sink), std::move(done));
  else
    pour_object(std::move(request), std::move(sink), {}, std::move(done));
}

void NativeOrigin::pour_object(PourRequest request, std::shared_ptr<Sink> sink, PourReply spent,
                               Done done) {
  const Entry& entry = **request.entry;
  const bool encoded = entry.encoding == Encoding::zstd;
  const std::uint64_t size = entry.size.value_or(0);
  auto decoding = encoded ? std::make_shared<ZstdSink>(sink, size, entry.encoded_bytes) : nullptr;
  if (decoding) sink = decoding;
  auto get =
      to_request(request, url_of(entry, request.mirror), encoded ? entry.encoded_bytes : size);
  if (!encoded) {
    get.resume_from = request.resume_from;
    get.resume_etag = request.resume_validator;
  }
  transport_.get(std::move(get), std::move(sink),
                 [decoding, spent = std::move(spent), done = std::move(done)](
                     std::error_code error, net::Response response) {
                   if (!error && decoding && !decoding->complete()) error = errc::damaged;
                   // Longer than the table says: other content under this name.
                   if (error == errc::too_large) error = errc::damaged;
                   PourReply reply = to_reply(std::move(response), spent);
                   // The validator of an encoded object says nothing about how far it is decoded.
                   if (decoding) reply.freshness.etag.clear();
                   done(error, std::move(reply));
                 });
}

void NativeOrigin::pour_patch(Deltas::Patch patch, PourRequest request, std::shared_ptr<Sink> sink,
                              Done done) {
  const Digest target{(*request.entry)->checksum.bytes};
  auto kept = std::make_shared<PatchSink>(sink);
  auto get = to_request(
      request, base_urls_[request.mirror] + filetable::patch_path(target, patch.base), patch.bytes);
  transport_.get(
      std::move(get), kept,
      [this, patch = std::move(patch), target, kept, request = std::move(request),
       sink = std::move(sink),
       done = std::move(done)](std::error_code error, net::Response response) mutable {
        PourReply spent = to_reply(std::move(response), {});
        if (error == errc::cancelled) return done(error, std::move(spent));
        try {
          const std::uint64_t size = (*request.entry)->size.value_or(0);
          if (!error) {
            const auto made = codec::zstd_apply_patch(kept->patch, patch.base_bytes.bytes(), size);
            if (made && digest::sha256(*made) == target) {
              error = sink->expect(made->size());
              if (!error) error = sink->write(*made);
              return done(error, std::move(spent));
            }
          }
          log_.warning("a patch cannot be used (" + spent.detail + "); fetching the whole object");
          pour_object(std::move(request), std::move(sink), spent, done);
        } catch (const std::exception&) {  // nobody may wait for ever
          done(std::make_error_code(std::errc::not_enough_memory), std::move(spent));
        }
      });
}

}  // namespace larder::native
