// Dates: 14/10/2026, 14.10.26, 2026-10-14, 14 October 2026, the 9th of Oct, October 2026, Thursday 5 November, Easter Sunday. A date of
// birth by the words before it.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

int number(std::string_view word) {  // `9th` gives 9
  int value = 0;
  std::size_t i = 0;
  for (; i < word.size() && word[i] >= '0' && word[i] <= '9' && i < 5; ++i) value = value * 10 + (word[i] - '0');
  if (i == 0) return -1;
  const std::string_view rest = word.substr(i);
  return rest.empty() || rest == "st" || rest == "nd" || rest == "rd" || rest == "th" ? value : -1;
}

bool is_year(std::string_view word) { return word.size() == 4 && (word.starts_with("19") || word.starts_with("20")) && number(word) > 0; }

// "She would not give his date of birth; the tenancy file has it as 04/07/1991": said earlier in the sentence, and no other date between.
bool birth_said(const Shadow& shadow, std::size_t at) {
  const auto& tokens = shadow.tokens();
  // "DOB" at the end of the line before, and "do.b." from a scan.
  std::string letters;
  for (std::size_t i = at, steps = 0; i > 0 && steps < 3 && letters.size() < 3; ++steps) {
    --i;
    if (shadow.folded().substr(tokens[i].end, tokens[i + 1].begin - tokens[i].end).find_first_not_of(". \n:") != std::string_view::npos) break;
    letters = std::string(shadow.word(tokens[i])) + letters;
  }
  if (letters == "dob" || letters == "born") return true;
  for (std::size_t i = at, steps = 0; i > 0 && steps < 14; ++steps) {
    --i;
    const std::string_view gap = shadow.folded().substr(tokens[i].end, tokens[i + 1].begin - tokens[i].end);
    if (gap.find('\n') != std::string_view::npos || gap.find(". ") != std::string_view::npos || tokens[i].digits) return false;
    const std::string_view word = shadow.word(tokens[i]);
    if (word == "dob" || word == "birthdate" || (word == "birth" && i >= 2 && shadow.word(tokens[i - 1]) == "of" && shadow.word(tokens[i - 2]) == "date")) return true;
  }
  return false;
}

}  // namespace

