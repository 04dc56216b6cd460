// Names that are words: Grace, Mark, Summer, Will. Whether one stands as a name, by what stands beside it.
#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

Gap gap_between(std::string_view folded, std::uint32_t end, std::uint32_t begin) {
  switch (begin - end) {
    case 1:
      switch (folded[end]) {
        case ' ': case '\n': case '\t': return Gap::blank;
        case '-': return Gap::hyphen;
        case '\'': return Gap::apostrophe;
        case '.': return Gap::dot;
        case ',': return Gap::comma;
        default: return Gap::wide;
      }
    case 2:
      if (folded[end + 1] == ' ' || folded[end + 1] == '\n') {
        if (folded[end] == ' ' || folded[end] == '\r') return Gap::blank;
        if (folded[end] == '.') return Gap::dot;
        if (folded[end] == ',') return Gap::comma;
      }
      return Gap::wide;
    case 3: case 4:
      for (std::uint32_t i = end; i < begin; ++i)
        if (folded[i] != ' ') return Gap::wide;
      return Gap::blank;
    default: return Gap::wide;
  }
}

bool same_clause(std::string_view folded, std::uint32_t from, std::uint32_t to) {
  for (std::uint32_t i = from; i < to; ++i) {
    const char c = folded[i];
    if (c == '\n' || c == ';' || c == '?' || c == '!') return false;
    if (c == '.' && i + 1 < folded.size() && (folded[i + 1] == ' ' || folded[i + 1] == '\n') && i > from) {
      // "Mr. Adeyemi", "J. Kaur": a dot after one or two letters ends no sentence.
      std::uint32_t start = i;
      while (start > 0 && folded[start - 1] != ' ' && folded[start - 1] != '\n') --start;
      if (i - start > 3) return false;
    }
  }
  return true;
}

std::uint32_t row_name_end(const Shadow& shadow, std::uint32_t first, std::uint32_t surname) {
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  constexpr WordFlags no_name = word::month | word::weekday | word::abbreviation | word::title | word::role | word::kin | word::organisation | word::street | word::place;
  const auto name_word = [&](const Token& token) { return token.letters && !token.digits && !token.taken && !token.label && token.raised() && token.size() > 1 && !(token.flags & no_name) && (!(token.flags & word::english) || (token.flags & word::given_name)); };
  if (surname + 1 >= tokens.size() || text.substr(tokens[surname].end, tokens[surname + 1].begin - tokens[surname].end) != ", " || !name_word(tokens[surname + 1])) return 0;
  // At the front of a row, or in capitals.
  bool row = first == 0 || text.substr(tokens[first - 1].end, tokens[first].begin - tokens[first - 1].end).find_first_of("\n;|") != std::string_view::npos;
  row = row || (tokens[surname].upper && tokens[surname].size() > 2 && !tokens[surname + 1].upper);
  if (!row) return 0;
  std::uint32_t last = surname + 1;
  while (last + 1 < tokens.size() && last < surname + 3 && name_word(tokens[last + 1]) && text.substr(tokens[last].end, tokens[last + 1].begin - tokens[last].end) == " ") ++last;
  const std::string_view behind = text.substr(tokens[last].end, 3);
  if (behind.empty() || behind[0] == '\n' || behind.starts_with(" |") || behind.starts_with("|") || behind.starts_with(" (") || behind.starts_with("  ") || behind.starts_with("\t") || behind.starts_with(" -")) return last;
  if (last + 1 < tokens.size() && (tokens[surname].upper || tokens[last + 1].digits || shadow.word(tokens[last + 1]) == "dob") && behind[0] == ' ' && !(tokens[last + 1].flags & word::given_name)) return last;
  return 0;
}

namespace {

bool thing_follows(WordFlags after) { return (after & word::thing) && !(after & (word::speaks | word::finite)); }

}  // namespace

