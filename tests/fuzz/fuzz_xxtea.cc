// Whatever the bytes: content that encrypts to them again, or a refusal. And what was gzipped.
#include <cstdint>
#include <span>
#include <string_view>

#include "codec/gzip.h"
#include "codec/xxtea.h"
#include "fuzz/require.h"

using namespace larder::codec;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const XxteaKey key(std::string_view(reinterpret_cast<const char*>(data), size / 2));
  const auto plain = xxtea_open(bytes, key);
  if (plain && plain->size() % 4 == 0) {  // else the bytes that fill the last word are free
    const auto again = xxtea_seal(*plain, key);
    require(plain->empty() ||
            (again && std::equal(again->begin(), again->end(), bytes.begin(), bytes.end())));
  }
  const auto cipher = xxtea_encrypt(bytes, key);
  require(cipher.has_value() != bytes.empty());
  if (cipher) {
    const auto back = xxtea_decrypt(*cipher, key);
    require(back && std::equal(back->begin(), back->end(), bytes.begin(), bytes.end()));
  }
  constexpr std::size_t kLimit = 100'000;
  if (const auto content = gunzip(bytes, kLimit)) require(content->size() <= kLimit);
  const auto packed = gzip(bytes);
  require(gunzip(packed, size).has_value() && (size == 0 || !gunzip(packed, size - 1)));
  return 0;
}
