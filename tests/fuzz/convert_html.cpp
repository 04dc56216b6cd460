// Any bytes as a page: an answer or a refusal, never a crash. What was read is within the limits of the model, and a page written from it says the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/convert/collect.hpp"

using namespace gatehouse;

namespace {

std::string letters(const convert::Read& read) {
  std::string out;
  for (const auto& part : read.parts)
    if (part.carried)
      for (const auto& block : part.blocks)
        for (const auto& cell : block.cells)
          for (const char c : cell)
            if (static_cast<unsigned char>(c) > 0x20) out += c;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto said = convert::Format::html;
  const auto reading = convert::read(bytes, &said);
  const std::string json = documents::to_json(reading);
  const auto taken = documents::read_reading(json);
  if (!taken || documents::to_json(*taken) != json) std::abort();
  if (!reading) return 0;
  const auto page = convert::write(*reading, "Case 17");
  if (!page) std::abort();
  const auto again = convert::read(*page, &said);
  // What we write may be longer than what we read, and then too long; otherwise it says the same.
  if (!again && again.error().code != "too_large") std::abort();
  if (again && letters(*again) != letters(*reading)) std::abort();
  return 0;
}
