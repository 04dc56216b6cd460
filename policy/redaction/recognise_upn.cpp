// Unique pupil numbers: a check letter, eleven digits and a digit or letter, as one word or in groups. After the word UPN a number that
// fails its check is hidden too.
#include "policy/minimise/identifiers.hpp"
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_upn(const Shadow& shadow, std::size_t token, Identifier& found) {
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  std::size_t first = token;
  // `A 8872 1731 5048`: the letter stands alone before the digits.
  if (first > 0 && tokens[first - 1].size() == 1 && tokens[first - 1].letters && tokens[token].begin == tokens[first - 1].end + 1) --first;
  std::string upn;
  std::size_t last = first;
  for (; last < tokens.size() && upn.size() < 13; ++last) {
    if (last > first && tokens[last].begin != tokens[last - 1].end + 1) break;
    if (last > first && text[tokens[last].begin - 1] != ' ' && text[tokens[last].begin - 1] != '-') break;
    upn += shadow.word(tokens[last]);
  }
  if (upn.size() != 13) return false;
  upn = policy::bare_identifier(upn);
  for (std::size_t i = 1; i < 12 && i < upn.size(); ++i) {  // what a scanner makes of 0 and 1
    if (upn[i] == 'O') upn[i] = '0';
    if (upn[i] == 'I' || upn[i] == 'L') upn[i] = '1';
  }
  const bool valid = policy::valid_upn(upn);
  if (!valid) {
    bool shaped = upn.size() == 13 && upn[0] >= 'A' && upn[0] <= 'Z';
    for (std::size_t i = 1; shaped && i < 12; ++i) shaped = upn[i] >= '0' && upn[i] <= '9';
    if (!shaped) return false;
  }
  found = {tokens[first].begin, tokens[last - 1].end, IdKind::upn, valid ? 0.99 : 0.8};
  return true;
}

}  // namespace gatehouse::redaction
