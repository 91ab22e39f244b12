#include "bundle/native_bundle.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "bundle/bundle_format.h"
#include "digest/hash.h"
#include "digest/hex.h"
#include "sys/file_system.h"

namespace larder::bundle {
namespace {

/// Takes little-endian numbers from the front of bytes that are long enough.
class Taker {
 public:
  explicit Taker(std::span<const std::byte> bytes) noexcept : at_(bytes.data()) {}
  template <class Number>
  Number number() noexcept {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      value = static_cast<Number>(value | static_cast<Number>(std::to_integer<Number>(*at_++))
                                              << (8 * i));
    return value;
  }
  Digest digest() noexcept {
    Digest digest;
    std::memcpy(digest.bytes.data(), at_, digest.bytes.size());
    at_ += digest.bytes.size();
    return digest;
  }

 private:
  const std::byte* at_;
};

std::error_code fail(std::string* why, std::string sentence) {
  if (why) *why = std::move(sentence);
  return errc::bad_bundle;
}

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

/// The mapped file. Blobs share it.
class NativeBundle::Mapped final : public detail::BlobOwner {
 public:
  explicit Mapped(std::unique_ptr<sys::Mapping> mapping) noexcept : mapping_(std::move(mapping)) {}
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return mapping_->bytes(); }

