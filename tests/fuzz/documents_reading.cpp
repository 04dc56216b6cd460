// What the reader of documents answers is as hostile as the file it read: any bytes as an answer. What is taken writes back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/documents/model.hpp"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto reading = documents::read_reading(bytes);
  if (!reading) return 0;
  const std::string again = documents::to_json(*reading);
  const auto second = documents::read_reading(again);
  if (!second || documents::to_json(*second) != again) std::abort();
  return 0;
}
