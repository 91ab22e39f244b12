// What a head's document says, whoever signed it.
#pragma once

#include <optional>
#include <string_view>

#include "trust/envelope.h"
#include "trust/head.h"

namespace larder::native {

/// Empty if it is malformed. Throws std::bad_alloc.
inline std::optional<trust::Head> read_head(std::string_view document) {
  const auto envelope = trust::Envelope::parse(document, nullptr);
  return envelope ? trust::Head::parse(envelope->text, nullptr) : std::nullopt;
}

}  // namespace larder::native
