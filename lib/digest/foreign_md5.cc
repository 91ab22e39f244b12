#include "digest/foreign_md5.h"

#include <algorithm>

namespace larder::digest {

void Utf8Repair::replace() noexcept {
  put(0xef);
  put(0xbf);
  put(0xbd);
  begun_bytes_ = missing_ = 0;
  low_ = 0x80;
  high_ = 0xbf;
}

void Utf8Repair::begin(unsigned char byte) noexcept {
  if (byte < 0x80) return put(byte);
  if (byte < 0xc2 || byte > 0xf4) return replace();
  missing_ = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
  if (byte == 0xe0) low_ = 0xa0;   // overlong below
  if (byte == 0xed) high_ = 0x9f;  // surrogates above
  if (byte == 0xf0) low_ = 0x90;   // overlong below
  if (byte == 0xf4) high_ = 0x8f;  // beyond U+10FFFF above
  begun_[0] = byte;
  begun_bytes_ = 1;
}

void Utf8Repair::take(unsigned char byte) noexcept {
  if (missing_ == 0) return begin(byte);
  if (byte < low_ || byte > high_) {
    replace();
    return begin(byte);
  }
  low_ = 0x80;
  high_ = 0xbf;
  begun_[begun_bytes_++] = byte;
  if (--missing_ != 0) return;
  for (unsigned i = 0; i < begun_bytes_; ++i) put(begun_[i]);
  begun_bytes_ = 0;
}

void CocosMd5::update(std::span<const std::byte> bytes) noexcept {
  if (all_ascii_) {
    const auto high = std::find_if(bytes.begin(), bytes.end(), [](std::byte byte) {
      return (byte & std::byte{0x80}) != std::byte{};
    });
    const auto ascii = bytes.first(static_cast<std::size_t>(high - bytes.begin()));
    raw_.update(ascii);
    bytes = bytes.subspan(ascii.size());
    if (bytes.empty()) return;
    all_ascii_ = false;
    binary_.continue_from(raw_);
    utf8_.continue_from(raw_);
  }
  raw_.update(bytes);
  update_binary(bytes);
  repair_.update(bytes, [this](std::span<const std::byte> text) { utf8_.update(text); });
}

void CocosMd5::update_binary(std::span<const std::byte> bytes) noexcept {
  std::array<std::byte, 4096> text;
  std::size_t length = 0;
  for (const std::byte byte : bytes) {
    if ((byte & std::byte{0x80}) == std::byte{}) {
      text[length++] = byte;
    } else {
      text[length++] = std::byte{0xc0} | (byte >> 6);
      text[length++] = std::byte{0x80} | (byte & std::byte{0x3f});
    }
    if (length + 2 <= text.size()) continue;
    binary_.update(std::span(text).first(length));
    length = 0;
  }
  binary_.update(std::span(text).first(length));
}

CocosMd5::Values CocosMd5::finish() noexcept {
  Values values;
  if (!all_ascii_) {
    repair_.finish([this](std::span<const std::byte> text) { utf8_.update(text); });
    values.binary = binary_.finish();
    values.utf8 = utf8_.finish();
  }
  values.raw = raw_.finish();
  if (all_ascii_) values.binary = values.utf8 = values.raw;
  return values;
}

void HexTextMd5::update(std::span<const std::byte> bytes) noexcept {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::array<std::byte, 4096> text;
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), text.size() / 2));
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const auto byte = std::to_integer<unsigned>(piece[i]);
      text[2 * i] = static_cast<std::byte>(kDigits[byte >> 4]);
      text[2 * i + 1] = static_cast<std::byte>(kDigits[byte & 15]);
    }
    md5_.update(std::span(text).first(2 * piece.size()));
    bytes = bytes.subspan(piece.size());
  }
}

}  // namespace larder::digest
