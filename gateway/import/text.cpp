#include "gateway/import/text.hpp"

namespace gatehouse::imports {

bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = byte(i);
    if (c < 0x80) {
      i += 1;
    } else if (c >= 0xC2 && c <= 0xDF && tail(i + 1)) {
      i += 2;
    } else if (c >= 0xE0 && c <= 0xEF && tail(i + 1) && tail(i + 2)) {
      const unsigned char second = byte(i + 1);
      if ((c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F)) return false;
      i += 3;
    } else if (c >= 0xF0 && c <= 0xF4 && tail(i + 1) && tail(i + 2) && tail(i + 3)) {
      const unsigned char second = byte(i + 1);
      if ((c == 0xF0 && second < 0x90) || (c == 0xF4 && second > 0x8F)) return false;
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;  // U+0080 to U+009F
  }
  return false;
}

bool is_one_line(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest || text.front() == ' ' || text.back() == ' ') return false;
  return text.find_first_of("\t\r\n") == std::string_view::npos && is_utf8(text) && !has_control_character(text);
}

}  // namespace gatehouse::imports
