// Any bytes as config/authzen.json: read or refused with a place, never more.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/partner_api/access_words.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto words = gatehouse::gateway::read_access_words({reinterpret_cast<const char*>(data), size});
  if (!words) {
    if (words.error().where.empty() || words.error().what.empty()) std::abort();
    return 0;
  }
  if (words->size() > 500) std::abort();
  for (const auto& word : *words)
    if (word.when.empty() || word.patch.empty() || word.patch.front() != '{') std::abort();
  return 0;
}
