// Any bytes as a message. What was read is within the limits of the model; a message written from it is one again, and has no header but ours.
#include <gmime/gmime.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/convert/collect.hpp"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = (g_mime_init(), true);
  (void)started;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto said = convert::Format::email;
  const auto reading = convert::read(bytes, &said);
  const std::string json = documents::to_json(reading);
  const auto taken = documents::read_reading(json);
  if (!taken || documents::to_json(*taken) != json) std::abort();
  if (!reading) return 0;
  const auto message = convert::write(*reading, "Case 17");
  if (!message) return 0;
  const auto head = message->substr(0, message->find("\n\n"));
  for (std::size_t at = 0; at < head.size();) {
    const auto line = std::string_view(head).substr(at, head.find('\n', at) - at);
    at += line.size() + 1;
    bool ours = line.starts_with(" ") || line.starts_with("\t");
    for (const char* name : {"From: ", "Subject:", "MIME-Version: ", "Content-Type: ", "Content-Transfer-Encoding: "}) ours = ours || line.starts_with(name);
    if (!ours) std::abort();
  }
  const auto again = convert::read(*message, &said);
  if (!again && again.error().code != "too_large") std::abort();
  return 0;
}
