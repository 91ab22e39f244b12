// Whatever the bytes: documents that are written as they were read, or refusals with a reason.
#include <cstdint>
#include <string>

#include "fuzz/require.h"
#include "trust/envelope.h"
#include "trust/head.h"
#include "trust/root.h"

using namespace larder::trust;

namespace {

/// What a reader took must survive being written.
template <class Document>
void check(std::string_view text) {
  std::string why;
  const auto document = Document::parse(text, &why);
  require(document.has_value() == why.empty());
  if (!document) return;
  const auto again = Document::parse(document->serialise(), &why);
  require(again && *again == *document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check<Head>(text);
  check<Root>(text);
  std::string why;
  const auto envelope = Envelope::parse(text, &why);
  require(envelope.has_value() == why.empty());
  if (!envelope) return 0;
  const auto again = Envelope::parse(envelope->serialise(), &why);
  require(again && again->text == envelope->text &&
          again->signatures.size() == envelope->signatures.size());
  check<Head>(envelope->text);
  check<Root>(envelope->text);
  return 0;
}
