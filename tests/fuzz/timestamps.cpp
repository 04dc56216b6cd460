// Dates and moments as partners write them: a day is read from its one spelling, and a moment means the same when it is printed in UTC.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "policy/decision/case.hpp"

using namespace gatehouse::policy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto date = read_date(text); date && (!date->ok() || to_text(*date) != text)) std::abort();
  if (const auto at = read_instant(text)) {
    const auto again = read_instant(to_text(*at));
    if (!again || *again != *at) std::abort();
    if (text.ends_with('Z') && text.size() == 20 && text[10] == 'T' && to_text(*at) != text) std::abort();
  }
  return 0;
}
