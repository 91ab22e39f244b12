// JSON from strangers: one way to write a thing, bounded, nothing unknown. Built on Boost.JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/digest.h"

namespace larder::trust {

/// Parses one object that fills `text`. Empty, and a sentence in `why`, if it is longer than
/// `limit_bytes`, nested deeper than eight levels, no UTF-8, no JSON object, or names a member
/// twice: readers that take the first and readers that take the last must not disagree.
[[nodiscard]] std::optional<boost::json::object> parse_strictly(std::string_view text,
                                                                std::size_t limit_bytes,
                                                                std::string* why);

/// Reads an object member by member. A member that is missing, of another type or out of bounds
/// makes the whole reading fail; so does one that nobody asked for.
class Members {
 public:
  /// `object` must live as long as this.
  explicit Members(const boost::json::object& object) : object_(object) {}

  [[nodiscard]] bool has(std::string_view name) const { return object_.contains(name); }
  /// Control characters are refused: these texts end in logs and terminals.
  std::string text(std::string_view name, std::size_t limit_bytes);
  /// A text that is a document of its own: control characters are its reader's business.
  std::string document(std::string_view name);
  /// From 0 to `most`, by default what every JSON reader represents exactly.
  std::uint64_t number(std::string_view name, std::uint64_t most = (std::uint64_t{1} << 53) - 1);
  Digest digest(std::string_view name);
  /// 2 × into.size() hex digits.
  void hex(std::string_view name, std::span<std::byte> into);
  const boost::json::object& object(std::string_view name);
  const boost::json::array& array(std::string_view name, std::size_t most_items);

  /// A rule of the caller's.
  void require(bool holds, std::string_view sentence);

  /// After the last member. False, and a sentence in `why`, if anything was wrong.
  [[nodiscard]] bool finish(std::string* why);
  /// Whether nothing was wrong so far.
  [[nodiscard]] bool good() const noexcept { return wrong_.empty(); }

 private:
  const boost::json::value* find(std::string_view name, std::string_view kind,
                                 bool (*is)(const boost::json::value&));

  const boost::json::object& object_;
  std::size_t read_ = 0;
  std::string wrong_;
};

}  // namespace larder::trust
