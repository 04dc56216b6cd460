// A manifest that is read is written again byte for byte: there is one spelling of each.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto read = gatehouse::crypto::read_manifest(text); read && gatehouse::crypto::to_canonical_json(*read) != text) std::abort();
  return 0;
}
