// UK postcodes: a known area, a district, a sector and a unit of the letters that units use.
#include <algorithm>
#include <array>

#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

constexpr std::array<std::string_view, 124> areas = {
    "ab", "al", "b",  "ba", "bb", "bd", "bh", "bl", "bn", "br", "bs", "bt", "ca", "cb", "cf", "ch", "cm", "co", "cr", "ct", "cv",
    "cw", "da", "dd", "de", "dg", "dh", "dl", "dn", "dt", "dy", "e",  "ec", "eh", "en", "ex", "fk", "fy", "g",  "gl", "gu", "gy",
    "ha", "hd", "hg", "hp", "hr", "hs", "hu", "hx", "ig", "im", "ip", "iv", "je", "ka", "kt", "kw", "ky", "l",  "la", "ld", "le",
    "ll", "ln", "ls", "lu", "m",  "me", "mk", "ml", "n",  "ne", "ng", "nn", "np", "nr", "nw", "ol", "ox", "pa", "pe", "ph", "pl",
    "po", "pr", "rg", "rh", "rm", "s",  "sa", "se", "sg", "sk", "sl", "sm", "sn", "so", "sp", "sr", "ss", "st", "sw", "sy", "ta",
    "td", "tf", "tn", "tq", "tr", "ts", "tw", "ub", "w",  "wa", "wc", "wd", "wf", "wn", "wr", "ws", "wv", "yo", "ze"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

bool outward(std::string_view code) {
  std::size_t letters = 0;
  while (letters < code.size() && is_letter(code[letters])) ++letters;
  if (letters == 0 || letters > 2 || code.size() <= letters || code.size() > letters + 2) return false;
  if (!std::binary_search(areas.begin(), areas.end(), code.substr(0, letters))) return false;
  if (!is_digit(code[letters])) return false;
  return code.size() == letters + 1 || is_digit(code[letters + 1]) || is_letter(code[letters + 1]);
}

bool inward(std::string_view code) {
  constexpr std::string_view unit = "abdefghjlnpqrstuwxyz";
  return code.size() == 3 && is_digit(code[0]) && unit.find(code[1]) != std::string_view::npos && unit.find(code[2]) != std::string_view::npos;
}

}  // namespace

bool is_postcode(std::string_view folded) {
  return folded.size() >= 5 && folded.size() <= 7 && outward(folded.substr(0, folded.size() - 3)) && inward(folded.substr(folded.size() - 3));
}

bool read_postcode(const Shadow& shadow, std::size_t token, Identifier& found) {
  const auto& tokens = shadow.tokens();
  const std::string_view one = shadow.word(tokens[token]);
  if (is_postcode(one)) {
    found = {tokens[token].begin, tokens[token].end, IdKind::postcode, 0.95};
    return true;
  }
  if (!outward(one) || token + 1 >= tokens.size() || tokens[token + 1].begin - tokens[token].end > 2) return false;
  std::string next(shadow.word(tokens[token + 1]));
  if (next.size() == 3 && next[0] == 'o') next[0] = '0';
  const char between = shadow.folded()[tokens[token].end];
  if (!inward(next) || (between != ' ' && between != '\n')) return false;  // a line may end inside
  found = {tokens[token].begin, tokens[token + 1].end, IdKind::postcode, 0.97};
  return true;
}

}  // namespace gatehouse::redaction
