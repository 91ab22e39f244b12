// Encrypted content: read as a whole or in parts, and written. See FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <larder/content_key.h>
#include <larder/result.h>

#include "codec/zstd.h"
#include "digest/hash.h"
#include "encryption/aead.h"

namespace larder::encryption {

/// Plain bytes of every chunk but the last.
inline constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

/// What encrypted content says of itself to everybody. Views the content.
struct EncryptedHeader {
  std::uint64_t plain_bytes = 0;
  std::span<const std::byte> key_id;
  std::span<const std::byte> salt;
  std::span<const std::byte> index;  ///< four bytes a chunk
  std::size_t chunks_begin = 0;      ///< in the content

  /// errc::damaged: it is none, or of another length than it says.
  [[nodiscard]] static Result<EncryptedHeader> parse(std::span<const std::byte> content) noexcept;
};

/// Threads: one at a time.
class EncryptedReader {
 public:
  /// `content` must outlive this. errc::damaged: it was changed, or encrypted with another key.
  [[nodiscard]] static Result<EncryptedReader> open(std::span<const std::byte> content,
                                                    const ContentKey& key) noexcept;

  [[nodiscard]] std::uint64_t size() const noexcept { return header_.plain_bytes; }
  /// Plain bytes from `offset` on; how many there are: fewer only at the end. Opens the chunks that
  /// they are in, no others. errc::damaged.
  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> into) noexcept;
  /// All of it. Throws std::bad_alloc.
  [[nodiscard]] Result<std::vector<std::byte>> read_all();

 private:
  EncryptedReader(EncryptedHeader header, std::span<const std::byte> content, Aead aead);
  /// Has the plain bytes of a chunk in chunk_.
  [[nodiscard]] Result<void> open_chunk(std::size_t number);

  EncryptedHeader header_;
  std::span<const std::byte> content_;
  Aead aead_;
  std::vector<std::uint64_t> begins_;  ///< of the chunks, in the content
  std::size_t open_ = ~std::size_t{0};
  std::vector<std::byte> chunk_;
  std::vector<std::byte> frame_;
};

/// Encrypts one content, in two passes over its chunks: what is the same is encrypted to the same,
/// so that nothing is published anew. Threads: one at a time.
class Encryptor {
 public:
  /// Throws std::bad_alloc, as all of this.
  explicit Encryptor(const ContentKey& key);

  /// First pass: each chunk, in order, all but the last of kChunkBytes.
  void measure(std::span<const std::byte> chunk);
  /// After the first pass: what the content begins with.
  [[nodiscard]] std::vector<std::byte> begin();
  /// Second pass: the same chunks. What follows in the content. errc::damaged: they cannot be the
  /// same.
  [[nodiscard]] Result<std::vector<std::byte>> next(std::span<const std::byte> chunk);

  /// After the second pass: whether the chunks were the same. If not, nothing of this may be given
  /// to anybody: it would be a second message under one key and number.
  [[nodiscard]] bool finish();

  /// Both passes over what is in memory.
  [[nodiscard]] std::vector<std::byte> encrypt(std::span<const std::byte> plain);

 private:
  /// What is encrypted of a chunk; whether it is a zstd frame.
  std::pair<std::span<const std::byte>, bool> payload_of(std::span<const std::byte> chunk);

  const ContentKey key_;
  codec::ZstdEncoder zstd_;
  std::vector<std::byte> frame_;
  digest::Sha256 payloads_;
  digest::Sha256 again_;  ///< as payloads_, of the second pass
  Digest measured_{};
  std::vector<std::byte> index_;
  std::uint64_t plain_bytes_ = 0;
  std::optional<Aead> aead_;  ///< from begin() on
  std::size_t next_ = 0;      ///< chunk of the second pass
};

}  // namespace larder::encryption
