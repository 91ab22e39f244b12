#include "publish/sealed_text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <span>

#include "digest/hex.h"

namespace larder::publish {
namespace {

std::uint64_t sum_of(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

}  // namespace

void seal(std::string& text) {
  append_value(text, sum_of(text));
}

std::optional<std::string_view> open_sealed(std::string_view text, std::string_view first_line) {
  std::uint64_t expected = 0;
  if (text.size() < first_line.size() + sizeof expected || !text.starts_with(first_line))
    return std::nullopt;
  std::string_view sum = text.substr(text.size() - sizeof expected);
  text.remove_suffix(sizeof expected);
  if (!take_value(sum, expected) || sum_of(text) != expected) return std::nullopt;
  text.remove_prefix(first_line.size());
  return text;
}

std::string name_after(std::string_view subject) {
  const std::uint64_t sum = sum_of(subject);
  return digest::to_hex(std::as_bytes(std::span(&sum, 1)));
}

}  // namespace larder::publish
