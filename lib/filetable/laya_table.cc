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

constexpr std::uint32_t kRowsPerBucket = 4;  // to 8 on average, when ids are spread as CRCs are
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

// A stretch of so many rows stays in a core's cache while it is distributed; and more stretches
// than the other are not written side by side without thrashing.
constexpr std::uint32_t kRowsOfAStretch = 1u << 15;
constexpr unsigned kMostCoarseBits = 9;

bool same_id(std::uint64_t a, std::uint64_t b) noexcept {
  return id_of(a) == id_of(b);
}

/// Whether two of a few rows have one id.
bool repeats_an_id(std::span<const std::uint64_t> rows) noexcept {
  bool repeats = false;  // without branches, which nobody could predict
  for (std::size_t i = 1; i < rows.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) repeats |= same_id(rows[i], rows[k]);
  return repeats;
}

/// Distributes `rows` in linear time into buckets by `bits` bits from `shift` up, in place by way
/// of `aside`. Writes the buckets' ends, counted from `before`, to `ends`. `places` is room to work
/// in.
void distribute(std::span<std::uint64_t> rows, unsigned shift, unsigned bits,
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
  for (std::size_t i = 0; i < buckets; ++i) ends[i] = before + places[i + 1];
}

}  // namespace

/// Distributes the rows by the top bits of their ids, first coarsely, then each stretch finely, so
/// that the work stays in the caches. Linear for ids spread like CRCs.
template <class RowAt>
void LayaTable::take_rows(std::uint32_t count, RowAt row_at) {
  const auto bits = std::max(1u, static_cast<unsigned>(std::bit_width(count / kRowsPerBucket)));
  const unsigned coarse_bits =
      std::clamp(static_cast<unsigned>(std::bit_width(count / kRowsOfAStretch)), 1u,
                 std::min(bits, kMostCoarseBits));
  const unsigned fine_bits = bits - coarse_bits;
  const unsigned coarse_shift = 64 - coarse_bits;
  shift_ = 64 - bits;
  distinct_ = count;

  std::array<std::uint32_t, (1u << kMostCoarseBits) + 2> places{};  // as in distribute()
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
  for (std::size_t i = 0; i < std::size_t{1} << coarse_bits; ++i) {
    const std::span stretch(rows_.get() + places[i], places[i + 1] - places[i]);
    std::uint32_t* const ends = &starts_[(i << fine_bits) + 1];
    distribute(stretch, shift_, fine_bits, aside, fine_places, places[i], ends);
    for (std::uint32_t* end = ends; end != ends + (std::size_t{1} << fine_bits); ++end)
      settle({rows_.get() + end[-1], *end - end[-1]});
  }
}

/// Large buckets are sorted, small ones only if an id repeats: n log n for ids that are not spread.
void LayaTable::settle(std::span<std::uint64_t> bucket) {
  if (bucket.size() <= kFewRows && !repeats_an_id(bucket)) return;
  std::sort(bucket.begin(), bucket.end());
  for (auto row = bucket.begin(); row != bucket.end();) {
    const auto first = row;
    while (++row != bucket.end() && same_id(*first, *row)) {
    }
    if (row - first == 1) continue;
    // Sorted, so these two differ most; of 0 and 1 the last is what tools write.
    const std::uint64_t last = row[-1];
    const bool agree = digest::laya_xor_equal(checksum_of(*first), checksum_of(last));
    if (!agree) ambiguous_.push_back(id_of(last));
    distinct_ -= static_cast<std::uint32_t>(row - first) - (agree ? 1 : 0);
    std::fill(first, row, last);
  }
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
    table.take_rows(count, [at = binary.data()](std::size_t i) {
      return row_of(load_u32(at + i * kRowBytes), load_u32(at + i * kRowBytes + 4));
    });
  } else {
    const auto& rows = content.text_rows;
    table.take_rows(static_cast<std::uint32_t>(rows.size()),
                    [&rows](std::size_t i) { return row_of(rows[i].path_id, rows[i].checksum); });
  }
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
    while (row != end && id_of(*row) != path_id) ++row;
  if (row == end || id_of(*row) != path_id) return std::nullopt;
  if (std::binary_search(ambiguous_.begin(), ambiguous_.end(), path_id)) return std::nullopt;
  return checksum_of(*row);
}

std::vector<std::uint32_t> LayaTable::path_ids() const {
  std::vector<std::uint32_t> ids;
  for (const std::uint64_t row : std::span(rows_.get(), starts_.back())) ids.push_back(id_of(row));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::erase_if(ids, [this](std::uint32_t id) {
    return std::binary_search(ambiguous_.begin(), ambiguous_.end(), id);
  });
  return ids;
}

std::uint64_t LayaTable::size() const noexcept {
  return distinct_;
}

std::string_view LayaTable::id() const noexcept {
  return id_;
}

std::span<const std::uint32_t> LayaTable::ambiguous_ids() const noexcept {
  return ambiguous_;
}

}  // namespace larder::filetable
