#include "digest/verifier.h"

#include <algorithm>
#include <charconv>

#include "digest/hex.h"

namespace larder::digest {
namespace {

Md5::Value md5_of(const Checksum& checksum) noexcept {
  Md5::Value value;
  std::copy_n(checksum.bytes.begin(), value.size(), value.begin());
  return value;
}

/// What of `values` is to be told to somebody who expected `expected`.
Checksum told_of(const CocosMd5::Values& values, const Checksum& expected) noexcept {
  if (values.contain(md5_of(expected))) return expected;
  return md5_checksum(Checksum::Kind::cocos_md5, values.raw);
}

}  // namespace

Verifier::Verifier(const Checksum& expected, std::optional<std::uint64_t> size,
                   std::uint64_t limit_bytes)
    : expected_(expected), size_(size), limit_bytes_(limit_bytes) {
  switch (expected.kind) {
    case Checksum::Kind::none:
    case Checksum::Kind::sha256: break;
    case Checksum::Kind::laya_xor: foreign_ = LayaXor(); break;
    case Checksum::Kind::cocos_md5: foreign_ = std::make_unique<CocosMd5>(); break;
    case Checksum::Kind::flist_md5: foreign_.emplace<HexTextMd5>(); break;
  }
}

std::error_code Verifier::update(std::span<const std::byte> bytes) noexcept {
  const std::uint64_t bound = size_ ? std::min(*size_, limit_bytes_) : limit_bytes_;
  if (bytes.size() > bound - std::min(bound, seen_bytes_)) {
    refused_ = true;
    return errc::too_large;
  }
  seen_bytes_ += bytes.size();
  sha256_.update(bytes);
  if (auto* laya = std::get_if<LayaXor>(&foreign_)) laya->update(bytes);
  if (auto* cocos = std::get_if<std::unique_ptr<CocosMd5>>(&foreign_)) (*cocos)->update(bytes);
  if (auto* flist = std::get_if<HexTextMd5>(&foreign_)) flist->update(bytes);
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
    case Checksum::Kind::laya_xor: {
      const std::uint32_t value = std::get<LayaXor>(foreign_).value();
      verdict.actual = laya_checksum(value);
      equal = laya_xor_equal(value, laya_value(expected_));
      break;
    }
    case Checksum::Kind::cocos_md5:
      verdict.actual = told_of(std::get<std::unique_ptr<CocosMd5>>(foreign_)->finish(), expected_);
      equal = verdict.actual == expected_;
      break;
    case Checksum::Kind::flist_md5:
      verdict.actual = md5_checksum(expected_.kind, std::get<HexTextMd5>(foreign_).finish());
      equal = verdict.actual == expected_;
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
    case Checksum::Kind::cocos_md5: {
      CocosMd5 md5;
      md5.update(bytes);
      return md5.finish().contain(md5_of(expected));
    }
    case Checksum::Kind::flist_md5: {
      HexTextMd5 md5;
      md5.update(bytes);
      return md5.finish() == md5_of(expected);
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

Checksum md5_checksum(Checksum::Kind kind, const Md5::Value& value) noexcept {
  Checksum checksum{kind, {}};
  std::copy(value.begin(), value.end(), checksum.bytes.begin());
  return checksum;
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
    case Checksum::Kind::cocos_md5:
    case Checksum::Kind::flist_md5: return to_hex(md5_of(checksum));
  }
  return {};
}

}  // namespace larder::digest
