// Whatever can be read can be written, and reads the same again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/structured_fields.hpp"

namespace {

using namespace gatehouse::crypto;

template <class Parse>
void twice(Parse parse, std::string_view text) {
  for (const auto repeats : {sf::Repeats::last_wins, sf::Repeats::refuse}) {
    const auto first = parse(text, repeats);
    if (!first) continue;
    const auto written = sf::serialise(*first);
    if (!written) std::abort();
    const auto second = parse(*written, sf::Repeats::refuse);
    if (!second || *second != *first) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  twice([](std::string_view t, sf::Repeats r) { return sf::parse_item(t, r); }, text);
  twice([](std::string_view t, sf::Repeats r) { return sf::parse_list(t, r); }, text);
  twice([](std::string_view t, sf::Repeats r) { return sf::parse_dictionary(t, r); }, text);
  return 0;
}
