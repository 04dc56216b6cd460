#include "crypto/utf8.hpp"

#include <cstdint>

namespace gatehouse::crypto {

bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto* const end = p + text.size();
  while (p != end) {
    const std::uint8_t lead = *p++;
    if (lead < 0x80) continue;
    int more = 0;
    std::uint8_t low = 0x80, high = 0xbf;  // bounds of the second byte
    if (lead >= 0xc2 && lead <= 0xdf) {
      more = 1;
    } else if (lead >= 0xe0 && lead <= 0xef) {
      more = 2;
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      more = 3;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    for (; more > 0; --more) {
      if (p == end || *p < low || *p > high) return false;
      low = 0x80;
      high = 0xbf;
      ++p;
    }
  }
  return true;
}

}  // namespace gatehouse::crypto
