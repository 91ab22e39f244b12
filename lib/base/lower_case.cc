#include "base/lower_case.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/utf8.h"

namespace larder {
namespace {

struct LowerCaseRun {
  char32_t first;
  char32_t last;
  unsigned step;  ///< 2: every other code point
  int distance;
};

struct CodePointRange {
  char32_t first;
  char32_t last;
};

#include "base/lower_case_data.inc"

constexpr char32_t kDottedCapitalI = 0x130;
constexpr std::string_view kDottedSmallI = "i\xcc\x87";
constexpr char32_t kCapitalSigma = 0x3a3;
constexpr std::string_view kSmallSigma = "\xcf\x83";
constexpr std::string_view kFinalSigma = "\xcf\x82";

/// The last run or range that begins at or before `c`, or null.
template <class Row, std::size_t count>
const Row* row_before(const Row (&rows)[count], char32_t c) noexcept {
  const Row* const after =
      std::upper_bound(std::begin(rows), std::end(rows), c,
                       [](char32_t value, const Row& row) { return value < row.first; });
  return after == std::begin(rows) ? nullptr : after - 1;
}

template <std::size_t count>
bool is_in(const CodePointRange (&ranges)[count], char32_t c) noexcept {
  const CodePointRange* range = row_before(ranges, c);
  return range && c <= range->last;
}

char32_t lower_of(char32_t c) noexcept {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  const LowerCaseRun* run = row_before(kLowerCaseRuns, c);
  if (!run || c > run->last || (c - run->first) % run->step != 0) return c;
  return static_cast<char32_t>(static_cast<int>(c) + run->distance);
}

/// Whether the next character from `at` on that matters for words is a letter with case.
bool cased_follows(std::string_view text, std::size_t at) noexcept {
  while (at < text.size()) {
    const CodePoint next = decode_utf8(text, at);
    if (next.length == 0) return false;
    if (!is_in(kCaseIgnorable, next.value)) return is_in(kCased, next.value);
    at += next.length;
  }
  return false;
}

/// As above, backwards from before `at`.
bool cased_precedes(std::string_view text, std::size_t at) noexcept {
  while (at > 0) {
    do {
      --at;
    } while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    const CodePoint last = decode_utf8(text, at);
    if (last.length == 0) return false;
    if (!is_in(kCaseIgnorable, last.value)) return is_in(kCased, last.value);
  }
  return false;
}

bool changes(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    if (c.value == kDottedCapitalI || c.value == kCapitalSigma || lower_of(c.value) != c.value)
      return true;
    at += std::max(c.length, 1u);
  }
  return false;
}

/// What the character at `text[at]` becomes, written to `into` if it has no bytes of its own.
std::string_view lowered(std::string_view text, std::size_t at, const CodePoint& c,
                         char (&into)[4]) noexcept {
  if (c.length == 0) return text.substr(at, 1);
  if (c.value == kDottedCapitalI) return kDottedSmallI;
  if (c.value == kCapitalSigma) {
    const bool final = cased_precedes(text, at) && !cased_follows(text, at + c.length);
    return final ? kFinalSigma : kSmallSigma;
  }
  return {into, encode_utf8(lower_of(c.value), into)};
}

}  // namespace

std::optional<std::string_view> to_lower_case(std::string_view text,
                                              std::span<char> buffer) noexcept {
  if (!changes(text)) return text;
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode_utf8(text, at);
    char encoded[4];
    const std::string_view bytes = lowered(text, at, c, encoded);
    if (bytes.size() > buffer.size() - size) return std::nullopt;
    std::memcpy(buffer.data() + size, bytes.data(), bytes.size());
    size += bytes.size();
    at += std::max(c.length, 1u);
  }
  return std::string_view(buffer.data(), size);
}

}  // namespace larder
