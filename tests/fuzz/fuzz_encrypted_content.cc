// Whatever the bytes: an envelope that opens to what it says, or none.
#include <cstdint>
#include <span>
#include <vector>

#include "encryption/encrypted_content.h"
#include "fuzz/require.h"

using namespace larder;
using namespace larder::encryption;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const ContentKey key{};
  if (const auto header = EncryptedHeader::parse(bytes)) {
    require(header->chunks_begin <= size);
    if (auto reader = EncryptedReader::open(bytes, key)) {
      const auto plain = reader->read_all();
      require(!plain || plain->size() == header->plain_bytes);
    }
  }
  // And whatever the content: an envelope that opens to it.
  const auto sealed = Encryptor(key).encrypt(bytes);
  auto reader = EncryptedReader::open(sealed, key);
  require(reader.has_value());
  const auto plain = reader->read_all();
  require(plain && std::equal(plain->begin(), plain->end(), bytes.begin(), bytes.end()));
  return 0;
}