bool read_date(const Shadow& shadow, std::size_t token, Identifier& found) {
  const Around around(shadow, token);
  const auto take = [&](int from, int to, double confidence) {
    found = {around.token(from).begin, around.token(to).end, IdKind::date, confidence};
    const Around start(shadow, token + static_cast<std::size_t>(from));
    found.of_birth = start.cue("dob born bom birth birthday d.o.b birthdate", 4) || (start.has(-3) && start.cue("d", 3) && start.cue("o", 3) && start.cue("b", 3)) ||
                     birth_said(shadow, token + static_cast<std::size_t>(from));
    return true;
  };
  const auto month = [&](int offset) { return around.has(offset) && (around.token(offset).flags & word::month) && around.word(offset) != "march" ? true : around.has(offset) && around.word(offset) == "march" && (around.token(offset).capital || around.token(offset).shout || (around.has(1) && offset == 1 && around.has(2) && is_year(around.word(2)))); };
  const auto close = [&](int offset) { return around.has(offset) && (around.gap(offset) == " " || around.gap(offset) == "\n" || around.gap(offset) == ", " || around.gap(offset) == "-" || around.gap(offset) == ". "); };

  if (!around.token().digits) {
    // A month or a weekday without a day, for anonymising. `may` and `mar` only with a capital or a year.
    const WordFlags flags = around.token().flags;
    if (flags & word::weekday) {
      int last = 0;
      if (!around.token().capital && around.word().size() < 6 && around.word() != "easter" && around.word() != "xmas") return false;
      if (around.word() == "boxing" && !(around.has(1) && around.word(1) == "day")) return false;
      if (around.has(1) && close(1) && ((around.token(1).flags & word::weekday) || (around.token().capital && around.word(1) == "day"))) last = 1;
      if (around.has(last + 1) && close(last + 1) && number(around.word(last + 1)) > 0 && number(around.word(last + 1)) < 32) {
        ++last;
        if (around.has(last + 1) && around.word(last + 1) == "of" && month(last + 2)) last += 2;
        else if (month(last + 1) && close(last + 1)) ++last;
        if (around.has(last + 1) && close(last + 1) && is_year(around.word(last + 1)) && month(last)) ++last;
      }
      return take(0, last, 0.9);
    }
    if (!month(0)) return false;
    if (around.has(1) && close(1) && is_year(around.word(1))) return take(0, 1, 0.95);
    if (around.has(1) && close(1) && number(around.word(1)) > 0 && number(around.word(1)) < 32 && around.token().capital)
      return take(0, around.has(2) && close(2) && is_year(around.word(2)) ? 2 : 1, 0.95);
    const bool ordinary = around.word() == "may" || around.word() == "mar" || around.word() == "dec" || around.word() == "jan" || around.word() == "sept" || around.word() == "june" || around.word() == "april" || around.word() == "march";
    if (!around.token().capital || (ordinary && around.token().opens) || (around.word() == "may" && !(around.has(-1) && (around.token(-1).flags & (word::where | word::whom))) && !around.cue("until since till by in last next this early late", 1))) return false;
    return take(0, 0, 0.85);
  }

  const int first = number(around.word());
  if (first < 0) return false;
  // 14/10/2026, 14.10.26, 2026-10-14
  if (around.has(2) && !around.token().letters) {
    const std::string_view g1 = around.gap(1), g2 = around.gap(2);
    const bool same = g1.size() == 1 && g1 == g2 && (g1 == "/" || g1 == "." || g1 == "-");
    const int second = number(around.word(1)), third = number(around.word(2));
    if (same && second > 0 && third >= 0 && !around.token(1).letters && !around.token(2).letters) {
      const bool goes_on = around.has(3) && around.gap(3) == g1 && around.token(3).digits;
      const auto size = [&](int o) { return around.word(o).size(); };
      const bool day_first = first <= 31 && second <= 31 && (first <= 12 || second <= 12) && first > 0 && size(0) <= 2 && size(1) <= 2 && (size(2) == 4 ? is_year(around.word(2)) : size(2) == 2);
      const bool year_first = is_year(around.word()) && second <= 12 && third >= 1 && third <= 31 && size(1) <= 2 && size(2) <= 2;
      if (!goes_on && (day_first || year_first)) {
        // A sort code looks like a date too; its context is asked by the bank recogniser, which comes later.
        if (g1 == "-" && size(2) == 2 && around.cue("sort code account", 4)) return false;
        return take(0, 2, 0.95);
      }
    }
  }
  // 14 October 2026, 9th of Oct
  if (first >= 1 && first <= 31 && around.word().size() <= 4) {
    int at = 1;
    if (around.has(1) && around.word(1) == "of") at = 2;
    if (close(1) && close(at) && month(at)) {
      const bool verb = around.word(at) == "may" && !around.token(at).capital;
      if (!verb) {
        int last = at;
        if (around.has(at + 1) && close(at + 1) && is_year(around.word(at + 1))) last = at + 1;
        // 13 Dec 82: a short year, where nothing follows that it could count.
        else if (around.has(at + 1) && around.gap(at + 1) == " " && around.word(at + 1).size() == 2 && !around.token(at + 1).letters) {
          const auto end = around.token(at + 1).end;
          const char behind = end < shadow.folded().size() ? shadow.folded()[end] : '\n';
          const bool short_month = around.token(at).size() <= 4 && around.word(at) != "may" && around.word(at) != "june" && around.word(at) != "july" && (behind == ' ' || behind == ':');
          if (short_month || behind == ',' || behind == ';' || behind == ')' || behind == '|' || behind == '.' || behind == '\n' || (behind == ' ' && end + 1 < shadow.folded().size() && (shadow.folded()[end + 1] == '|' || shadow.folded()[end + 1] == '-'))) last = at + 1;
        }
        return take(0, last, 0.95);
      }
    }
  }
  return false;
}

}  // namespace gatehouse::redaction
