// A part of a Blob as a Blob of its own.
#pragma once

#include <cstddef>
#include <utility>

#include <larder/blob.h>

namespace larder {
namespace detail {

class PartOwner final : public BlobOwner {
 public:
  explicit PartOwner(Blob whole) noexcept : whole_(std::move(whole)) {}

 private:
  void dispose() noexcept override { delete this; }
  Blob whole_;
};

}  // namespace detail

/// `size` bytes of `whole` from `offset` on, which must be there; keeps `whole` alive and copies
/// nothing. Throws std::bad_alloc.
inline Blob part_of(const Blob& whole, std::size_t offset, std::size_t size) {
  return Blob::adopt(new detail::PartOwner(whole), whole.bytes().subspan(offset, size),
                     whole.source());
}

}  // namespace larder
