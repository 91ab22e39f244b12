#include "digest/hash.h"

#include <zlib.h>

#include "digest/evp.h"

namespace larder::digest {

struct Sha256::Context {
  evp::Stream stream{evp::sha256()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) noexcept {
  context_->stream.update(bytes);
}

Digest Sha256::finish() noexcept {
  Digest digest;
  context_->stream.finish(digest.bytes.data());
  return digest;
}

struct Md5::Context {
  evp::Stream stream{evp::md5()};
};

Md5::Md5() : context_(std::make_unique<Context>()) {}
Md5::Md5(Md5&&) noexcept = default;
Md5& Md5::operator=(Md5&&) noexcept = default;
Md5::~Md5() = default;

void Md5::update(std::span<const std::byte> bytes) noexcept {
  context_->stream.update(bytes);
}

void Md5::continue_from(const Md5& other) noexcept {
  context_->stream.continue_from(other.context_->stream);
}

Md5::Value Md5::finish() noexcept {
  Value value;
  context_->stream.finish(value.data());
  return value;
}

Digest sha256(std::span<const std::byte> bytes) {
  Digest digest;
  evp::hash(evp::sha256(), bytes, digest.bytes.data());
  return digest;
}

std::uint32_t crc32(std::string_view text, std::uint32_t seed) noexcept {
  if (text.empty()) return seed;  // zlib answers a null pointer with its initial value
  return static_cast<std::uint32_t>(
      crc32_z(seed, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

}  // namespace larder::digest
