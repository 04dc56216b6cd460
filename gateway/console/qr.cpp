#include "gateway/console/qr.hpp"

#include <qrencode.h>

#include <memory>
#include <string>

namespace gatehouse::gateway::console {

Html qr_code(std::string_view text, std::string_view label) {
  const std::string copy(text);
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(copy.c_str(), 0, QR_ECLEVEL_M), QRcode_free);
  if (!code) return {};
  // One path: a square for each dark module, with the four modules of quiet zone that ISO/IEC 18004 asks for.
  std::string squares;
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width; ++x)
      if ((code->data[y * code->width + x] & 1) != 0) squares += "M" + std::to_string(x + 4) + " " + std::to_string(y + 4) + "h1v1h-1z";
  const int size = code->width + 8;
  return html("<svg class=\"gh-qr\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\" width=\"240\" height=\"240\"><rect width=\"100%\" height=\"100%\" "
              "fill=\"#fff\"/><path d=\"{}\" fill=\"#000\"/></svg>",
              label, size, size, squares);
}

}  // namespace gatehouse::gateway::console
