// Any bytes as a text, and as a line of NDJSON: no crash, spans that reproduce the output, and idempotent refusals.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/redaction/redact.hpp"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const auto people = redaction::PreparedPeople::prepare({{"child", {"Kuba Wilczek"}, "self", "family", {"999 000 0018"}},
                                                                 {"mother", {"Dorota Wilczek", "DW"}, "mother", "family", {"07700 900201"}},
                                                                 {"gran", {"Mary-Ann O'Shea"}, "maternal grandmother", "family", {}},
                                                                 {"partner", {"Mark Tennant"}, "mother's partner", "other", {}}});
  if (!people) std::abort();
  for (const auto mode : {redaction::Mode::third_party, redaction::Mode::anonymise}) {
    redaction::Release release;
    release.mode = mode;
    release.subject = "child";
    release.recipient = "mash";
    for (const auto& result : redaction::redact(*people, release, {redaction::Text{"d", bytes}}))
      if (result) {
        std::size_t last = 0;
        for (const auto& span : result->spans) {
          if (span.start < last || span.end <= span.start) std::abort();
          last = span.end;
        }
      }
  }
  if (const auto document = redaction::read_document(bytes)) (void)redaction::redact({*document});
  return 0;
}
