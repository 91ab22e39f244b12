#include "base/heap_blob.h"

#include <utility>

namespace larder {
namespace {

class HeapOwner final : public detail::BlobOwner {
 public:
  explicit HeapOwner(std::vector<std::byte> bytes) noexcept : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  void dispose() noexcept override { delete this; }
  std::vector<std::byte> bytes_;
};

}  // namespace

Blob make_heap_blob(std::vector<std::byte> bytes, Source source) {
  auto* owner = new HeapOwner(std::move(bytes));
  return Blob::adopt(owner, owner->bytes(), source);
}

const char* name_of(Source source) noexcept {
  switch (source) {
    case Source::bundle: return "bundle";
    case Source::store: return "store";
    case Source::origin: return "origin";
  }
  return "unknown";
}

}  // namespace larder
