// Encrypted content: what is stored and verified is the envelope, what is handed out its content.
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "base/heap_blob.h"
#include "digest/hex.h"
#include "encryption/encrypted_content.h"
#include "larder/vfs_impl.h"

namespace larder {
namespace {

/// A reader of an envelope, and what it reads from.
struct OpenEnvelope {
  Blob envelope;
  encryption::EncryptedReader reader;
};

Result<encryption::EncryptedReader> open_reader(const Blob& envelope, const ContentKeys& keys,
                                                const Log& log) {
  const auto header = encryption::EncryptedHeader::parse(envelope.bytes());
  if (!header) return header.error();
  const std::string id = digest::to_hex(header->key_id);
  const auto key = keys ? keys(id) : Result<ContentKey>(errc::no_key);
  if (!key) {
    log.error("content is encrypted with the key " + id + ": " + key.error().message());
    return key.error();
  }
  auto reader = encryption::EncryptedReader::open(envelope.bytes(), *key);
  if (reader.error() == errc::damaged)
    log.error("encrypted content cannot be opened: what was given as the key " + id +
              " is another one, or the publisher's envelope is damaged");
  return reader;
}

Result<Blob> content_of(const Blob& envelope, const ContentKeys& keys, const Log& log) {
  auto reader = open_reader(envelope, keys, log);
  if (!reader) return reader.error();
  auto plain = reader->read_all();
  if (!plain) return plain.error();
  return make_heap_blob(std::move(*plain), envelope.source());
}

}  // namespace

Result<Blob> Vfs::Impl::opened(bool is_encrypted, Result<Blob> result) const {
  if (!is_encrypted || !result) return result;
  return content_of(*result, options_.content_keys, log_);
}

void Vfs::Impl::open_envelope(File::Impl& file) const {
  file.set_filter([keys = options_.content_keys, log = log_](const Blob& whole) {
    return content_of(whole, keys, log);
  });
  file.set_parts([keys = options_.content_keys,
                  log = log_](const Blob& whole) -> Result<File::Impl::ReadPart> {
    auto reader = open_reader(whole, keys, log);
    if (!reader) return reader.error();
    auto open = std::make_shared<OpenEnvelope>(OpenEnvelope{whole, std::move(*reader)});
    return File::Impl::ReadPart([open](std::uint64_t offset, std::span<std::byte> into) {
      return open->reader.read(offset, into);
    });
  });
}

}  // namespace larder
