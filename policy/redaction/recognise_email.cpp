// E-mail addresses.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

bool local_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '%' || c == '+' || c == '-' || c == '\'' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool host_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool read_email(const Shadow& shadow, std::size_t at_sign, Identifier& found) {
  const std::string_view text = shadow.folded();
  std::size_t begin = at_sign, end = at_sign + 1;
  while (begin > 0 && local_part(text[begin - 1])) --begin;
  while (begin < at_sign && (text[begin] == '.' || text[begin] == '\'' || text[begin] == '-')) ++begin;
  while (end < text.size() && host_part(text[end])) ++end;
  while (end > at_sign && (text[end - 1] == '.' || text[end - 1] == '-')) --end;
  if (begin == at_sign || end <= at_sign + 3) return false;
  const std::string_view host = text.substr(at_sign + 1, end - at_sign - 1);
  if (host.find('.') == std::string_view::npos) return false;
  found = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), IdKind::email, 0.99};
  return true;
}

}  // namespace gatehouse::redaction
