// National insurance numbers: two letters of the issued prefixes, six digits in any grouping, A to D. After "NI" or "national insurance"
// any prefix is taken: somebody may have mistyped it.
#include "policy/minimise/identifiers.hpp"
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_nino(const Shadow& shadow, std::size_t token, Identifier& found) {
  const auto& tokens = shadow.tokens();
  std::size_t first = token;
  const bool starts_with_letters = tokens[token].letters;
  if (!starts_with_letters) {
    if (token == 0 || tokens[token - 1].size() != 2 || tokens[token - 1].digits || tokens[token].begin - tokens[token - 1].end > 1) return false;
    --first;
  }
  std::string nino;
  std::size_t last = first;
  for (; last < tokens.size() && nino.size() < 9; ++last) {
    if (last > first && tokens[last].begin - tokens[last - 1].end > 1) break;
    nino += shadow.word(tokens[last]);
  }
  if (nino.size() < 8 || nino.size() > 9) return false;
  nino = policy::bare_identifier(nino);
  if (nino.size() < 8) return false;
  for (std::size_t i = 2; i < 8; ++i) {
    if (nino[i] == 'O') nino[i] = '0';
    if (nino[i] == 'I' || nino[i] == 'L') nino[i] = '1';
    if (nino[i] < '0' || nino[i] > '9') return false;
  }
  if (nino[0] < 'A' || nino[1] < 'A' || (nino.size() == 9 && nino[8] < 'A')) return false;
  const Around around(shadow, first);
  const bool context = around.cue("ni nino insurance national", 4);
  const bool valid = policy::valid_nino(nino);
  if (!valid && !context) return false;
  found = {tokens[first].begin, tokens[last - 1].end, IdKind::nino, valid ? 0.98 : 0.7};
  return true;
}

}  // namespace gatehouse::redaction
