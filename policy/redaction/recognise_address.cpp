// Street addresses as one span: number, street, town, postcode. Found from the house number, from the postcode backwards, or from a
// street word alone.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

bool unit_word(std::string_view word) { return word == "flat" || word == "plot" || word == "unit" || word == "apartment" || word == "apt" || word == "caravan" || word == "room" || word == "pitch" || word == "bay" || word == "berth" || word == "chalet" || word == "bungalow"; }

// Street words that need no number: hardly anything else is called so.
bool strong_street(std::string_view word) {
  return word == "road" || word == "rd" || word == "street" || word == "avenue" || word == "ave" || word == "lane" || word == "crescent" || word == "terrace" || word == "cres" || word == "parade";
}

bool line_break(std::string_view gap) { return gap.find('\n') != std::string_view::npos; }

bool address_gap(std::string_view gap) { return gap == " " || gap == ", " || gap == "," || gap == "-" || gap == "'" || gap == ". " || gap == ",\n" || gap == "\n" || gap == " - "; }

// What may stand in a street's or a town's name.
bool address_word(const Shadow& shadow, const Token& token) {
  if (token.digits) return token.size() <= 5;
  if (token.raised()) return !(token.flags & (word::title | word::month | word::weekday));
  if (token.flags & word::street) return true;
  const std::string_view word = shadow.word(token);
  return word == "the" || word == "of" || word == "on" || word == "s" || word == "upon" || word == "le" || word == "st";
}

// A court that judges, not one of houses: Larkfield Court, but Ankara Administrative Court.
bool court_of_law(std::string_view before) {
  static constexpr std::string_view kinds = " magistrates crown county high supreme family youth district administrative criminal civil commercial military martial law constitutional regional appeal "
                                            "appeals appellate coroner coroners labour security assize sheriff tribunal international european federal central juvenile protection moot trial open ";
  return kinds.find(" " + std::string(before) + " ") != std::string_view::npos;
}

// Whether what stands at token `first` is said to be where somebody is: at, of, to, from, as.
bool around_place(const Shadow& shadow, std::size_t first) {
  const std::string_view word = shadow.word(shadow.tokens()[first - 1]);
  const std::string_view gap = shadow.folded().substr(shadow.tokens()[first - 1].end, shadow.tokens()[first].begin - shadow.tokens()[first - 1].end);
  return (gap == " " || gap == ": " || gap == "\n") && (word == "at" || word == "of" || word == "to" || word == "from" || word == "as" || word == "address" || word == "lives");
}

// Words that call a place safe or secret.
bool secret(const Around& around) {
  return around.cue("refuge safe secret confidential undisclosed hiding hidden", 8);
}

}  // namespace

