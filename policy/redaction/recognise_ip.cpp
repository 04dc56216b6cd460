// IPv4 addresses, and IPv6 addresses of at least four groups.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_ip(const Shadow& shadow, std::size_t token, Identifier& found) {
  const std::string_view text = shadow.folded();
  const auto& tokens = shadow.tokens();
  const auto number = [&](const Token& t) {
    if (t.letters || t.size() > 3) return 999;
    int value = 0;
    for (const char c : shadow.word(t)) value = value * 10 + (c - '0');
    return value;
  };
  if (token + 3 < tokens.size() && number(tokens[token]) < 256) {
    bool dotted = true;
    for (std::size_t i = 1; i < 4 && dotted; ++i)
      dotted = number(tokens[token + i]) < 256 && tokens[token + i].begin == tokens[token + i - 1].end + 1 && text[tokens[token + i].begin - 1] == '.';
    const bool goes_on = token + 4 < tokens.size() && tokens[token + 4].begin == tokens[token + 3].end + 1 && text[tokens[token + 3].end] == '.';
    if (dotted && !goes_on) {
      found = {tokens[token].begin, tokens[token + 3].end, IdKind::ip, 0.9};
      return true;
    }
  }
  std::size_t groups = 0, last = token;
  for (std::size_t i = token; i < tokens.size(); ++i) {
    if (i > token) {
      const std::string_view gap = text.substr(tokens[i - 1].end, tokens[i].begin - tokens[i - 1].end);
      if (gap != ":" && gap != "::") break;
    }
    if (tokens[i].size() > 4 || shadow.word(tokens[i]).find_first_not_of("0123456789abcdef") != std::string_view::npos) break;
    ++groups;
    last = i;
  }
  if (groups < 4) return false;
  found = {tokens[token].begin, tokens[last].end, IdKind::ip, 0.85};
  return true;
}

}  // namespace gatehouse::redaction
