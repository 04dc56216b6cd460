// Social media handles: after an @ that is no e-mail address, or one word with an underscore in it.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

bool handle_part(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80; }
bool word_part(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; }

}  // namespace

bool read_handle(const Shadow& shadow, std::size_t sign, Identifier& found) {
  const std::string_view text = shadow.folded();
  std::size_t begin = sign, end = sign + 1;
  if (text[sign] == '@') {
    if (sign > 0 && word_part(text[sign - 1])) return false;
  } else {
    while (begin > 0 && handle_part(text[begin - 1])) --begin;
    if (begin > 0 && text[begin - 1] == '@') return false;  // asked at the @
  }
  while (end < text.size() && handle_part(text[end])) ++end;
  while (end > begin && (text[end - 1] == '.' || (text[sign] != '@' && text[end - 1] == '_'))) --end;
  while (begin < end && text[sign] != '@' && (text[begin] == '_' || text[begin] == '.')) ++begin;
  std::size_t letters = 0;
  for (std::size_t i = begin; i < end; ++i)
    if (word_part(text[i])) ++letters;
  if (letters < 2 || (text[sign] == '_' && (begin >= sign || end <= sign + 1))) return false;
  found = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), IdKind::handle, text[sign] == '@' ? 0.95 : 0.85};
  return true;
}

}  // namespace gatehouse::redaction
