#include "digest/verifier.h"

#include <algorithm>
#include <charconv>

#include "digest/hex.h"

namespace larder::digest {

Verifier::Verifier(const Checksum& expected, std::optional<std::uint64_t> size,
                   std::uint64_t limit_bytes)
    : expected_(expected), size_(size), limit_bytes_(limit_bytes) {}

std::error_code Verifier::update(std::span<const std::byte> bytes) noexcept {
  const std::uint64_t bound = size_ ? std::min(*size_, limit_bytes_) : limit_bytes_;
  if (bytes.size() > bound - std::min(bound, seen_bytes_)) {
    refused_ = true;
    return errc::too_large;
  }
  seen_bytes_ += bytes.size();
  sha256_.update(bytes);
  if (expected_.kind == Checksum::Kind::laya_xor) laya_.update(bytes);
  return {};
}

Verifier::Verdict Verifier::finish() noexcept {
  Verdict verdict;
  verdict.digest = sha256_.finish();
  verdict.size_bytes = seen_bytes_;
  bool equal = true;
  switch (expected_.kind) {
    case Checksum::Kind::none: break;
    case Checksum::Kind::sha256:
      verdict.actual = {Checksum::Kind::sha256, verdict.digest.bytes};
      equal = verdict.actual == expected_;
      break;
    case Checksum::Kind::laya_xor:
      verdict.actual = laya_checksum(laya_.value());
      equal = laya_xor_equal(laya_.value(), laya_value(expected_));
      break;
  }
  verdict.good = equal && !refused_ && (!size_ || *size_ == seen_bytes_);
  return verdict;
}

bool fulfils(const Checksum& expected, std::span<const std::byte> bytes) {
  switch (expected.kind) {
    case Checksum::Kind::none: return true;
    case Checksum::Kind::sha256: return sha256(bytes).bytes == expected.bytes;
    case Checksum::Kind::laya_xor: {
      LayaXor laya;
      laya.update(bytes);
      return laya_xor_equal(laya.value(), laya_value(expected));
    }
  }
  return false;
}

Checksum laya_checksum(std::uint32_t value) noexcept {
  Checksum checksum{Checksum::Kind::laya_xor, {}};
  for (unsigned i = 0; i < 4; ++i) checksum.bytes[i] = static_cast<std::byte>(value >> (8 * i));
  return checksum;
}

std::uint32_t laya_value(const Checksum& checksum) noexcept {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i)
    value |= std::to_integer<std::uint32_t>(checksum.bytes[i]) << (8 * i);
  return value;
}

std::string to_text(const Checksum& checksum) {
  switch (checksum.kind) {
    case Checksum::Kind::none: break;
    case Checksum::Kind::sha256: return to_hex(checksum.bytes);
    case Checksum::Kind::laya_xor: {
      char text[8];
      const auto end = std::to_chars(text, text + sizeof text, laya_value(checksum), 16).ptr;
      return {text, end};
    }
  }
  return {};
}

}  // namespace larder::digest
