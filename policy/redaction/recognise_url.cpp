// Web addresses: with a scheme, or from www. on.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_url(const Shadow& shadow, std::size_t token, Identifier& found) {
  const std::string_view text = shadow.folded();
  const Token& at = shadow.tokens()[token];
  const std::string_view one = shadow.word(at);
  const bool scheme = (one == "http" || one == "https") && text.substr(at.end, 3) == "://";
  const bool bare = one == "www" && at.end < text.size() && text[at.end] == '.';
  if (!scheme && !bare) return false;
  std::size_t end = at.end;
  while (end < text.size() && static_cast<unsigned char>(text[end]) > 0x20 && text[end] != '"' && text[end] != '<' && text[end] != '>' && text[end] != ']') ++end;
  while (end > at.end && (text[end - 1] == '.' || text[end - 1] == ',' || text[end - 1] == ')' || text[end - 1] == ';' || text[end - 1] == ':' || text[end - 1] == '\'')) --end;
  if (end < at.end + 4) return false;
  found = {at.begin, static_cast<std::uint32_t>(end), IdKind::url, 0.97};
  return true;
}

}  // namespace gatehouse::redaction
