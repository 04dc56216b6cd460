// Stage 4 as far as it goes without a model: people whom the file does not list, by titles, kinship and role words, and the shape of
// names. It proposes; who of them stays is the policy's question. The tagger (tagged.cpp) adds its candidates to the same table.
#include <algorithm>

#include "policy/redaction/reader.hpp"
#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

class Finder {
 public:
  Finder(Work& work, Mode mode) : work_(work), mode_(mode), tokens_(work.shadow.tokens()), text_(work.shadow.folded()) {}

  void run() {
    const std::size_t listed = work_.mentions.size();
    for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.taken || !token.letters) continue;
      if ((token.flags & word::title) && titled(i)) continue;
      if (token.digits) continue;
      if (token.capital) {
        capitals(i);
      } else if (!(token.flags & (word::english | word::place | word::month)) && token.size() >= 3) {
        small(i);
      } else if ((token.flags & word::given_name) && (token.flags & word::english) && token.size() >= 3) {
        if (small_word_name(i)) small(i);
      }
    }
    if (work_.mentions.size() != listed)
      std::sort(work_.mentions.begin(), work_.mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
  }

 private:
  Gap gap_before(std::uint32_t i) const { return i == 0 ? Gap::wide : gap_between(text_, tokens_[i - 1].end, tokens_[i].begin); }
  std::string_view between(std::uint32_t i) const { return text_.substr(tokens_[i - 1].end, tokens_[i].begin - tokens_[i - 1].end); }
  std::string_view word_of(std::uint32_t i) const { return work_.shadow.word(tokens_[i]); }

  bool free_letters(std::uint32_t i) const { return i < tokens_.size() && tokens_[i].letters && !tokens_[i].digits && !tokens_[i].taken && !tokens_[i].label; }

  // What a name is never made of, capital or not.
  static constexpr WordFlags no_name = word::month | word::weekday | word::abbreviation | word::greeting | word::brand | word::people | word::title;

  // Mr Bevan, DS Whitlock, Auntie Ngozi.
  bool titled(std::uint32_t at) {
    const Token& title = tokens_[at];
    const std::string_view word = word_of(at);
    const bool always = word == "mr" || word == "mrs" || word == "ms" || word == "miss" || word == "dr" || word == "mx";
    if (!title.capital && !always) return false;
    std::uint32_t i = at + 1;
    Sex sex = title.flags & word::female ? Sex::female : title.flags & word::male ? Sex::male : Sex::unknown;
    bool work_title = (title.flags & word::work_title) != 0;
    std::uint8_t titles = 1;
    while (free_letters(i) && (tokens_[i].flags & word::title) && tokens_[i].capital && (gap_before(i) == Gap::blank || gap_before(i) == Gap::dot) &&
           free_letters(i + 1) && tokens_[i + 1].capital && titles < 3) {
      work_title = work_title || (tokens_[i].flags & word::work_title);
      ++titles;
      ++i;
    }
    // PC 12874 Doyle: the collar number stands between.
    if (work_title && title.upper && one_of(word, "pc wpc dc ds di dci pcso sgt") && i + 1 < tokens_.size() && tokens_[i].digits && !tokens_[i].letters && tokens_[i].size() >= 2 && tokens_[i].size() <= 6 && !tokens_[i].taken && between(i) == " " && free_letters(i + 1) && tokens_[i + 1].capital &&
        between(i + 1) == " " && tokens_[i + 1].size() > 1 && !(tokens_[i + 1].flags & word::english && !(tokens_[i + 1].flags & word::given_name)))
      ++i;
    const std::uint32_t first_name = i;
    // A title that is an everyday word needs a name that is none.
    const bool weak = !always && !(title.size() <= 3 && work_title && title.upper);
    while (free_letters(i) && i < first_name + 5) {
      const Gap gap = gap_before(i);
      const Token& token = tokens_[i];
      const bool joins = gap == Gap::blank ? text_.substr(tokens_[i - 1].end, token.begin - tokens_[i - 1].end).find('\n') == std::string_view::npos || i == first_name
                                           : gap == Gap::hyphen || gap == Gap::apostrophe || (gap == Gap::dot && (i == first_name || tokens_[i - 1].size() == 1));
      if (!joins) break;
      if (gap == Gap::apostrophe && token.size() == 1 && !token.capital) break;  // the possessive s
      if ((token.flags & (word::month | word::weekday | word::greeting | word::abbreviation)) && !(i == first_name && always)) break;
      const bool particle = (token.flags & word::particle) && free_letters(i + 1) && tokens_[i + 1].capital;
      if (i == first_name) {
        if (!token.capital && !particle && ((token.flags & word::english) && !(token.flags & word::given_name))) break;
        if (!token.capital && !always && !particle) break;
        if (weak && (token.flags & word::english) && !(token.flags & word::given_name)) break;
      } else if (!token.capital && !particle) {
        break;
      } else if (gap == Gap::blank && (token.flags & (word::role | word::organisation)) && (token.flags & word::english)) {
        break;
      }
      ++i;
    }
    if (i == first_name) return false;
    Mention mention = person(at, i - 1, 0.92);
    mention.title_words = titles;
    mention.work_title = work_title;
    mention.sex = sex;
    name_words(mention, first_name, i - 1);
    read_cues(mention);
    if ((title.flags & word::kin) && !work_title) mention.private_cue = mention.kin_title = true;
    add(std::move(mention));
    return true;
  }

  // Capitalised words in a row.
  void capitals(std::uint32_t at) {
    std::uint32_t end = at;  // inclusive
    while (free_letters(end + 1) && end < at + 6) {
      const Token& next = tokens_[end + 1];
      const Gap gap = gap_before(end + 1);
      const bool line_end = gap == Gap::blank && between(end + 1).find('\n') != std::string_view::npos;
      const bool wrapped = line_end && wraps(end, end + 1);
      // "23:20  BA   Cyril saw it": two columns.
      if (gap == Gap::blank && !line_end && next.begin - tokens_[end].end >= 3) break;
      const bool joins = (gap == Gap::blank && (!line_end || wrapped)) || gap == Gap::hyphen || (gap == Gap::apostrophe && (next.capital || tokens_[end].size() <= 2)) ||
                         (gap == Gap::dot && tokens_[end].size() == 1 && !line_end);
      if (!joins || (next.opens && !wrapped)) break;
      if (gap == Gap::apostrophe && next.size() == 1) break;
      const bool particle = !next.capital && (next.flags & word::particle) && free_letters(end + 2) && tokens_[end + 2].capital && gap_before(end + 2) != Gap::wide;
      const bool broken = gap == Gap::apostrophe && tokens_[end].size() <= 2 && next.size() >= 2 && !one_of(word_of(end + 1), "ll ve re");  // Ra'ed
      if (!next.capital && !particle && !broken) break;
      if (next.flags & (word::title & ~word::kin) && !(next.flags & word::given_name) && !(word_of(end + 1) == "bibi" && !(free_letters(end + 2) && tokens_[end + 2].capital && gap_before(end + 2) == Gap::blank))) break;
      ++end;
    }
    const std::uint32_t last_capital = end;
    // "St Brendan's College": the body's name goes on behind a possessive.
    if (end + 2 < tokens_.size() && possessive_after(end) && tokens_[end + 2].capital && !tokens_[end + 2].taken && (tokens_[end + 2].flags & word::organisation) && gap_before(end + 2) == Gap::blank) end += 2;
    std::uint32_t first = at;
    bool organisation = false;
    for (std::uint32_t i = at + 1; i <= end; ++i) organisation = organisation || (tokens_[i].flags & (word::organisation | word::street));
    if (free_letters(end + 1) && gap_before(end + 1) == Gap::blank && !tokens_[end + 1].capital && (tokens_[end + 1].flags & word::organisation) && (tokens_[end + 1].flags & word::thing) && end > first) organisation = true;
    // "St Wilfrid's", "HMP Elmley": the first word says that a name of a body follows.
    if (end > at && (word_of(at) == "st" || word_of(at) == "saint" || word_of(at) == "hmp" || word_of(at) == "hmyoi" || word_of(at) == "yoi" || word_of(at) == "raf")) {
      if (possessive_after(end)) ++end;
      add_thing(at, end, MentionKind::organisation, 0.8);
      return;
    }
    // Kayleigh Field, Liam Green: a first name and nothing else, and a surname that is also a word of streets.
    if (organisation && end == at + 1 && street_surname(end) && (tokens_[at].flags & word::given_name) && !(tokens_[at].flags & (word::english | word::place)) && !(at > 0 && tokens_[at - 1].digits && gap_before(at) == Gap::blank))
      organisation = false;
    if (organisation && !tokens_[at].upper) {
      add_thing(at_name(at), end, MentionKind::organisation, 0.8);
      return;
    }
    // The country all of this is in tells of nobody.
    if (end == at + 1 && ((word_of(at) == "united" && word_of(end) == "kingdom") || (word_of(at) == "great" && word_of(end) == "britain"))) return;
    // Two plain words with capitals inside a sentence name something.
    if (mode_ == Mode::anonymise && end > at && !tokens_[at].opens && plain_words(at, end)) {
      add_thing(at, end, MentionKind::organisation, 0.6);
      return;
    }
    // "Adegboye, Taiwo | aunt"
    if (const std::uint32_t last = at == end && tokens_[at].size() > 1 && !(tokens_[at].flags & (no_name | word::role | word::kin | word::organisation)) ? row_name_end(work_.shadow, at, at) : 0; last != 0) {
      Mention mention = person(at, last, 0.85);
      name_words(mention, at + 1, last);
      (mention.name += ' ') += word_of(at);
      read_cues(mention);
      add(std::move(mention));
      return;
    }
    // "called Spud", "Macsen and Non": the place makes the name.
    if (at == end && named_by_place(at)) {
      Mention mention = person(at, end, 0.8);
      name_words(mention, at, end);
      read_cues(mention);
      if (!mention.professional_cue) mention.private_cue = true;
      add(std::move(mention));
      return;
    }
    // Ordinary words at the front and at the back are the sentence's.
    const auto ordinary = [&](std::uint32_t i) {
      const Token& token = tokens_[i];
      if (token.flags & no_name) return !((token.flags & word::given_name) && i > first);
      if (i > first && tokens_[i - 1].size() == 1 && (token.flags & (word::speaks | word::finite))) return true;  // "A&E. Said …"
      if (token.size() == 1 && i > 0 && tokens_[i].begin > 0 && (text_[tokens_[i].begin - 1] == '&' || text_[tokens_[i].begin - 1] == '/')) return true;
      if (token.size() == 1) return i == last_capital || !(gap_before(i + 1) == Gap::dot || gap_before(i + 1) == Gap::blank) || word_of(i) == "i" || (word_of(i) == "a" && gap_before(i + 1) != Gap::dot);
      return (token.flags & word::english) && !(token.flags & word::given_name);
    };
    while (first <= end && (ordinary(first) || (tokens_[first].opens && (tokens_[first].flags & word::english) && first == end && !used_as_name(first)))) ++first;
    if (first > end) return;
    // An ordinary word in the first place may be a first name before a surname, one in the last place a surname after a first name.
    std::uint32_t unknown = 0, given = 0, places = 0, words = 0;
    for (std::uint32_t i = first; i <= end; ++i) {
      const WordFlags flags = tokens_[i].flags;
      if (tokens_[i].size() == 1) continue;
      ++words;
      if (flags & word::given_name) ++given;
      else if (flags & word::place) ++places;
      else if (!(flags & (word::english | word::particle))) ++unknown;
    }
    if (words == 0) return;
    // A place stands alone or after "in"; with a given name before it, it is a surname (Jack London).
    if (unknown == 0 && given == 0) {
      if (places && mode_ == Mode::anonymise) add_thing(first, end, MentionKind::place, 0.85);
      return;
    }
    // A heading in capitals: its words are no names because a dictionary lacks them.
    if (tokens_[first].upper && given == 0 && heading(first, end)) return;
    // Letters in capitals that no list explains: initials or an abbreviation; the cluster stage asks again.
    if (first == end && tokens_[first].upper && tokens_[first].size() <= 3 && !(tokens_[first].flags & word::given_name)) return;
    const bool after_place_word = first > 0 && gap_before(first) == Gap::blank && (tokens_[first - 1].flags & word::where) && word_of(first - 1) != "to" && word_of(first - 1) != "of" && word_of(first - 1) != "from";
    if (places && first == end) {
      const bool beside = place_cue(first);
      if (!(tokens_[first].flags & word::given_name) || beside) {
        if (mode_ == Mode::anonymise) add_thing(first, end, MentionKind::place, 0.85);
        return;
      }
    }
    // The words after the first name that are plain English are a surname when they follow at once: June Abbott, Ray Scully, Will Ferris.
    while (end > first && ordinary(end) && !surname_of(first, end) && !(tokens_[end].size() == 1)) --end;
    if (first == end && (tokens_[first].flags & word::english)) {
      // One word that is a given name and an English word.
      if (!used_as_name(first)) return;
    }
    Mention mention = person(first, end, 0.6);
    name_words(mention, first, end);
    read_cues(mention);
    const bool several = end > first;
    if (several) mention.confidence = given ? 0.85 : 0.75;
    else if (given) mention.confidence = 0.75;
    if (mention.private_cue) mention.confidence = std::max(mention.confidence, 0.85);
    if (!several && given == 0) {
      const bool acts = person_acts(end) || person_before(first) || mention.private_cue || mention.professional_cue;
      const char behind = tokens_[end].end < text_.size() ? text_[tokens_[end].end] : '.';
      if (tokens_[first].opens && !acts && behind != ',' && behind != '(' && behind != ')' && !after_quote(first)) return;  // flagged, and searched again if it is met as a name
      if (after_place_word && !acts) {
        if (mode_ == Mode::anonymise) add_thing(first, end, MentionKind::place, 0.6);
        return;  // flagged as off the safe list
      }
      if (acts) mention.confidence = 0.8;
    }
    add(std::move(mention));
  }

  // A name that goes on in the next line, because the line before it was full: "Grażyna Julia⏎Sokołowska".
  bool wraps(std::uint32_t last, std::uint32_t next) const {
    if (between(next) != "\n" || tokens_[next].upper || !tokens_[next].capital || tokens_[next].size() < 3) return false;
    if (tokens_[next].flags & (word::english | no_name | word::role | word::organisation | word::place)) return false;
    if ((tokens_[last].flags & word::english) && !(tokens_[last].flags & word::given_name)) return false;
    const auto start = text_.rfind('\n', tokens_[last].end - 1);
    const std::size_t width = tokens_[last].end - (start == std::string_view::npos ? 0 : start + 1);
    if (width < 40) return false;
    // What follows goes on with the sentence: no colon, no other column.
    const char behind = tokens_[next].end < text_.size() ? text_[tokens_[next].end] : '.';
    return behind == ' ' || behind == ',' || behind == '.' || behind == '\'' || behind == ')' || behind == ';' || behind == '?';
  }

  bool street_surname(std::uint32_t at) const {
    const std::string_view word = word_of(at);
    for (const std::string_view one : {"green", "field", "fields", "hill", "lane", "park", "bridge", "mill", "heath", "banks", "grove", "marsh", "moor", "wharf", "gate", "orchard", "meadows"})
      if (word == one) return true;
    return false;
  }

  // An English word right behind a name word, with a capital it has from nothing else: Zofika Quell, June Abbott, Will Ferris.
  bool surname_of(std::uint32_t first, std::uint32_t at) const {
    if (at != first + 1) return false;
    if (tokens_[first].flags & word::given_name) return true;
    if (tokens_[first].upper || tokens_[at].upper || tokens_[at].size() < 3) return false;
    if (tokens_[first].flags & (word::english | word::place | word::organisation)) return false;
    return !(tokens_[at].flags & (no_name | word::role | word::kin | word::organisation | word::street | word::speaks | word::finite | word::thing));
  }

  // A word in small letters that no dictionary has: typed on a phone.
  void small(std::uint32_t at) {
    const Token& token = tokens_[at];
    if (gap_before(at) == Gap::apostrophe) return;
    Mention mention = person(at, at, 0.5);
    name_words(mention, at, at);
    read_cues(mention);
    const bool given = (token.flags & word::given_name) != 0;
    if (!given && inflected_english(word_of(at))) return;
    const bool article = at > 0 && gap_before(at) == Gap::blank && (tokens_[at - 1].flags & word::determiner);
    const bool acts = !article && (person_acts(at) || person_before(at));
    if (!given && !mention.private_cue && !(acts && !(token.flags & word::english))) return;
    if (!given && !mention.private_cue && mode_ == Mode::third_party && token.size() < 4) return;
    mention.confidence = given ? (acts || mention.private_cue ? 0.85 : 0.65) : 0.55;
    // The surname may follow in small letters too.
    if (given && free_letters(at + 1) && gap_before(at + 1) == Gap::blank && !tokens_[at + 1].capital && tokens_[at + 1].size() >= 4 && !(tokens_[at + 1].flags & (word::english | word::place)) &&
        between(at + 1) == " ") {
      mention.last = at + 1;
      mention.end = tokens_[at + 1].end;
      mention.name += ' ';
      mention.name += word_of(at + 1);
    } else if (given && free_letters(at + 2) && gap_before(at + 1) == Gap::blank && (tokens_[at + 1].flags & word::particle) && gap_before(at + 2) != Gap::wide && !(tokens_[at + 2].flags & word::english)) {
      mention.last = at + 2;  // amira al-sayed
      mention.end = tokens_[at + 2].end;
      mention.name += ' ';
      mention.name += word_of(at + 1);
      mention.name += '-';
      mention.name += word_of(at + 2);
    }
    // "uncle gregor came": the form of address goes with the name; in "his uncle gregor" it is a relation and stays.
    if (at > 0 && gap_before(at) == Gap::blank && (tokens_[at - 1].flags & word::title) && (tokens_[at - 1].flags & word::kin) && !tokens_[at - 1].capital && !tokens_[at - 1].taken && !tokens_[at - 1].label &&
        !(at > 1 && gap_before(at - 1) == Gap::blank && (tokens_[at - 2].flags & (word::possessive | word::determiner))) && !(at > 1 && gap_before(at - 1) == Gap::apostrophe)) {
      mention.first = at - 1;
      mention.begin = tokens_[at - 1].begin;
      mention.title_words = 1;
      mention.kin_title = mention.private_cue = true;
    }
    while (mention.last > at && free_letters(mention.last + 1) && gap_before(mention.last + 1) == Gap::hyphen) {
      ++mention.last;
      mention.end = tokens_[mention.last].end;
      mention.name += '-';
      mention.name += word_of(mention.last);
    }
    add(std::move(mention));
  }

  // English words and places only, at least one of them no place; none of them a date, a title or an abbreviation.
  bool plain_words(std::uint32_t first, std::uint32_t last) const {
    bool plain = false;
    for (std::uint32_t i = first; i <= last; ++i) {
      if (!(tokens_[i].flags & (word::english | word::place)) || (tokens_[i].flags & (no_name | word::given_name | word::role | word::kin)) || tokens_[i].upper || tokens_[i].size() < 3) return false;
      plain = plain || !(tokens_[i].flags & word::place);
    }
    return plain;
  }
  bool named_by_place(std::uint32_t at) const {
    const Token& token = tokens_[at];
    if (at == 0 || token.opens || token.size() < 3 || token.upper || !(token.flags & word::english) || (token.flags & (no_name | word::role | word::kin | word::thing | word::organisation | word::place))) return false;
    if (gap_before(at) == Gap::blank && (tokens_[at - 1].flags & word::naming) && !(tokens_[at - 1].capital)) return true;
    if (gap_before(at) != Gap::blank || word_of(at - 1) != "and" || at < 2 || work_.mentions.empty()) return false;
    for (auto it = work_.mentions.rbegin(); it != work_.mentions.rend(); ++it)
      if (it->last == at - 2) return it->kind == MentionKind::person;
    return false;
  }
  bool heading(std::uint32_t first, std::uint32_t last) const {
    const auto plain_capitals = [&](std::uint32_t i) { return i < tokens_.size() && tokens_[i].upper && (tokens_[i].flags & word::english); };
    return (first > 0 && plain_capitals(first - 1)) || plain_capitals(last + 1);
  }
  bool after_quote(std::uint32_t at) const { return tokens_[at].begin > 0 && text_[tokens_[at].begin - 1] == '"'; }

  bool small_word_name(std::uint32_t at) const {
    // A common word in small letters only with the strongest cues: called, a kinship word, a possessive and a kinship word.
    if (at == 0) return false;
    const Gap gap = gap_before(at);
    if (gap == Gap::blank && (tokens_[at - 1].flags & word::naming) && word_of(at - 1) != "name" && word_of(at - 1) != "known") return true;
    if (gap == Gap::comma && (tokens_[at - 1].flags & word::kin) && at + 1 < tokens_.size() && text_[tokens_[at].end] == ',') return true;
    return false;
  }

  bool used_as_name(std::uint32_t at) const { return judge_use(work_.shadow, at) == Use::name && !(tokens_[at].opens && !possessive_after(at) && !speaks_after(at)); }
  bool possessive_after(std::uint32_t at) const {
    return at + 1 < tokens_.size() && gap_before(at + 1) == Gap::apostrophe && tokens_[at + 1].size() == 1 && word_of(at + 1) == "s";
  }
  bool speaks_after(std::uint32_t at) const {
    return at + 1 < tokens_.size() && gap_before(at + 1) == Gap::blank && (tokens_[at + 1].flags & word::speaks);
  }
  bool person_acts(std::uint32_t end) const {
    if (possessive_after(end)) return true;
    if (end + 1 >= tokens_.size()) return false;
    if (gap_before(end + 1) == Gap::blank && (tokens_[end + 1].flags & (word::speaks | word::finite))) return true;
    return false;
  }
  bool person_before(std::uint32_t first) const {
    if (first == 0 || gap_before(first) != Gap::blank) return false;
    return (tokens_[first - 1].flags & (word::whom | word::naming)) != 0;
  }
  bool place_cue(std::uint32_t at) const {
    return at > 0 && gap_before(at) == Gap::blank && (tokens_[at - 1].flags & word::where) && !person_acts(at);
  }

  // Where the name of a body starts: leading words that are the sentence's fall off, its own capital words stay.
  std::uint32_t at_name(std::uint32_t at) const {
    while (tokens_[at].opens && (tokens_[at].flags & word::english) && free_letters(at + 1) && tokens_[at + 1].capital && (tokens_[at].flags & (word::whom | word::where | word::determiner | word::finite | word::modal))) ++at;
    return at;
  }

  Mention person(std::uint32_t first, std::uint32_t last, double confidence) const {
    Mention mention = thing(first, last, MentionKind::person, confidence);
    return mention;
  }
  Mention thing(std::uint32_t first, std::uint32_t last, MentionKind kind, double confidence) const {
    Mention mention;
    mention.kind = kind;
    mention.first = first;
    mention.last = last;
    mention.begin = tokens_[first].begin;
    mention.end = tokens_[last].end;
    mention.detector = "pattern";
    mention.confidence = confidence;
    return mention;
  }
  void name_words(Mention& mention, std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t i = first; i <= last; ++i) {
      if (i > first) {
        const Gap gap = gap_before(i);
        mention.name += gap == Gap::hyphen ? '-' : gap == Gap::apostrophe ? '\'' : ' ';
      }
      mention.name += word_of(i);
    }
  }

 public:
  // Role and kinship words beside the name.
  void read_cues(Mention& mention) const {
    mention.office_place = in_office_place(mention);
    // Before: the nearest of both kinds within four words of the clause; nearer wins.
    int role_at = 99, kin_at = 99;
    bool header = false;
    bool firm = mention.title_words > 0 && tokens_[mention.first].upper && one_of(word_of(mention.first), "pc wpc dc ds di dci dcs pcso sgt insp supt");  // a rank is no guess
    for (std::uint32_t steps = 1, i = mention.first; steps <= 4 && i > 0; ++steps) {
      --i;
      const std::string_view gap = text_.substr(tokens_[i].end, tokens_[i + 1].begin - tokens_[i].end);
      if (steps == 1 && gap.find("..") != std::string_view::npos && gap.find('\n') == std::string_view::npos) header = true;  // "MANAGER .. Tolga Aydin"
      else if (gap.find('\n') != std::string_view::npos || gap.find(';') != std::string_view::npos || gap.find(". ") != std::string_view::npos || gap.find(')') != std::string_view::npos) {
        if (!(gap == ". " && (tokens_[i].size() == 1 || (tokens_[i].size() <= 4 && (tokens_[i].flags & (word::title | word::abbreviation)))))) break;
      }
      if (gap.find(',') != std::string_view::npos && steps > 1) break;
      const WordFlags flags = tokens_[i].label ? 0 : tokens_[i].flags;  // the words of an earlier cut's label are no cues
      if (gap.find(':') != std::string_view::npos) {
        if (steps == 1) header = true;
        else break;
      }
      if ((flags & word::finite) && !(flags & (word::role | word::kin)) && steps > 1) break;
      const bool other_sense = (one_of(word_of(i), "visitor visitors") && !(i > 0 && word_of(i - 1) == "health")) || word_of(i) == "minutes";  // who came to the house; a time
      if ((flags & word::role) && !(flags & word::naming) && role_at == 99 && !other_sense) role_at = static_cast<int>(steps);
      if ((flags & word::kin) && kin_at == 99) {
        // "your mother's" further back is somebody else's relation; directly before it is this one's.
        const bool possessed = i + 1 < tokens_.size() && gap_before(i + 1) == Gap::apostrophe;
        if (!possessed) kin_at = static_cast<int>(steps);
      }
      if (steps > 1 && (flags & (word::whom | word::modal))) break;
      if (steps == 1 && one_of(word_of(i), "that if whether because when while")) break;  // "told the supervisor that Callum …"
      if ((flags & word::speaks) && !(flags & (word::naming | word::role | word::kin))) break;  // "an earlier partner told Oluwaseun"
    }
    const auto adjacent = [&](int at) { return at <= 2 || at == 99; };
    if (header && mention.first > 0) {
      const std::uint32_t before = mention.first - 1;
      const std::string_view label = word_of(before);
      if ((tokens_[before].flags & word::role) && !one_of(label, "reporter referrer call")) role_at = 1;
      if (label == "adult" && before > 0 && word_of(before - 1) == "appropriate") role_at = 1;
      if (label == "from" || label == "by" || label == "author" || label == "present" || label == "cc" || label == "signed" || label == "completed" || label == "apologies" || label == "attendees" || label == "recorded" ||
          label == "typed" || label == "monitoring" || label == "panel" || label == "distribution" || label == "worker")
        if (kin_at > 1) role_at = std::min(role_at, 1);
    }
    // "Reported by Mrs T. Nakamura", "Submitted by Niamh Corrigan".
    if (mention.first >= 1 && word_of(mention.first - 1) == "from" && tokens_[mention.first - 1].opens && (tokens_[mention.first - 1].capital || tokens_[mention.first - 1].shout || mention.first == 1) && gap_before(mention.first) == Gap::blank && kin_at > 1) role_at = 1;
    if (mention.first >= 2 && word_of(mention.first - 1) == "by" && gap_before(mention.first) == Gap::blank) {
      const std::string_view verb = word_of(mention.first - 2);
      if (verb == "reported" || verb == "submitted" || verb == "taken" || verb == "completed" || verb == "written" || verb == "typed" || verb == "chaired" || verb == "signed" || verb == "prepared" ||
          verb == "authored" || verb == "screened" || verb == "typing" || verb == "recorded" || verb == "minuted" || verb == "countersigned" || verb == "audited" ||
          ((verb == "checked" || verb == "interpreted") && tokens_[mention.first - 2].opens))
        role_at = 1;
    }
    // After: ", designated safeguarding lead", "(SW, chair)", ", named doctor", ", his wife".
    if (mention.last + 1 < tokens_.size()) {
      const std::string_view gap = between(mention.last + 1);
      // A column of a list says what somebody is only where the name begins a line or a column, and the list is none of a family or of friends.
      const bool roster = apart(gap) && begins_column(mention.first);
      const bool aside = gap == ", " || gap == " (" || gap == " - " || gap == ",\n" || gap == "\n" || roster;
      if (qualification(mention.last + 1) && kin_at > 1) {
        role_at = 1;
        firm = true;
      }
      // "Education (Miss Larkin): attendance 81%."
      if (mention.title_words > 0 && mention.first > 0 && between(mention.first) == " (" && tokens_[mention.first - 1].capital && kin_at > 1 && (gap == "), " || gap == ") " || gap == "): " || gap == ")\n" || gap == ")")) {
        std::uint32_t office = mention.first - 1;
        for (int back = 0; back < 3; ++back) {
          if (office_name(office)) role_at = 1;
          if (office == 0 || tokens_[office].opens || between(office) != " ") break;
          --office;
        }
      }
      if (kin_at > 1 && roster && whole_column(mention.last + 1) && !list_of_private_people(mention.first)) role_at = 1;
      if (kin_at > 1 && (gap == " - " || gap == ", ") && firm_office(mention.last + 1) && ends_column(mention.last + 1) && !list_of_private_people(mention.first)) role_at = 1;
      if (kin_at > 1 && gap == " - " && starts_line(mention.first) && office_name(mention.last + 1) && ends_column(mention.last + 1) && list_of_those_present(mention.first)) role_at = 1;
      if (kin_at > 1 && gap == " - " && school_name(mention.last + 1) && starts_line(mention.first) && list_of_those_present(mention.first)) role_at = 1;
      const bool one_more = mention.last + 2 >= tokens_.size() || between(mention.last + 2) != " ";
      if (kin_at > 1 && gap == " " && one_of(word_of(mention.last + 1), "interpreting translating") && one_more) role_at = 1;
      if (kin_at > 1 && gap == " " && word_of(mention.last + 1) == "as" && mention.last + 2 < tokens_.size() && between(mention.last + 2) == " " && one_of(word_of(mention.last + 2), "interpreter translator scribe") &&
          (mention.last + 3 >= tokens_.size() || between(mention.last + 3) != " "))
        role_at = 1;
      if (kin_at > 1 && gap == " (" && mention.last + 2 < tokens_.size() && word_of(mention.last + 1) == "on" && one_of(word_of(mention.last + 2), "call duty") && tokens_[mention.last + 2].end < text_.size() && text_[tokens_[mention.last + 2].end] == ')')
        role_at = 1;
      if (kin_at > 1 && office_of(mention)) role_at = 1;
      if (aside) {
        const bool next_line = gap.find('\n') != std::string_view::npos;
        for (std::uint32_t steps = 0, i = mention.last + 1; steps < 5 && i < tokens_.size(); ++steps, ++i) {
          if (steps > 0) {
            const std::string_view inner = between(i);
            if (inner != " " && inner != "-" && inner != "'") break;
          }
          const WordFlags flags = tokens_[i].flags;
          if (tokens_[i].taken && !tokens_[i].label) break;
          if (word_of(i) == "retired" || word_of(i) == "former") break;  // ", a retired teacher": not in that role here
          if ((flags & word::kin) && !(flags & word::role)) {
            // ", his wife" but not ", midwife to the mother"
            if (role_at > 1 && !next_line) kin_at = std::min(kin_at, 1);
            break;
          }
          if (flags & word::role) {
            if (roster) break;  // whole_column has looked
            std::uint32_t part = i;
            while (part + 1 < tokens_.size() && between(part + 1) == " " && (tokens_[part + 1].flags & word::role)) ++part;
            if (!next_line && !says_a_part(mention, i, part, gap == " (")) break;
            if (kin_at > 1) role_at = std::min(role_at, 1);
            const bool closed = tokens_[part].end < text_.size() && text_[tokens_[part].end] == ')';  // "Health (C. Achampong, named nurse)"
            if (kin_at > 1 && closed && (part > i || tokens_[i].size() > 4) && i == mention.last + 1) firm = true;
            break;
          }
          if (flags & (word::finite | word::modal)) break;
        }
      }
    }
    if (mention.first > 0 && kin_at > 1) {
      const std::uint32_t before = mention.first - 1;
      // "Nursery / Miss Odell", "M/W Gill Stanford", "Assessors Ottoline Drage and Femi Sotunde"
      if (between(mention.first) == " / " && mention.title_words > 0 && office_name(before) && tokens_[before].capital) role_at = 1;
      if ((word_of(before) == "w" && before > 0 && (word_of(before - 1) == "m" || word_of(before - 1) == "s") && between(before) == "/") || several_of_a_role(mention.first)) role_at = 1;
    }
    // A signature: the line before it takes leave.
    if (mention.first > 0 && line_before_takes_leave(mention.first)) role_at = 1;
    if (mention.work_title && kin_at > 1) role_at = std::min(role_at, 1);
    if (private_aside(mention)) {
      mention.private_cue = true;
      mention.office_place = false;
    } else if (kin_at != 99 && kin_at < role_at && (kin_at <= 4)) {
      mention.private_cue = true;
      for (std::uint32_t i = mention.first; i > 0 && mention.first - i < 4;) {
        --i;
        if (tokens_[i].flags & word::kin) {
          mention.relation = std::string(word_of(i));
          break;
        }
      }
    } else if (role_at != 99 && adjacent(role_at)) {
      mention.professional_cue = true;
      mention.firm_cue = firm;
    }
    if (mention.first > 0 && (tokens_[mention.first - 1].flags & word::naming) && gap_before(mention.first) == Gap::blank && !mention.professional_cue) mention.private_cue = true;
    // Somebody's relation follows: "levi's mother".
    if (possessive_after(mention.last) && mention.last + 2 < tokens_.size() && (tokens_[mention.last + 2].flags & word::kin) && gap_before(mention.last + 2) == Gap::blank) mention.private_cue = mention.private_cue || !mention.professional_cue;
  }

 private:
  // Where those who work on a case stand although nothing calls them so: the list of those present, where somebody in the same list has a part. The place
  // alone makes nobody a professional; the tagger must be nearly sure (weigh_parts).
  bool in_office_place(const Mention& mention) const {
    const std::uint32_t first = mention.first;
    std::uint32_t line = first;
    while (line > 0 && !starts_line(line) && first - line < 60) --line;
    if (!starts_line(line) || line == first) return false;
    if (!one_of(word_of(line), "present attended attendees attendance apologies panel") || between(line + 1).find(':') == std::string_view::npos) return false;
    bool part = false;
    for (std::uint32_t i = line + 1; i < tokens_.size() && i < line + 60 && !(i > line + 1 && starts_line(i)); ++i) part = part || ((tokens_[i].flags & word::role) && between(i).find('(') != std::string_view::npos);
    return part;
  }

  // Said of the one just named, up to the end of the bracket, the column or the clause: "(referrer, neighbour)", "| housing | mother's boyfriend", "who lives
  // opposite", "next door", "at number 9". Not "midwife to the mother".
  bool private_aside(const Mention& mention) const {
    std::uint32_t i = mention.last + 1;
    if (i >= tokens_.size()) return false;
    const std::string_view gap = between(i);
    const bool bracket = gap.find('(') != std::string_view::npos;
    const bool row = gap.find_first_of("|\t") != std::string_view::npos || gap.find("  ") != std::string_view::npos || gap.find("..") != std::string_view::npos || gap.find('=') != std::string_view::npos;
    const bool listed = bracket || row || gap == ", " || gap == " - ";
    bool role = false;
    for (std::uint32_t steps = 0; i < tokens_.size() && steps < 10; ++steps, ++i) {
      const std::string_view inner = between(i);
      if (inner.find('\n') != std::string_view::npos || inner.find(". ") != std::string_view::npos || inner.find(';') != std::string_view::npos) break;
      if (steps > 0 && bracket && inner.find(')') != std::string_view::npos) break;
      if (steps > 0 && !listed && inner != " " && inner != "-" && inner != "'" && inner != ", ") break;
      if (tokens_[i].taken && !tokens_[i].label && steps > 0 && !row) break;
      const std::string_view word = word_of(i);
      if (word == "next" && i + 1 < tokens_.size() && word_of(i + 1) == "door") return steps < 3;
      if (word == "opposite" && steps < 4) return true;
      if (steps == 0 && one_of(word, "lives lived") && i + 1 < tokens_.size() && one_of(word_of(i + 1), "at opposite next in with upstairs downstairs below above")) return true;
      if (steps == 0 && word == "at" && i + 1 < tokens_.size() && (one_of(word_of(i + 1), "number no") || tokens_[i + 1].digits)) return true;
      if (steps == 1 && one_of(word_of(i - 1), "who") && one_of(word, "lives lived hears heard overheard")) return true;
      if (!listed) {
        if (steps >= 2) break;
        continue;
      }
      if (tokens_[i].flags & word::role) role = true;
      if ((tokens_[i].flags & word::kin) && !(tokens_[i].flags & word::role)) {
        const std::string_view before = word_of(i - 1);
        if (role && (one_of(before, "to the his her their of for with") || inner == "'" || inner == " ")) return false;
        return true;
      }
      if (!row && !bracket && (tokens_[i].flags & (word::finite | word::modal))) break;
    }
    return false;
  }

  // Whether the words [first, last] behind a name, with roles among them, are a part somebody has: "class teacher at St Mary's", "(SW, chair)"; not "police
  // say", "minutes later", "(police bail)", "(key witness)", nor one word that as often tells of a client: probation, housing.
  bool says_a_part(const Mention& mention, std::uint32_t first, std::uint32_t last, bool bracket) const {
    std::uint32_t telling = 0;
    for (std::uint32_t i = first; i <= last; ++i)
      if (!one_of(word_of(i), "police probation housing minutes key student volunteer visitor independent named lead reporter head mash camhs cafcass")) ++telling;
    if (last + 1 < tokens_.size()) {
      const std::string_view gap = between(last + 1);
      const std::string_view next = word_of(last + 1);
      if (gap == " " && !one_of(next, "at of for from in with and to who on covering by year") && !(tokens_[last + 1].flags & word::role) && !tokens_[last + 1].capital && !tokens_[last + 1].digits) return false;
      if (bracket && gap.starts_with(":")) return false;
    }
    return telling > 0 || mention.title_words > 0 || last > first;
  }

  // At the start of a line, behind a bullet or a number of one, or of a column.
  bool begins_column(std::uint32_t first) const {
    if (starts_line(first)) return true;
    const std::string_view gap = between(first);
    return gap.find("  ") != std::string_view::npos || gap.find('|') != std::string_view::npos || gap.find('\t') != std::string_view::npos;
  }
  // The column that begins at token `at` says a part or an office and nothing else.
  bool whole_column(std::uint32_t at) const {
    bool said = false;
    for (std::uint32_t i = at; i < tokens_.size() && i < at + 6; ++i) {
      if (i > at) {
        const std::string_view gap = between(i);
        if (gap.find_first_of("\n|\t") != std::string_view::npos || gap.find("  ") != std::string_view::npos || gap.find("..") != std::string_view::npos) return said;
        if (gap != " " && gap != ", " && gap != "'" && gap != "-" && gap != "/" && gap != " / ") return false;
      }
      const std::string_view word = word_of(i);
      if (one_of(word, "student visitor visitors volunteer key head police-officer named witness carer carers referrer reporter worker's")) return false;
      if ((tokens_[i].flags & word::role) && !(tokens_[i].flags & word::kin)) said = true;
      else if (firm_office(i) || one_of(word, "police probation housing minutes education midwifery")) said = true;
      else if (!one_of(word, "and of the for by on video phone social health school public children s care services service team class form year mental family support youth early help nursing deputy named designated safeguarding independent specialist senior duty")) return false;
    }
    const std::uint32_t end = at + 6;
    return said && (end >= tokens_.size());
  }
  // The first line of the block of lines in which token `at` stands, or the one before it where that ends in a colon.
  std::pair<std::uint32_t, std::uint32_t> heading_of(std::uint32_t at) const {
    std::uint32_t line = at;
    for (std::uint32_t steps = 0; line > 0 && steps < 160; ++steps) {
      if (starts_line(line) && between(line).find("\n\n") != std::string_view::npos) break;
      --line;
    }
    std::uint32_t end = line;
    while (end + 1 < tokens_.size() && !starts_line(end + 1) && end - line < 12) ++end;
    return {line, end};
  }
  bool list_of_private_people(std::uint32_t at) const {
    const auto [first, last] = heading_of(at);
    for (std::uint32_t i = first; i <= last && i < tokens_.size(); ++i) {
      if (i >= at) break;
      if ((tokens_[i].flags & word::kin) && !(tokens_[i].flags & word::role)) return true;
      if (one_of(word_of(i), "family household home children siblings genogram associates callers caller suspects suspect victims victim witnesses visitors tenants residents pupils class keys guests party referrals contacts details adults members")) return true;
    }
    return false;
  }
  bool list_of_those_present(std::uint32_t at) const {
    const auto [first, last] = heading_of(at);
    if (first >= at) return false;
    const std::string_view head = word_of(first);
    return one_of(head, "present attendees attendance panel") || (head == "in" && word_of(first + 1) == "attendance") || (head == "round" && first + 2 < tokens_.size() && word_of(first + 2) == "table");
  }

  // "Assessors Ottoline Drage and Femi Sotunde": a role in the plural before the first of several names.
  bool several_of_a_role(std::uint32_t first) const {
    std::uint32_t i = first;
    bool joined = false;
    for (std::uint32_t steps = 0; steps < 8 && i > 0; ++steps) {
      const std::string_view gap = between(i);
      if (gap != " " && gap != ", " && gap != ". " && gap != "-" && gap != "'" && gap != ": ") return false;
      --i;
      const Token& token = tokens_[i];
      const std::string_view word = word_of(i);
      if (word == "and" || gap == ", ") joined = true;
      if ((token.flags & word::role) && !token.taken) return joined && word.ends_with("s") && word.size() > 3 && !one_of(word, "visitors students volunteers carers heads minutes") && tokens_[i + 1].capital && (between(i + 1) == " " || between(i + 1) == ": ");
      if (word != "and" && !token.capital) return false;
    }
    return false;
  }

  bool starts_line(std::uint32_t at) const { return at == 0 || between(at).find('\n') != std::string_view::npos; }
  bool same_line(std::uint32_t a, std::uint32_t b) const { return text_.substr(tokens_[a].end, tokens_[b].begin - tokens_[a].end).find('\n') == std::string_view::npos; }

  // Two columns of a list: dots, a bar, an oblique, a tab or several blanks stand between.
  static bool apart(std::string_view gap) {
    if (gap.find('\n') != std::string_view::npos || gap.find_first_of(",;:()\"") != std::string_view::npos) return false;
    if (gap.find('.') != std::string_view::npos && gap.find("...") == std::string_view::npos) return false;  // the end of a sentence
    return gap.find("  ") != std::string_view::npos || gap.find('\t') != std::string_view::npos || gap.find("...") != std::string_view::npos || gap.find(" | ") != std::string_view::npos ||
           gap.find(" / ") != std::string_view::npos;
  }

  // HCA, RGN, MRCPsych behind a name, and nothing behind them.
  bool qualification(std::uint32_t at) const {
    const std::string_view gap = between(at);
    if (gap != " " && gap != ", " && gap != "  ") return false;
    if (!one_of(word_of(at), "hca rgn rmn rnld rscn rscphn rsw hcpc frcpch mrcgp mrcpsych frcpsych frcs cpsych qsw cqsw bsc msc phd mbe") || !(tokens_[at].upper || tokens_[at].capital)) return false;
    return at + 1 >= tokens_.size() || (between(at + 1) != " " && between(at + 1) != "-");
  }

  // What a column of a list of people says of a professional although it names no part: police, probation, school nursing.
  bool office_name(std::uint32_t at) const {
    static constexpr std::string_view offices[] = {"police", "probation", "housing", "education", "health", "health visiting", "school nursing", "nursing", "midwifery", "children's services", "childrens services",
                                                   "children's social care", "childrens social care", "social care", "social services", "social work", "adult services", "adult social care", "early help", "youth justice",
                                                   "youth offending", "youth service", "family support", "mental health", "legal", "minutes", "admin", "business support", "safeguarding", "environmental health", "env health",
                                                   "fire service", "fire and rescue", "ambulance", "school", "nursery", "college", "surgery", "hospital", "council", "cafcass", "camhs", "cmht", "nspcc", "iaa", "idva service",
                                                   "virtual school", "fostering", "adoption", "leaving care", "dwp", "jobcentre", "job centre", "home office", "mash", "edt", "eds", "marac", "hr", "drug and alcohol", "substance misuse", "attendance", "inclusion", "pastoral"};
    for (const std::string_view office : offices) {
      const std::string_view here = text_.substr(tokens_[at].begin, office.size());
      const std::size_t end = tokens_[at].begin + office.size();
      if (here == office && (end >= text_.size() || !((text_[end] >= 'a' && text_[end] <= 'z') || text_[end] == '\''))) return true;
    }
    return false;
  }

  bool ends_column(std::uint32_t at) const {
    std::uint32_t last = at;
    while (last + 1 < tokens_.size() && last < at + 3 && (between(last + 1) == " " || between(last + 1) == "'") && !tokens_[last + 1].capital) ++last;
    return last + 1 >= tokens_.size() || between(last + 1).find_first_of("\n|;)") != std::string_view::npos || between(last + 1) == "  ";
  }
  // "Faith Lane Primary", "Hollow Lane School": up to the end of its line.
  bool school_name(std::uint32_t at) const {
    std::uint32_t last = at;
    while (last + 1 < tokens_.size() && last < at + 5 && (between(last + 1) == " " || between(last + 1) == "'") && (tokens_[last + 1].capital || tokens_[last + 1].size() == 1)) ++last;
    return last > at && tokens_[at].capital && one_of(word_of(last), "primary school academy nursery juniors infants council") && ends_column(last);
  }

  // Offices at which nobody lives, learns, lies ill or is held: only those who work there are from them.
  static constexpr std::string_view firm_offices[] = {"early help", "social services", "social care", "children's services", "childrens services", "children's social care", "childrens social care", "adult services", "adult social care",
                                                      "school nursing", "health visiting", "environmental health", "env health", "business support", "the language line", "language line", "mash", "camhs", "agency"};
  std::size_t firm_office_size(std::uint32_t at) const {
    for (const std::string_view office : firm_offices) {
      const std::size_t end = tokens_[at].begin + office.size();
      if (text_.substr(tokens_[at].begin, office.size()) == office && (end >= text_.size() || !((text_[end] >= 'a' && text_[end] <= 'z') || text_[end] == '\'' || text_[end] == '-'))) return office.size();
    }
    return 0;
  }
  bool firm_office(std::uint32_t at) const { return firm_office_size(at) != 0; }

  // "Diane from Early Help rang.", "Mrs Sims of Hollow Lane School said": the office ends the phrase, or does something.
  // From a school comes a teacher only with a title: "Tyler from St Mary's School" may be a pupil.
  bool office_of(const Mention& mention) const {
    const std::uint32_t at = mention.last + 1;
    if (at + 1 >= tokens_.size() || between(at) != " ") return false;
    const std::string_view word = word_of(at);
    if (!(word == "from" || word == "of" || word == "on" || word == "at") || tokens_[at].capital) return false;
    std::uint32_t start = at + 1;
    if (word_of(start) == "the" || word_of(start) == "our" || word_of(start) == "your") ++start;
    if (start >= tokens_.size() || !same_line(at, start)) return false;
    const auto ends = [&](std::uint32_t next) {
      if (next >= tokens_.size()) return true;
      const std::string_view gap = between(next);
      return gap != " " ? gap.find('-') == std::string_view::npos && gap != "'" : (tokens_[next].flags & word::speaks) != 0 && !(tokens_[next].flags & word::bare_verb);
    };
    if (const std::size_t size = firm_office_size(start); size != 0) {
      const bool abbreviation = tokens_[start].upper && (tokens_[start].flags & word::abbreviation);
      if (word == "at" && !abbreviation) return false;
      if (word == "on" && text_.substr(tokens_[start].begin, 13) != "language line") return false;
      std::uint32_t next = start;
      while (next < tokens_.size() && tokens_[next].end <= tokens_[start].begin + size) ++next;
      return ends(next);
    }
    if (mention.title_words == 0 || mention.private_cue || word == "on") return false;
    for (std::uint32_t i = start; i < tokens_.size() && i < start + 5; ++i) {
      if (i > start && between(i) != " " && between(i) != "'" && between(i) != "-") break;
      if (!tokens_[i].capital && tokens_[i].size() > 1) break;
      if (one_of(word_of(i), "school academy nursery primary council juniors infants") && i > start && ends(i + 1)) return word != "at" || one_of(word_of(i), "council") || ends(i + 1);
    }
    return false;
  }

  bool line_before_takes_leave(std::uint32_t first) const {
    const std::string_view gap = between(first);
    if (gap.find('\n') == std::string_view::npos) return false;
    for (std::uint32_t steps = 0, i = first; steps < 3 && i > 0; ++steps) {
      --i;
      const std::string_view word = word_of(i);
      if (word == "regards" || word == "sincerely" || word == "faithfully" || word == "wishes" || word == "thanks" || word == "signed") return true;
      if (i > 0 && between(i).find('\n') != std::string_view::npos) return false;
    }
    return false;
  }

  void add(Mention mention) {
    for (std::uint32_t i = mention.first; i <= mention.last; ++i) tokens_[i].taken = true;
    work_.mentions.push_back(std::move(mention));
  }
  void add_thing(std::uint32_t first, std::uint32_t last, MentionKind kind, double confidence) {
    Mention mention = thing(first, last, kind, confidence);
    name_words(mention, first, last);
    add(std::move(mention));
  }

  Work& work_;
  Mode mode_;
  std::vector<Token>& tokens_;
  std::string_view text_;
};

}  // namespace

