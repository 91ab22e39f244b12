// Findings in words.
#include "digest/hex.h"
#include "store/verify.h"

namespace larder::store {
namespace {

using Kind = Finding::Kind;

std::string objects(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " object" : " objects");
}

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::index_damaged: return "index_damaged";
    case Kind::counters_wrong: return "counters_wrong";
    case Kind::claims_to_nothing: return "claims_to_nothing";
    case Kind::segment_missing: return "segment_missing";
    case Kind::segment_orphaned: return "segment_orphaned";
    case Kind::segment_unreadable: return "segment_unreadable";
    case Kind::segment_newer: return "segment_newer";
    case Kind::records_without_row: return "records_without_row";
    case Kind::object_damaged: return "object_damaged";
  }
  return "unknown";
}

std::string describe(const Finding& finding) {
  const std::string segment = "segment " + std::to_string(finding.segment);
  switch (finding.kind) {
    case Kind::index_damaged: return "the index is damaged or missing";
    case Kind::counters_wrong: return "the index miscounts what it holds";
    case Kind::claims_to_nothing:
      return std::to_string(finding.count) +
             (finding.count == 1 ? " claim names" : " claims name") +
             " an object that is not there";
    case Kind::segment_missing: return segment + " is missing, with " + objects(finding.count);
    case Kind::segment_orphaned: return segment + " is not in the index: " + objects(finding.count);
    case Kind::segment_unreadable:
      return segment + " has a damaged header: " + objects(finding.count);
    case Kind::segment_newer: return segment + " is of a newer version: " + objects(finding.count);
    case Kind::records_without_row:
      return segment + " holds " + objects(finding.count) + " that the index does not know";
    case Kind::object_damaged:
      return "object " + digest::to_hex(finding.object.value_or(Digest()).bytes) + " in " +
             segment + " is damaged";
  }
  return {};
}

}  // namespace larder::store
