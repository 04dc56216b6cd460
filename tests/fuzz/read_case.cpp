// Any bytes as a case: read or refused, never more. What was read is written and read again as itself.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/decision/case.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::policy;
  const auto question = read_case({reinterpret_cast<const char*>(data), size});
  if (!question) {
    if (question.error().where.empty() || question.error().what.empty()) std::abort();
    return 0;
  }
  const auto again = read_case(to_json(*question));
  if (!again || *again != *question) std::abort();
  return 0;
}