void find_unknown(Work& work, Mode mode) {
  Finder(work, mode).run();
  take_initials(work);
}

void read_cues(Work& work, Mode mode, Mention& mention) { Finder(work, mode).read_cues(mention); }

void take_initials(Work& work) {
  auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  for (Mention& mention : work.mentions) {
    if (mention.kind != MentionKind::person || mention.who != nobody || mention.title_words > 0) continue;
    while (mention.first > 0) {
      const Token& before = tokens[mention.first - 1];
      if (before.taken || before.label || !before.letters || before.size() != 1) break;
      const bool dot = gap_between(text, before.end, mention.begin) == Gap::dot;
      const bool blank = before.capital && before.end + 1 == mention.begin && text[before.end] == ' ' && text[before.begin] != 'i' && text[before.begin] != 'a';
      // An initial stands alone: not the s of "Anna's. Vell", not the e of "i.e. Vell".
      const bool alone = mention.first < 2 || tokens[mention.first - 2].end + 1 < before.begin || text[before.begin - 1] == ' ' || text[before.begin - 1] == '\n' || text[before.begin - 1] == '(';
      if (!(dot || blank) || !alone) break;
      --mention.first;
      mention.begin = before.begin;
      mention.name = std::string(1, text[before.begin]) + " " + mention.name;
      tokens[mention.first].taken = true;
    }
  }
}

}  // namespace gatehouse::redaction
