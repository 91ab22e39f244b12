// Whatever the bytes: a bundle whose objects lie within it, or a refusal with a reason.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "bundle/native_bundle.h"
#include "digest/hash.h"
#include "fuzz/require.h"

using namespace larder;

namespace {

/// The bytes as a file, once as they are and once with the digest of the directory made right, so
/// that what lies behind it is reached.
void check(const std::string& bytes) {
  const int file = ::memfd_create("bundle", MFD_CLOEXEC);
  require(file >= 0);
  require(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  std::string why;
  const auto opened = bundle::NativeBundle::open({"/proc/self/fd/" + std::to_string(file), 0, {}},
                                                 FirstUse::sha256, &why);
  require(opened.has_value() == why.empty());
  if (opened) static_cast<void>((*opened)->verify(&why));
  ::close(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  if (size < 72) return 0;
  std::uint64_t offset = 0;
  for (std::size_t i = 24; i-- > 16;) offset = offset << 8 | data[i];
  if (offset > size) return 0;
  const Digest digest =
      digest::sha256(std::as_bytes(std::span(bytes)).subspan(static_cast<std::size_t>(offset)));
  bytes.replace(32, 32, reinterpret_cast<const char*>(digest.bytes.data()), 32);
  check(bytes);
  return 0;
}
