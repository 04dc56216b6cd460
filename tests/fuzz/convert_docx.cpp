// Any bytes as the document part of a Word file, and as the file itself. What was read is within the limits of the model; a document written from it is
// read again, and says the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/convert/collect.hpp"

using namespace gatehouse;

namespace {

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) ? 0xedb88320u : 0u);
  }
  return ~crc;
}

// A package of two parts, unpacked (APPNOTE.TXT 4.3).
std::string package(std::string_view document) {
  const std::string types =
      "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/word/document.xml\" "
      "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
  std::string out, list;
  for (const auto& [name, bytes] : {std::pair<std::string_view, std::string_view>{"[Content_Types].xml", types}, {"word/document.xml", document}}) {
    const auto at = static_cast<std::uint32_t>(out.size());
    std::string common;
    put(common, 20, 2), put(common, 0, 2), put(common, 0, 2), put(common, 0x00210000, 4), put(common, crc_of(bytes), 4);
    put(common, static_cast<std::uint32_t>(bytes.size()), 4), put(common, static_cast<std::uint32_t>(bytes.size()), 4);
    put(common, static_cast<std::uint32_t>(name.size()), 2), put(common, 0, 2);
    out.append("PK\x03\x04", 4).append(common).append(name).append(bytes);
    list.append("PK\x01\x02", 4);
    put(list, 20, 2);
    list += common;
    put(list, 0, 4), put(list, 0, 2), put(list, 0, 4), put(list, at, 4);
    list += name;
  }
  const auto start = static_cast<std::uint32_t>(out.size());
  out.append(list).append("PK\x05\x06", 4);
  put(out, 0, 4), put(out, 2, 2), put(out, 2, 2), put(out, static_cast<std::uint32_t>(list.size()), 4), put(out, start, 4), put(out, 0, 2);
  return out;
}

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

void look(std::string_view file) {
  const auto said = convert::Format::docx;
  const auto reading = convert::read(file, &said);
  const std::string json = documents::to_json(reading);
  const auto taken = documents::read_reading(json);
  if (!taken || documents::to_json(*taken) != json) std::abort();
  if (!reading || reading->blocked()) return;
  const auto written = convert::write(*reading, "Case 17");
  if (!written) std::abort();
  const auto again = convert::read(*written, &said);
  if (!again && again.error().code != "too_large") std::abort();
  if (again && !again->blocked() && letters(*again) != letters(*reading)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  look(bytes);
  look(package(bytes));
  return 0;
}
