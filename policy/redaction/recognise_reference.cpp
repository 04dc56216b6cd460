// Case, crime, court, police and other references: letters and digits mixed, or digits in groups with strokes, after a word such as
// "ref", or of a shape that nothing else has.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_reference(const Shadow& shadow, std::size_t token, Identifier& found) {
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  const auto joins = [&](std::size_t left, std::size_t right) {
    return tokens[right].begin == tokens[left].end + 1 &&
           (text[tokens[left].end] == '/' || text[tokens[left].end] == '-' || text[tokens[left].end] == '.' || text[tokens[left].end] == '_');
  };
  std::size_t first = token, last = token;
  while (first > 0 && joins(first - 1, first) && !tokens[first - 1].taken) --first;
  while (last + 1 < tokens.size() && joins(last, last + 1)) ++last;
  std::size_t digits = 0, letters = 0, strokes = 0;
  for (std::size_t i = tokens[first].begin; i < tokens[last].end; ++i) {
    if (text[i] >= '0' && text[i] <= '9') ++digits;
    else if (text[i] == '/' || text[i] == '-') ++strokes;
    else if (text[i] != '.' && text[i] != '_') ++letters;
  }
  const std::size_t size = tokens[last].end - tokens[first].begin;
  if (size < 4 || size > 40 || digits < 2) return false;
  const Around around(shadow, first);
  const bool named = around.cue("ref refs reference case crime log incident cad urn court file claim warrant licence license passport id laestab "
                                "number no num custody docket serial collar badge membership policy tenancy rent council benefit", 3);
  const bool strong = around.cue("ref refs reference crime cad urn warrant passport licence license claim docket laestab", 4);
  // `s.47`, `4.15pm`, `9-month`, `20-page`, `1/2`: measures and sections are no references.
  const bool shaped = (digits >= 5 && (strokes >= 1 || letters >= 1)) || (letters >= 2 && digits >= 4);
  const bool ordinal = tokens[token].letters && first == last && digits <= 4 && (shadow.word(tokens[token]).ends_with("pm") || shadow.word(tokens[token]).ends_with("am") ||
                       shadow.word(tokens[token]).ends_with("th") || shadow.word(tokens[token]).ends_with("st") || shadow.word(tokens[token]).ends_with("nd") ||
                       shadow.word(tokens[token]).ends_with("rd") || shadow.word(tokens[token]).ends_with("s"));
  if (ordinal) return false;
  if (shaped || (strong && digits >= 3) || (named && digits >= 4)) {
    found = {tokens[first].begin, tokens[last].end, IdKind::reference, shaped && named ? 0.95 : named ? 0.85 : 0.75};
    return true;
  }
  return false;
}

}  // namespace gatehouse::redaction
