// Rows and changes of the index, as values. Store-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include <larder/network.h>

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
  gone = 3,    ///< holds nothing; its file is to be removed, and then its row
};

struct SegmentRow {
  SegmentId id = 0;
  SegmentKind kind = SegmentKind::shared;
  SegmentState state = SegmentState::active;
  std::uint64_t indexed_end = kFirstRecord;
  std::uint64_t reserved_bytes = 0;  ///< size that its file may reach; 0: not known
  std::uint64_t objects = 0;         ///< kept by the index, not written
  std::uint64_t live_bytes = 0;      ///< payload of its objects; kept by the index, not written
};

/// An object that has a row already keeps that row.
struct ObjectAdded {
  Digest digest;
  Place place;
  Priority priority = Priority::normal;
};
/// The same bytes are elsewhere now. Nothing happens if the object is not at `from` any more.
struct ObjectMoved {
  Digest digest;
  Place from;
  Place to;
};
/// Replaces what the claim named before.
struct ClaimAdded {
  ObjectKey claim;
  Digest digest;
};
/// With its claims. What is pinned stays unless `pinned_too`.
struct ObjectDropped {
  Digest digest;
  bool pinned_too = true;
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
/// Its objects are forgotten; the row stays, as one of SegmentState::gone.
struct SegmentEmptied {
  SegmentId id = 0;
};
/// For rows of an older index, which did not say what they reserve.
struct SegmentSized {
  SegmentId id = 0;
  std::uint64_t reserved_bytes = 0;
};
/// What `key` names, now or later, is never evicted to make room.
struct PinChanged {
  ObjectKey key;
  bool pinned = true;
};
/// What happened; a sequence of them is applied in order.
using Change = std::variant<ObjectAdded, ObjectMoved, ClaimAdded, ObjectDropped, PlaceForgotten,
                            SegmentForgotten, SegmentEmptied, SegmentSized, PinChanged, Counted>;

/// Whether a change has reached the disk when the call returns. One that has not reaches it with
/// the next that has, and before it.
enum class Durable : std::uint8_t { now, later };

struct IndexFigures {
  std::uint64_t segments = 0;
  std::uint64_t objects = 0;
  std::uint64_t object_bytes = 0;
  std::uint64_t claims = 0;
  std::uint64_t singles = 0;         ///< segments of one object
  std::uint64_t reserved_bytes = 0;  ///< by all segments
  std::uint64_t index_bytes = 0;     ///< of the index's file, without free pages
};

}  // namespace larder::store
