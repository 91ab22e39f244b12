#include "filetable/laya_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <exception>
#include <limits>

#include "digest/hash.h"
#include "filetable/laya_format.h"
#include "filetable/laya_reader.h"

namespace larder::filetable {
namespace {

constexpr std::uint32_t kRowsPerBucket = 4;  // on average, when ids are spread as CRCs are
constexpr std::uint32_t kFewRows = 24;       // up to here, going through them beats jumping about

// Rows are counted in 32 bits, and a row of a text table can be as short as "0 0\n".
constexpr std::uint64_t kMaxFileBytes =
    std::uint64_t{4} * std::numeric_limits<std::uint32_t>::max();

constexpr std::uint64_t row_of(std::uint32_t path_id, std::uint32_t checksum) noexcept {
  return std::uint64_t{path_id} << 32 | checksum;
}
constexpr std::uint32_t id_of(std::uint64_t row) noexcept {
  return static_cast<std::uint32_t>(row >> 32);
}
constexpr std::uint32_t checksum_of(std::uint64_t row) noexcept {
  return static_cast<std::uint32_t>(row);
}

constexpr unsigned kCoarseBits = 8;  // so many stretches are written side by side without thrashing

void sort_bucket(std::uint64_t* first, std::uint64_t* last) noexcept {
  if (last - first > kFewRows) {
    std::sort(first, last);
    return;
  }
  for (std::uint64_t* next = first + 1; next < last; ++next) {
    const std::uint64_t row = *next;
    std::uint64_t* hole = next;
    for (; hole != first && hole[-1] > row; --hole) *hole = hole[-1];
    *hole = row;
  }
}

/// Sorts `rows` in linear time into buckets by `bits` bits from `shift` up, in place by way of
/// `aside`, and each bucket. Appends the buckets' ends, counted from `before`, to `ends`.
void sort_stretch(std::span<std::uint64_t> rows, unsigned shift, unsigned bits,
                  std::vector<std::uint64_t>& aside, std::vector<std::uint32_t>& places,
                  std::uint32_t before, std::uint32_t* ends) {
  const std::size_t buckets = std::size_t{1} << bits;
  const auto bucket_of = [&](std::uint64_t row) { return (row >> shift) & (buckets - 1); };
  aside.assign(rows.begin(), rows.end());
  // Counted two places ahead, so that summed up the starts are one place ahead; the distribution
  // moves each to its bucket's end.
  places.assign(buckets + 2, 0);
  for (const std::uint64_t row : aside) ++places[bucket_of(row) + 2];
  for (std::size_t i = 2; i < places.size(); ++i) places[i] += places[i - 1];
  for (const std::uint64_t row : aside) rows[places[bucket_of(row) + 1]++] = row;
  for (std::size_t i = 0; i < buckets; ++i) {
    sort_bucket(rows.data() + places[i], rows.data() + places[i + 1]);
    ends[i] = before + places[i + 1];
  }
}

}  // namespace

/// Distributes the rows by the top bits of their ids, first coarsely, then each stretch finely, so
/// that the work stays in the caches. Linear for ids spread like CRCs, n log n for any others.
template <class RowAt>
void LayaTable::sort_rows(std::uint32_t count, RowAt row_at) {
  const unsigned bits = static_cast<unsigned>(std::bit_width(count / kRowsPerBucket)) + 1;
  const unsigned coarse_bits = std::min(bits, kCoarseBits);
  const unsigned fine_bits = bits - coarse_bits;
  const unsigned coarse_shift = 64 - coarse_bits;
  shift_ = 64 - bits;

  std::array<std::uint32_t, (1u << kCoarseBits) + 2> places{};  // as in sort_stretch
  for (std::uint32_t i = 0; i < count; ++i) ++places[(row_at(i) >> coarse_shift) + 2];
  for (std::size_t i = 2; i < places.size(); ++i) places[i] += places[i - 1];
  rows_ = std::make_unique_for_overwrite<std::uint64_t[]>(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint64_t row = row_at(i);
    rows_[places[(row >> coarse_shift) + 1]++] = row;
  }

  starts_.resize((std::size_t{1} << bits) + 1);
  std::vector<std::uint64_t> aside;
  std::vector<std::uint32_t> fine_places;
  for (std::size_t i = 0; i < std::size_t{1} << coarse_bits; ++i)
    sort_stretch({rows_.get() + places[i], places[i + 1] - places[i]}, shift_, fine_bits, aside,
                 fine_places, places[i], &starts_[(i << fine_bits) + 1]);
  row_count_ = count;
}

/// Leaves one row of equal ones and none of contradictory ones.
void LayaTable::settle_duplicates() {
  std::uint64_t* const end = rows_.get() + row_count_;
  const auto same_id = [](std::uint64_t a, std::uint64_t b) { return id_of(a) == id_of(b); };
  std::uint64_t* next = std::adjacent_find(rows_.get(), end, same_id);
  if (next == end) return;
  std::uint64_t* kept = next;
  while (next != end) {
    const std::uint64_t first = *next;
    std::uint64_t last = first;
    while (++next != end && same_id(first, *next)) last = *next;
    // Sorted, so these two differ most; of 0 and 1 the last is what tools write.
    if (digest::laya_xor_equal(checksum_of(first), checksum_of(last)))
      *kept++ = last;
    else
      ambiguous_.push_back(id_of(first));
  }
  row_count_ = static_cast<std::uint32_t>(kept - rows_.get());
  index_rows();
}

void LayaTable::index_rows() {
  std::size_t bucket = 0;  // starts_ are right up to this one
  for (std::uint32_t i = 0; i < row_count_; ++i)
    while (bucket < rows_[i] >> shift_) starts_[++bucket] = i;
  while (bucket + 1 < starts_.size()) starts_[++bucket] = row_count_;
}

Result<LayaTable> LayaTable::parse(std::span<const std::byte> file, const LayaTableLimits& limits,
                                   std::string* why) noexcept try {
  std::string ignored;
  std::string& reason = why ? *why : ignored;
  const std::uint64_t max_bytes = std::min(limits.max_bytes, kMaxFileBytes);
  if (file.size() > max_bytes) {
    reason = "the table has " + std::to_string(file.size()) + " bytes; at most " +
             std::to_string(max_bytes) + " are allowed";
    return errc::too_large;
  }
  LayaContent content;
  if (!read_laya(file, content, reason)) return errc::bad_table;

  LayaTable table;
  table.id_ = std::move(content.id);
  if (const auto binary = content.binary_rows; !binary.empty()) {
    const auto count = static_cast<std::uint32_t>(binary.size() / kRowBytes);
    table.sort_rows(count, [at = binary.data()](std::size_t i) {
      return row_of(load_u32(at + i * kRowBytes), load_u32(at + i * kRowBytes + 4));
    });
  } else {
    const auto& rows = content.text_rows;
    table.sort_rows(static_cast<std::uint32_t>(rows.size()),
                    [&rows](std::size_t i) { return row_of(rows[i].path_id, rows[i].checksum); });
  }
  table.settle_duplicates();
  if (limits.duplicates == Duplicates::refuse && !table.ambiguous_.empty()) {
    reason = std::to_string(table.ambiguous_.size()) +
             " path ids have rows with different checksums, the first is " +
             to_hex(table.ambiguous_.front());
    return errc::bad_table;
  }
  return table;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::optional<std::uint32_t> LayaTable::find(std::uint32_t path_id) const noexcept {
  const std::uint64_t least = row_of(path_id, 0);
  const std::size_t bucket = least >> shift_;
  const std::uint64_t* row = rows_.get() + starts_[bucket];
  const std::uint64_t* const end = rows_.get() + starts_[bucket + 1];
  if (end - row > kFewRows)
    row = std::lower_bound(row, end, least);
  else
    while (row != end && *row < least) ++row;
  if (row == end || id_of(*row) != path_id) return std::nullopt;
  return checksum_of(*row);
}

std::uint64_t LayaTable::size() const noexcept {
  return row_count_;
}

std::string_view LayaTable::id() const noexcept {
  return id_;
}

std::span<const std::uint32_t> LayaTable::ambiguous_ids() const noexcept {
  return ambiguous_;
}

}  // namespace larder::filetable
