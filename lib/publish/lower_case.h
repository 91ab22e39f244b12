// Lower case as JavaScript's String.prototype.toLowerCase makes it: independent of any locale, with
// the special cases of Unicode (a dotted capital I becomes two characters; a capital sigma at the
// end of a word becomes a final sigma).
#pragma once

#include <string>
#include <string_view>

namespace larder::publish {

/// `text` must be valid UTF-8. Throws std::bad_alloc.
[[nodiscard]] std::string to_lower_case(std::string_view text);

}  // namespace larder::publish