Use judge_use(const Shadow& shadow, std::size_t at, bool given) {
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  const Token& token = tokens[at];
  static const Token none;
  const bool has_next = at + 1 < tokens.size();
  const Token& next = has_next ? tokens[at + 1] : none;
  const Token& before = at > 0 ? tokens[at - 1] : none;
  const Gap gap_next = has_next ? gap_between(text, token.end, next.begin) : Gap::wide;
  const Gap gap_before = at > 0 ? gap_between(text, before.end, token.begin) : Gap::wide;
  const bool beside_next = gap_next == Gap::blank, beside_before = gap_before == Gap::blank;
  const bool possessive = has_next && gap_next == Gap::apostrophe && next.size() == 1 && text[next.begin] == 's';
  const WordFlags after = beside_next ? next.flags : 0;
  const WordFlags ahead = beside_before && !before.label ? before.flags : 0;
  const std::string_view word_before = beside_before ? shadow.word(before) : std::string_view();

  given = given || (token.flags & word::given_name) != 0;
  const bool modal = (token.flags & word::modal) != 0;  // will, may
  // Nan, Babcia, Nana: a kinship word that is somebody's name here is one with its capital.
  if ((token.flags & word::kin) && token.capital && !token.upper) return Use::name;
  if (modal && (after & word::bare_verb) && !(after & word::finite)) return Use::ordinary;
  if (modal && beside_next && (after & (word::modal | word::possessive)) == word::modal && !token.capital) return Use::ordinary;
  if ((ahead & word::title) && before.raised()) return Use::name;
  if (ahead & word::naming) return Use::name;
  // A line in capitals: only what stands in the place of a common word is one.
  if (token.shout) {
    if (possessive) return Use::name;
    if ((ahead & (word::determiner | word::possessive)) && word_before != "that") return Use::ordinary;
    if ((ahead & word::modal) && (token.flags & word::bare_verb)) return Use::ordinary;
    if (thing_follows(after) && (token.opens || (ahead & word::determiner))) return Use::ordinary;
    return modal && (after & word::bare_verb) ? Use::ordinary : Use::undecided;
  }
  if (token.upper && before.upper && next.upper) return Use::undecided;

  const bool month_like = (token.flags & word::month) != 0;
  if (month_like && token.capital) {
    const bool dated = (at > 0 && gap_before == Gap::blank && (before.digits || word_before == "in" || word_before == "since" || word_before == "until" || word_before == "till" ||
                                                                word_before == "by" || word_before == "early" || word_before == "late" || word_before == "mid" || word_before == "of" ||
                                                                word_before == "last" || word_before == "next" || word_before == "this" || word_before == "from" || word_before == "during" || word_before == "each" || word_before == "every")) ||
                       (beside_next && next.digits);
    if (dated) return Use::ordinary;
  }

  if (!token.capital) {
    if (ahead & (word::determiner | word::possessive)) {
      if (possessive && (ahead & word::possessive) == 0 && word_before != "the" && word_before != "a") return Use::name;
      return Use::ordinary;
    }
    if (possessive) return Use::name;
    if ((ahead & word::kin) && !(after & word::thing) && !modal) return Use::name;
    if (gap_before == Gap::comma && (before.flags & word::kin) && given) return Use::name;
    if ((ahead & word::title) && (word_before == "mr" || word_before == "mrs" || word_before == "ms" || word_before == "miss")) return Use::name;
    if (word_before == "told" || word_before == "asked" || word_before == "rang" || word_before == "phoned" || word_before == "met" || word_before == "tell" || word_before == "ask") return Use::name;
    const std::string_view verb = beside_next ? shadow.word(next) : std::string_view();
    const bool auxiliary = verb == "is" || verb == "was" || verb == "has" || verb == "had" || verb == "did" || verb == "does" || verb == "needs" || verb == "needed" || verb == "looked" || verb == "looks";
    const bool subject_place = at == 0 || token.opens || gap_before != Gap::blank || (ahead & word::english);
    if ((after & word::speaks) && subject_place && !(ahead & (word::modal | word::where))) return Use::name;
    if ((after & word::finite) && !auxiliary && subject_place && !(ahead & (word::modal | word::where)) && given) return Use::name;
    static constexpr std::string_view joins = " and that but because said says until when if while as since before after though so where how what why thinks thought told or then ";
    std::string key = " ";
    key += word_before;
    key += ' ';
    // Where nothing has a capital, a first name of somebody here stands where people stand: "with star", "ring willow on 01632 …", "rosie and summer".
    if (given && !modal && shadow.small_letters()) {
      if (word_before == "with" || word_before == "after" || word_before == "about" || word_before == "over" || word_before == "for" || word_before == "ring" || word_before == "mo" || word_before == "ptnr" || word_before == "without" || word_before == "by") return Use::undecided;
      if (word_before == "and" && at > 1 && ((tokens[at - 2].flags & word::given_name) || tokens[at - 2].symbol != 0)) return Use::undecided;
      if (beside_next && shadow.word(next) == "and" && at + 2 < tokens.size() && ((tokens[at + 2].flags & word::given_name) || tokens[at + 2].symbol != 0)) return Use::undecided;
      if ((token.opens || gap_before != Gap::blank) && beside_next && (after & word::finite)) return Use::undecided;
      if (beside_next && shadow.word(next) == "to" && at + 2 < tokens.size() && (tokens[at + 2].flags & word::bare_verb) && gap_between(text, next.end, tokens[at + 2].begin) == Gap::blank && (token.opens || word_before == "ok")) return Use::undecided;
    }
    // A sentence that opens with a small letter, where sentences open with capitals, and goes on with a verb: "memory cannot settle".
    if (given && !modal && token.opens && at > 0 && text[before.end] == '.' && (after & word::modal) && !(after & (word::possessive | word::determiner))) return Use::undecided;
    if (auxiliary && given && (token.opens || gap_before != Gap::blank || joins.find(key) != std::string_view::npos)) return Use::undecided;
    return Use::ordinary;
  }

  if (possessive) return Use::name;
  const bool thing = thing_follows(after) && !next.capital;
  if (thing && (token.opens || (ahead & word::determiner))) return Use::ordinary;
  if (token.opens) {
    if ((after & (word::speaks | word::finite)) && given) {
      const std::string_view verb = shadow.word(next);
      if (verb != "was" && verb != "is" && verb != "has" && verb != "had") return Use::name;
      return Use::undecided;
    }
    if (has_next && next.capital && beside_next && !(next.flags & word::english)) return Use::name;
    if (!given && beside_next) {
      // "Turner has CCTV", "Ward arrived": a thing would have its article. Without one only what is no thing opens a sentence: "Work stopped".
      const std::string_view verb = shadow.word(next);
      if ((after & word::speaks) && !(after & word::bare_verb) && verb != "was" && verb != "is") return Use::undecided;
      return Use::ordinary;  // an ordinary word opens the sentence
    }
    return Use::undecided;
  }
  return Use::name;
}

}  // namespace gatehouse::redaction