 private:
  void dispose() noexcept override { delete this; }
  std::unique_ptr<sys::Mapping> mapping_;
};

void NativeBundle::Release::operator()(Mapped* mapped) const noexcept {
  mapped->release();
}

BundlePlace parse_place(std::string_view text) {
  BundlePlace place{std::string(text), 0, {}};
  const auto at = text.rfind('@');
  const auto plus = text.rfind('+');
  if (at == std::string_view::npos || plus == std::string_view::npos || plus < at) return place;
  const auto offset = parse_number(text.substr(at + 1, plus - at - 1));
  const auto length = parse_number(text.substr(plus + 1));
  if (!offset || !length) return place;
  return {std::string(text.substr(0, at)), *offset, length};
}

bool is_native_bundle(const BundlePlace& place) noexcept {
  auto file = sys::FileSystem::real().open(place.file, sys::Open::read);
  std::byte magic[kMagic.size()];
  if (!file) return false;
  const auto read = (*file)->read_at(place.offset, magic);
  return read && *read == kMagic.size() && std::memcmp(magic, kMagic.data(), kMagic.size()) == 0;
}

Result<std::shared_ptr<NativeBundle>> NativeBundle::open(const BundlePlace& place,
                                                         FirstUse first_use,
                                                         std::string* why) noexcept try {
  auto file = sys::FileSystem::real().open(place.file, sys::Open::read);
  if (!file) return fail(why, place.file + ": " + file.error().message());
  const auto size = (*file)->size();
  if (!size) return fail(why, place.file + ": " + size.error().message());
  const std::uint64_t length = place.length.value_or(*size - std::min(*size, place.offset));
  if (place.offset > *size || length > *size - place.offset || length < kHeaderBytes)
    return fail(why, place.file + ": too short for a bundle");
  auto mapping = (*file)->map(place.offset + length);
  if (!mapping) return fail(why, place.file + ": " + mapping.error().message());

  std::shared_ptr<NativeBundle> bundle(new NativeBundle);
  bundle->mapped_.reset(new Mapped(std::move(*mapping)));
  bundle->all_ = bundle->mapped_->bytes().subspan(static_cast<std::size_t>(place.offset),
                                                  static_cast<std::size_t>(length));
  bundle->first_use_ = first_use;
  if (const std::string wrong = bundle->read(); !wrong.empty())
    return fail(why, place.file + ": " + wrong);
  return bundle;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::string NativeBundle::read() {
  if (std::memcmp(all_.data(), kMagic.data(), kMagic.size()) != 0) return "no bundle";
  Taker header(all_.subspan(kMagic.size()));
  const auto length = header.number<std::uint64_t>();
  const auto offset = header.number<std::uint64_t>();
  const auto bytes = header.number<std::uint64_t>();
  const Digest digest = header.digest();
  if (header.number<std::uint64_t>() != 0) return "of a later format";
  if (length != all_.size()) return "cut off, or longer than it says";
  if (offset < kHeaderBytes || offset > length || bytes != length - offset ||
      bytes < kDirectoryHeadBytes || bytes > kMaxDirectoryBytes)
    return "its directory is not where it should be";
  const auto directory = all_.subspan(static_cast<std::size_t>(offset));
  if (digest::sha256(directory) != digest) return "its directory is damaged";
  return read_directory(directory, offset);
}

std::string NativeBundle::read_directory(std::span<const std::byte> directory,
                                         std::uint64_t objects_end) {
  Taker head(directory);
  table_.digest = head.digest();
  table_.bytes = head.number<std::uint32_t>();
  table_.entries = head.number<std::uint64_t>();
  const std::size_t head_bytes = head.number<std::uint32_t>();
  const auto count = head.number<std::uint64_t>();
  const std::size_t rest = directory.size() - kDirectoryHeadBytes;
  if (head_bytes > rest || (rest - head_bytes) % kRowBytes != 0 ||
      (rest - head_bytes) / kRowBytes != count)
    return "its directory has the wrong length";
  count_ = static_cast<std::size_t>(count);
  head_.assign(reinterpret_cast<const char*>(directory.data()) + kDirectoryHeadBytes, head_bytes);
  rows_ = directory.subspan(kDirectoryHeadBytes + head_bytes);
  for (std::size_t i = 0; i < count_; ++i) {
    const Row one = row(i);
    if (one.offset < kHeaderBytes || one.offset > objects_end ||
        one.length > objects_end - one.offset)
      return "an object lies outside of it";
    if (i > 0 && row(i - 1).digest >= one.digest) return "its directory is not in order";
  }
  checks_ = std::make_unique<std::atomic<Check>[]>(count_);
  return {};
}

NativeBundle::Row NativeBundle::row(std::size_t index) const noexcept {
  Taker from(rows_.subspan(index * kRowBytes, kRowBytes));
  Row row;
  row.digest = from.digest();
  row.offset = from.number<std::uint64_t>();
  row.length = from.number<std::uint64_t>();
  row.fast_hash = from.number<std::uint64_t>();
  return row;
}

std::span<const std::byte> NativeBundle::bytes_of(const Row& row) const noexcept {
  return all_.subspan(static_cast<std::size_t>(row.offset), static_cast<std::size_t>(row.length));
}

std::optional<std::size_t> NativeBundle::find(const Entry& entry) const noexcept {
  if (entry.key.kind != ObjectKey::Kind::digest) return std::nullopt;
  std::size_t low = 0;
  std::size_t high = count_;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const int order = std::memcmp(rows_.data() + middle * kRowBytes, entry.key.bytes.data(),
                                  entry.key.bytes.size());
    if (order == 0) return middle;
    (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
  }
  return std::nullopt;
}

bool NativeBundle::holds(const Entry& entry) const noexcept {
  const auto index = find(entry);
  return index && checks_[*index].load(std::memory_order_acquire) != Check::damaged;
}

std::optional<std::uint64_t> NativeBundle::size_of(const Entry& entry) const noexcept {
  if (!holds(entry)) return std::nullopt;
  return row(*find(entry)).length;
}

Result<Blob> NativeBundle::lend(const Entry& entry) noexcept try {
  const auto index = find(entry);
  if (!index) return errc::not_found;
  const Row object = row(*index);
  const auto bytes = bytes_of(object);
  auto& check = checks_[*index];
  const Check known = check.load(std::memory_order_acquire);
  if (known == Check::damaged) return errc::not_found;
  if (known == Check::open) {
    bool good = true;
    if (first_use_ == FirstUse::fast)
      good = XXH3_64bits(bytes.data(), bytes.size()) == object.fast_hash;
    else if (first_use_ == FirstUse::sha256)
      good = digest::sha256(bytes) == object.digest;
    check.store(good ? Check::good : Check::damaged, std::memory_order_release);
    if (!good) return errc::damaged;
  }
  mapped_->acquire();
  return Blob::adopt(mapped_.get(), bytes, Source::bundle);
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<void> NativeBundle::verify(std::string* why) const {
  for (std::size_t i = 0; i < count_; ++i) {
    const Row object = row(i);
    const auto bytes = bytes_of(object);
    if (digest::sha256(bytes) == object.digest &&
        XXH3_64bits(bytes.data(), bytes.size()) == object.fast_hash)
      continue;
    if (why) *why = "object " + digest::to_hex(object.digest.bytes) + " is damaged";
    return errc::damaged;
  }
  return {};
}

}  // namespace larder::bundle