bool read_address(const Shadow& shadow, std::size_t token, Identifier& found) {
  const auto& tokens = shadow.tokens();
  const Around around(shadow, token);
  const std::string_view number = around.word();
  // 22, 9a, 61-63
  std::size_t digits = 0;
  while (digits < number.size() && number[digits] >= '0' && number[digits] <= '9') ++digits;
  if (digits == 0 || digits > 4 || number.size() > digits + 1) return false;
  // "next door at number 31".
  if (token > 1 && number.size() == digits && digits <= 3 && (shadow.word(tokens[token - 1]) == "number" || shadow.word(tokens[token - 1]) == "no") && around.gap(0).size() <= 2) {
    const std::string_view before = shadow.word(tokens[token - 2]);
    if (before == "at" || before == "from" || before == "in" || before == "of" || before == "to") {
      found = {tokens[token - 1].begin, tokens[token].end, IdKind::address, 0.7};
      return true;
    }
  }
  std::size_t first = token;
  if (token > 0 && unit_word(shadow.word(tokens[token - 1])) && around.gap(0) == " ") {
    first = token - 1;
    if (first > 0 && around.gap(-1) == " " && (shadow.word(tokens[first - 1]) == "basement" || shadow.word(tokens[first - 1]) == "garden" || shadow.word(tokens[first - 1]) == "attic")) --first;
  }
  const bool unit = first < token;
  // Capitalised words up to a street word, at most four; the first may be "the".
  std::size_t at = token + 1, street = 0;
  const std::size_t limit = std::min(tokens.size(), token + (unit ? 9 : 6));
  std::size_t second_number = 0;
  // "lives at 73 vicarage hill": small letters throughout, after a word that an address follows.
  const bool placed = first > 0 && around_place(shadow, first);
  std::size_t small_words = 0;
  bool broken = false;
  for (; at < limit; ++at) {
    const std::string_view gap = shadow.folded().substr(tokens[at - 1].end, tokens[at].begin - tokens[at - 1].end);
    if (!address_gap(gap) || gap == ",\n") break;
    // A line may end inside the street's name.
    if (gap == "\n" && (broken || !tokens[at].raised() || !((tokens[at].flags & word::street) || (at + 1 < tokens.size() && (tokens[at + 1].flags & word::street) && tokens[at + 1].raised())))) break;
    broken = broken || gap == "\n";
    if (gap == ". " && tokens[at - 1].size() > 3) break;
    const Token& here = tokens[at];
    if (here.digits) {
      if (!unit || second_number) break;
      second_number = at;
      continue;
    }
    if (shadow.word(here) == "court" && shadow.word(tokens[at - 1]) == "of") return false;  // rule 1 of the Rules of Court
    if (here.flags & word::street) {
      const bool named = at > token + 1 || (here.raised() && at + 1 < tokens.size());
      if (named && (here.raised() || strong_street(shadow.word(here)) || (placed && small_words > 0 && shadow.word(here) != "house"))) street = at;
      if (placed && street == 0 && small_words == 0 && !here.raised() && at + 1 < tokens.size() && (tokens[at + 1].flags & word::street)) {
        ++small_words;  // station approach, park view
        continue;
      }
      if (street == at && at + 1 < tokens.size() && (tokens[at + 1].flags & word::street) && tokens[at + 1].raised()) continue;
      if (street == at) break;
    }
    if (placed && !here.raised() && here.letters && !here.taken && small_words < 3 && here.size() > 1 && gap != ", " &&
        !(here.flags & (word::where | word::whom | word::modal | word::finite | word::speaks | word::possessive | word::determiner | word::month | word::weekday | word::kin | word::street | word::organisation))) {
      ++small_words;
      continue;
    }
    if (!address_word(shadow, here)) break;
    if (!here.raised() && !(here.flags & word::street) && shadow.word(here) != "the" && shadow.word(here) != "s" && shadow.word(here) != "of") break;
  }
  std::size_t last = street;
  if (street == 0) {
    // "Plot 7, Weald Corner", "5 The Hythe": a unit or "The" and a capital.
    if (unit && token + 1 < tokens.size() && tokens[token + 1].raised() && address_gap(around.gap(1)) && !line_break(around.gap(1))) {
      last = token + 1;
      while (last + 1 < tokens.size() && last < token + 4 && tokens[last + 1].raised() && shadow.folded().substr(tokens[last].end, tokens[last + 1].begin - tokens[last].end) == " ") ++last;
    } else if (around.has(2) && around.word(1) == "the" && around.token(1).raised() && around.token(2).raised() && around.blank(1) && around.blank(2)) {
      last = token + 2;
    } else if (unit && shadow.word(tokens[first]) != "room" && shadow.word(tokens[first]) != "unit" && shadow.word(tokens[first]) != "bay") {
      last = token;
    } else {
      return false;
    }
  }
  // The house's own name or a flat before the number: `Flat 4, 61 Quay Street`, `Ty Gwyn, 3 Mill Terrace`.
  while (first > 0) {
    const std::string_view gap = shadow.folded().substr(tokens[first - 1].end, tokens[first].begin - tokens[first - 1].end);
    if (first >= 2 && gap == ", " && unit_word(shadow.word(tokens[first - 2])) && tokens[first - 1].digits) {
      first -= 2;
      continue;
    }
    break;
  }
  // A town and a postcode after it.
  const std::size_t end_of_street = last;
  for (std::size_t k = last + 1; k < tokens.size() && k <= end_of_street + 6; ++k) {
    const std::string_view gap = shadow.folded().substr(tokens[k - 1].end, tokens[k].begin - tokens[k - 1].end);
    if (!address_gap(gap) || gap == ". ") break;
    Identifier postcode;
    if (tokens[k].digits && read_postcode(shadow, k, postcode)) {
      found = {tokens[first].begin, postcode.end, IdKind::address, 0.97};
      found.safe_place = secret(Around(shadow, first));
      return true;
    }
    if (!tokens[k].raised() && !(small_words > 0 && k <= end_of_street + 2 && tokens[k].letters && !(tokens[k].flags & (word::where | word::modal | word::finite | word::speaks)))) break;
    if ((gap == ", " || gap == ",\n") && (tokens[k].flags & word::place)) last = k;
  }
  found = {tokens[first].begin, tokens[last].end, IdKind::address, street ? 0.9 : 0.75};
  found.safe_place = secret(Around(shadow, first));
  return true;
}

