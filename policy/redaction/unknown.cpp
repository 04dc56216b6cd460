// Stage 4 as far as it goes without a model: people whom the file does not list, by titles, kinship and role words, and the shape of
// names. It proposes; who of them stays is the policy's question. The tagger (tagged.cpp) adds its candidates to the same table.
#include <algorithm>

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
    if ((title.flags & word::kin) && !work_title) mention.private_cue = true;
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
      const bool joins = (gap == Gap::blank && !line_end) || gap == Gap::hyphen || (gap == Gap::apostrophe && (next.capital || tokens_[end].size() <= 2)) ||
                         (gap == Gap::dot && tokens_[end].size() == 1 && !line_end);
      if (!joins || next.opens) break;
      if (gap == Gap::apostrophe && next.size() == 1) break;
      const bool particle = !next.capital && (next.flags & word::particle) && free_letters(end + 2) && tokens_[end + 2].capital && gap_before(end + 2) != Gap::wide;
      if (!next.capital && !particle) break;
      if (next.flags & (word::title & ~word::kin) && !(next.flags & word::given_name)) break;
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
    // Before: the nearest of both kinds within four words of the clause; nearer wins.
    int role_at = 99, kin_at = 99;
    bool header = false;
    for (std::uint32_t steps = 1, i = mention.first; steps <= 4 && i > 0; ++steps) {
      --i;
      const std::string_view gap = text_.substr(tokens_[i].end, tokens_[i + 1].begin - tokens_[i].end);
      if (gap.find('\n') != std::string_view::npos || gap.find(';') != std::string_view::npos || gap.find(". ") != std::string_view::npos || gap.find(')') != std::string_view::npos) {
        if (!(gap == ". " && tokens_[i].size() <= 3)) break;
      }
      if (gap.find(',') != std::string_view::npos && steps > 1) break;
      const WordFlags flags = tokens_[i].label ? 0 : tokens_[i].flags;  // the words of an earlier cut's label are no cues
      if (gap.find(':') != std::string_view::npos) {
        if (steps == 1) header = true;
        else break;
      }
      if ((flags & word::finite) && !(flags & (word::role | word::kin)) && steps > 1) break;
      if ((flags & word::role) && !(flags & word::naming) && role_at == 99) role_at = static_cast<int>(steps);
      if ((flags & word::kin) && kin_at == 99) {
        // "your mother's" further back is somebody else's relation; directly before it is this one's.
        const bool possessed = i + 1 < tokens_.size() && gap_before(i + 1) == Gap::apostrophe;
        if (!possessed) kin_at = static_cast<int>(steps);
      }
      if (steps > 1 && (flags & (word::whom | word::modal))) break;
    }
    const auto adjacent = [&](int at) { return at <= 2 || at == 99; };
    if (header && mention.first > 0) {
      const std::uint32_t before = mention.first - 1;
      const std::string_view label = word_of(before);
      if (tokens_[before].flags & word::role) role_at = 1;
      if (label == "from" || label == "by" || label == "author" || label == "present" || label == "cc" || label == "signed" || label == "completed" || label == "apologies" || label == "attendees" || label == "recorded" || label == "call")
        if (kin_at > 1) role_at = std::min(role_at, 1);
    }
    // "Reported by Mrs T. Nakamura", "Submitted by Niamh Corrigan".
    if (mention.first >= 1 && word_of(mention.first - 1) == "from" && tokens_[mention.first - 1].opens && gap_before(mention.first) == Gap::blank && kin_at > 1) role_at = 1;
    if (mention.first >= 2 && word_of(mention.first - 1) == "by" && gap_before(mention.first) == Gap::blank) {
      const std::string_view verb = word_of(mention.first - 2);
      if (verb == "reported" || verb == "submitted" || verb == "taken" || verb == "completed" || verb == "written" || verb == "typed" || verb == "chaired" || verb == "signed" || verb == "prepared" ||
          verb == "authored" || verb == "recorded" || verb == "minuted")
        role_at = 1;
    }
    // After: ", designated safeguarding lead", "(SW, chair)", ", named doctor", ", his wife".
    if (mention.last + 1 < tokens_.size()) {
      const std::string_view gap = between(mention.last + 1);
      const bool aside = gap == ", " || gap == " (" || gap == " - " || gap == ",\n" || gap == "\n";
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
            if (kin_at > 1) role_at = std::min(role_at, 1);
            break;
          }
          if (flags & (word::finite | word::modal)) break;
        }
      }
    }
    // A signature: the line before it takes leave.
    if (mention.first > 0 && line_before_takes_leave(mention.first)) role_at = 1;
    if (mention.work_title && kin_at > 1) role_at = std::min(role_at, 1);
    if (kin_at != 99 && kin_at < role_at && (kin_at <= 4)) {
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
    }
    if (mention.first > 0 && (tokens_[mention.first - 1].flags & word::naming) && gap_before(mention.first) == Gap::blank && !mention.professional_cue) mention.private_cue = true;
    // Somebody's relation follows: "levi's mother".
    if (possessive_after(mention.last) && mention.last + 2 < tokens_.size() && (tokens_[mention.last + 2].flags & word::kin) && gap_before(mention.last + 2) == Gap::blank) mention.private_cue = mention.private_cue || !mention.professional_cue;
  }

 private:
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
