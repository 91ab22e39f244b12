// Rows and changes of the index, as values. Store-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "base/digest.h"
#include "base/object_key.h"
#include "store/record.h"
#include "store/tally.h"

namespace larder::store {

struct Place {
  SegmentId segment = 0;
  std::uint64_t offset = 0;  ///< of the record's header
  std::uint64_t length = 0;  ///< of the payload
  friend bool operator==(const Place&, const Place&) = default;
};

/// An object and where it is.
struct Found {
  Digest digest;
  Place place;
};

enum class SegmentState : std::uint32_t {
  active = 0,  ///< may hold records without rows, from indexed_end on
  idle = 1,    ///< all records have rows; the next appender goes on at indexed_end
  full = 2,    ///< all records have rows; nobody appends
};

struct SegmentRow {
  SegmentId id = 0;
  SegmentKind kind = SegmentKind::shared;
  SegmentState state = SegmentState::active;
  std::uint64_t indexed_end = kFirstRecord;
};

/// An object that has a row already keeps that row.
struct ObjectAdded {
  Digest digest;
  Place place;
};
/// Replaces what the claim named before.
struct ClaimAdded {
  ObjectKey claim;
  Digest digest;
};
/// With its claims.
struct ObjectDropped {
  Digest digest;
};
/// As ObjectDropped, if the object is still there.
struct PlaceForgotten {
  Digest digest;
  Place place;
};
/// With its objects.
struct SegmentForgotten {
  SegmentId id = 0;
};
/// Added to the sums over the store's life.
struct Counted {
  std::shared_ptr<const Tally> tally;
};
/// What happened; a sequence of them is applied in order.
using Change =
    std::variant<ObjectAdded, ClaimAdded, ObjectDropped, PlaceForgotten, SegmentForgotten, Counted>;

struct IndexFigures {
  std::uint64_t segments = 0;
  std::uint64_t objects = 0;
  std::uint64_t object_bytes = 0;
  std::uint64_t claims = 0;
};

}  // namespace larder::store