bool read_street(const Shadow& shadow, std::size_t token, Identifier& found) {
  const auto& tokens = shadow.tokens();
  const Around around(shadow, token);
  if (!around.has(-1) || around.gap(0) != " ") return false;
  const Token& before = around.token(-1);
  if (before.digits || before.label || before.taken) return false;
  if (around.has(1) && around.blank(1) && around.token(1).raised() && (around.token(1).flags & (word::organisation | word::english)) && !(around.token(1).flags & word::street)) return false;  // Danes Court Sixth Form
  if (around.token().raised()) {
    // Without a number before it and a word of streets behind it, and where nobody is said to live.
    if (around.word() == "court" && court_of_law(around.word(-1) == "s" && around.has(-2) ? around.word(-2) : around.word(-1)) && !(around.has(1) && (around.token(1).flags & word::street)) &&
        !around.cue("flat unit apartment plot room lives living lived live moved moving address home stays staying house number", 5)) {
      bool numbered = false;
      for (int back = -1; back >= -4 && around.has(back); --back) numbered = numbered || around.token(back).digits;
      if (!numbered) return false;
    }
    // "Preston Street", "Danes Court": a capital before it that is no title.
    if (!before.raised() || (before.flags & word::title) || (before.opens && (before.flags & word::english))) return false;
    // "Imogen Strand", "Kayleigh Field": a first name before a word that is a surname as well.
    if (!strong_street(around.word()) && (before.flags & word::given_name) && !(before.flags & (word::english | word::place)) && !around.cue("on in at of off near from along into lives lived living live moved stays staying stay hides hiding place address flat house home", 6)) return false;
    if (!strong_street(around.word()) && !(around.has(-2) && around.token(-2).raised() && around.gap(-1) == " ") && !around.cue("on in at of off near from along", 3)) return false;
    if (around.word() == "house" || around.word() == "park" || around.word() == "view" || around.word() == "hill" || around.word() == "way" || around.word() == "end" || around.word() == "flat") return false;
    std::size_t first = token - 1;
    if (first > 0 && tokens[first - 1].raised() && !(tokens[first - 1].flags & (word::title | word::english)) && tokens[first].begin == tokens[first - 1].end + 1) --first;
    found = {tokens[first].begin, tokens[token].end, IdKind::address, 0.7};
    found.safe_place = secret(Around(shadow, first));
    return true;
  }
  // brickfield ave: small letters throughout, a word of place before the name.
  if (!strong_street(around.word()) || !around.has(-2) || before.raised()) return false;
  const std::string_view two = around.word(-2);
  if (before.flags & (word::determiner | word::possessive | word::thing | word::where)) return false;
  static constexpr std::string_view ordinary = " main high busy quiet same side dirt country narrow whole long back front private public new old cross fast slow memory bus cycle one my ";
  std::string key = " ";
  key += around.word(-1);
  key += ' ';
  if (ordinary.find(key) != std::string_view::npos || (two != "on" && two != "in" && two != "at" && two != "off" && two != "from")) return false;
  found = {before.begin, tokens[token].end, IdKind::address, 0.7};
  return true;
}

void widen_to_address(const Shadow& shadow, Identifier& postcode) {
  const auto& tokens = shadow.tokens();
  std::size_t at = 0;
  while (at < tokens.size() && tokens[at].begin < postcode.begin) ++at;
  std::size_t first = at;
  bool numbered = false;
  for (std::size_t steps = 0; first > 0 && steps < 10; ++steps) {
    const std::string_view gap = shadow.folded().substr(tokens[first - 1].end, tokens[first].begin - tokens[first - 1].end);
    if (!address_gap(gap) || gap == ". " || tokens[first - 1].taken) break;
    const Token& before = tokens[first - 1];
    if (!address_word(shadow, before) && !unit_word(shadow.word(before))) break;
    if (line_break(gap) && !(before.raised() || before.digits)) break;
    const std::string_view word = shadow.word(before);
    if (!before.raised() && !before.digits && !(before.flags & word::street) && (word == "on" || word == "of" || word == "the") && gap == ", ") break;
    // The house's name may stand before its number, after a comma; then the address ends.
    if (numbered && !unit_word(word) && !(before.digits) && gap != ", " && gap != " ") break;
    // "to stay with Harjit, 44 Linden Mead": whoever lives there is no part of the address.
    if (numbered && gap == ", " && !before.digits && !unit_word(word) && !(before.flags & (word::street | word::thing | word::organisation)) && ((before.flags & word::given_name) || !(before.flags & word::english)) &&
        !(first >= 2 && (shadow.word(tokens[first - 2]) == "at" || shadow.word(tokens[first - 2]) == "in" || shadow.word(tokens[first - 2]) == "is" || shadow.word(tokens[first - 2]) == "ty" || shadow.word(tokens[first - 2]) == "plas" || shadow.word(tokens[first - 2]) == "bryn" || shadow.word(tokens[first - 2]) == "maes")))
      break;
    if (before.digits) numbered = true;
    --first;
  }
  // Small words at the front belong to the sentence: "at the", "from".
  while (first < at && !tokens[first].raised() && !tokens[first].digits && !unit_word(shadow.word(tokens[first]))) ++first;
  // A capital that opens the sentence and is an ordinary word: "Visited 5 Mill Lane".
  while (first < at && tokens[first].opens && (tokens[first].flags & word::english) && !(tokens[first].flags & word::street) && !tokens[first].digits) ++first;
  if (first < at) {
    postcode.begin = tokens[first].begin;
    postcode.kind = IdKind::address;
  }
  postcode.safe_place = secret(Around(shadow, first));
}

}  // namespace gatehouse::redaction
