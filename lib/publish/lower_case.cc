#include "publish/lower_case.h"

#include <algorithm>
#include <iterator>

#include "filetable/utf8.h"

namespace larder::publish {
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

#include "publish/lower_case_data.inc"

constexpr char32_t kDottedCapitalI = 0x130;
constexpr std::string_view kDottedSmallI = "i\xcc\x87";
constexpr char32_t kCapitalSigma = 0x3a3;
constexpr std::string_view kSmallSigma = "\xcf\x83";
constexpr std::string_view kFinalSigma = "\xcf\x82";

/// The last run or range that begins at or before `c`, or null.
template <class Row, std::size_t count>
const Row* row_before(const Row (&rows)[count], char32_t c) {
  const Row* const after =
      std::upper_bound(std::begin(rows), std::end(rows), c,
                       [](char32_t value, const Row& row) { return value < row.first; });
  return after == std::begin(rows) ? nullptr : after - 1;
}

template <std::size_t count>
bool is_in(const CodePointRange (&ranges)[count], char32_t c) {
  const CodePointRange* range = row_before(ranges, c);
  return range && c <= range->last;
}

char32_t lower_of(char32_t c) {
  const LowerCaseRun* run = row_before(kLowerCaseRuns, c);
  if (!run || c > run->last || (c - run->first) % run->step != 0) return c;
  return static_cast<char32_t>(static_cast<int>(c) + run->distance);
}

void append(std::string& text, char32_t c) {
  const auto tail = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += {static_cast<char>(0xc0 | c >> 6), tail(0)};
  } else if (c < 0x10000) {
    text += {static_cast<char>(0xe0 | c >> 12), tail(6), tail(0)};
  } else {
    text += {static_cast<char>(0xf0 | c >> 18), tail(12), tail(6), tail(0)};
  }
}

/// Whether the next character from `at` on that matters for words is a letter with case.
bool cased_follows(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const filetable::CodePoint next = filetable::decode_utf8(text, at);
    if (!is_in(kCaseIgnorable, next.value)) return is_in(kCased, next.value);
    at += next.length;
  }
  return false;
}

/// As above, backwards from before `at`.
bool cased_precedes(std::string_view text, std::size_t at) {
  while (at > 0) {
    do {
      --at;
    } while ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    const char32_t c = filetable::decode_utf8(text, at).value;
    if (!is_in(kCaseIgnorable, c)) return is_in(kCased, c);
  }
  return false;
}

}  // namespace

std::string to_lower_case(std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const filetable::CodePoint c = filetable::decode_utf8(text, at);
    const std::size_t next = at + c.length;
    if (c.value < 0x80) {
      const auto ascii = static_cast<char>(c.value);
      lower += ascii >= 'A' && ascii <= 'Z' ? static_cast<char>(ascii + ('a' - 'A')) : ascii;
    } else if (c.value == kDottedCapitalI) {
      lower += kDottedSmallI;
    } else if (c.value == kCapitalSigma) {
      const bool final = cased_precedes(text, at) && !cased_follows(text, next);
      lower += final ? kFinalSigma : kSmallSigma;
    } else {
      append(lower, lower_of(c.value));
    }
    at = next;
  }
  return lower;
}

}  // namespace larder::publish
