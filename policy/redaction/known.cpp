// Stage 3: the people of the case file, in one pass over the words; then who of them a form can mean.
#include <algorithm>
#include <unordered_map>

#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

struct Match {
  std::uint32_t first = 0, last = 0;  // tokens
  std::uint32_t pattern = 0;
};

bool gaps_hold(const Shadow& shadow, const NamePattern& pattern, std::uint32_t first, std::uint32_t last) {
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  for (std::uint32_t i = first + 1; i <= last; ++i) {
    switch (gap_between(text, tokens[i - 1].end, tokens[i].begin)) {
      case Gap::blank: case Gap::hyphen: case Gap::apostrophe: break;
      case Gap::dot:
        if (tokens[i - 1].size() > 2) return false;
        break;
      case Gap::comma:
        if (!pattern.reversed) return false;
        break;
      case Gap::wide: return false;
    }
  }
  return true;
}

// "TB said her phone was broken", "works with MM": letters that are an abbreviation of practice as well, where only somebody can stand.
bool letters_act(const Shadow& shadow, std::uint32_t at) {
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  if (at > 0 && gap_between(text, tokens[at - 1].end, tokens[at].begin) == Gap::blank &&
      ((tokens[at - 1].flags & (word::determiner | word::possessive)) || tokens[at - 1].digits || tokens[at - 1].upper))
    return false;
  if (at + 1 < tokens.size()) {
    const Token& next = tokens[at + 1];
    const Gap gap = gap_between(text, tokens[at].end, next.begin);
    if (gap == Gap::blank && !next.capital && (next.flags & (word::speaks | word::finite))) return true;
    if (gap == Gap::apostrophe && next.size() == 1 && text[next.begin] == 's') return true;
    if ((gap == Gap::blank && (next.capital || next.digits)) || gap == Gap::hyphen) return false;
  }
  if (at == 0 || gap_between(text, tokens[at - 1].end, tokens[at].begin) != Gap::blank) return false;
  const std::string_view before = shadow.word(tokens[at - 1]);
  for (const std::string_view one : {"with", "told", "asked", "rang", "phoned", "met", "ask", "tell", "ring", "concerns", "from", "of", "by", "is", "and", "at"})
    if (before == one) return true;
  return false;
}

bool shape_holds(const Shadow& shadow, const NamePattern& pattern, std::uint32_t first, std::uint32_t last) {
  const auto& tokens = shadow.tokens();
  if (pattern.capitals) {
    if (first == last && (tokens[first].flags & word::abbreviation)) return tokens[first].upper && letters_act(shadow, first);
    for (std::uint32_t i = first; i <= last; ++i)
      if (!tokens[i].upper && !(tokens[i].size() == 1 && tokens[i].capital) && !(tokens[i].shout && !(tokens[i].flags & (word::english | word::title)))) return false;
    return true;
  }
  if (pattern.last_initial) {
    const Token& letter = tokens[last];
    const bool small = shadow.small_letters() && letter.size() == 1 && shadow.folded()[letter.begin] != 'a' && shadow.folded()[letter.begin] != 'i' && shadow.folded()[letter.begin] != 'x' && shadow.folded()[letter.begin] != 'n' &&
                       shadow.folded()[letter.begin] != 'u' && shadow.folded()[letter.begin] != 'r' && shadow.folded()[letter.begin] != 'c';  // "yonas g" typed small; not "yonas n his mum"
    return (letter.capital || letter.shout || small) && letter.size() == 1 && gap_between(shadow.folded(), tokens[last - 1].end, letter.begin) == Gap::blank &&
           !(letter.end < shadow.folded().size() && shadow.folded()[letter.end] == '\'');
  }
  // An initial before a surname: a capital, or a dot after it. "a nowak" is an article and a name.
  if (first < last && tokens[first].size() == 1 && !tokens[first].capital && !(tokens[first].shout && !(tokens[first].flags & word::english))) {
    const Gap gap = gap_between(shadow.folded(), tokens[first].end, tokens[first + 1].begin);
    // Where somebody types small letters throughout, "n ncube" is an initial too, unless the letter may be a word or end one.
    const char letter = shadow.folded()[tokens[first].begin];
    const bool small = gap == Gap::blank && !tokens[first].shout && !tokens[last].raised() && letter != 'a' && letter != 'i' && letter != 'x' && !(tokens[last].flags & word::english) &&
                       (first == 0 || gap_between(shadow.folded(), tokens[first - 1].end, tokens[first].begin) != Gap::apostrophe);
    return small || gap == Gap::dot || gap == Gap::apostrophe || gap == Gap::hyphen;
  }
  return true;
}

int rank(Fit fit, bool titled) {
  switch (fit) {
    case Fit::full: return 0;
    case Fit::alias: case Fit::given: case Fit::initials: return titled ? 2 : 1;
    case Fit::surname: return titled ? 1 : 2;
    case Fit::nickname: return 3;
    case Fit::middle: return 4;
  }
  return 5;
}

// Who can be meant, best first; `others` empty when the form settles it.
struct Resolved {
  std::vector<Who> people;
  bool surname_alone = false;
  bool given_alone = false;
  bool nobody_fits = false;  // a title of the other sex: somebody of that name who is not listed
};

// What the title says of the age: Mr, Mrs and Ms a grown-up; Miss a girl or a woman.
Resolved resolve(const PeopleTables& tables, const NamePattern& pattern, bool titled, bool grown_title, Sex title_sex, bool senior) {
  Resolved resolved;
  int best = 6;
  for (const Fitting& fitting : pattern.fittings) best = std::min(best, rank(fitting.fit, titled));
  bool surname = true, given = true;
  for (const Fitting& fitting : pattern.fittings) {
    if (rank(fitting.fit, titled) != best) continue;
    resolved.people.push_back(fitting.person);
    surname = surname && fitting.fit == Fit::surname;
    given = given && (fitting.fit == Fit::given || fitting.fit == Fit::alias || fitting.fit == Fit::nickname || fitting.fit == Fit::middle);
  }
  resolved.surname_alone = surname && !titled;
  resolved.given_alone = given && !titled;
  if (titled && title_sex != Sex::unknown) {
    std::vector<Who> fit_sex;
    for (const Who who : resolved.people) {
      const Sex sex = tables.facts[static_cast<std::size_t>(who)].sex;
      if (sex == Sex::unknown || sex == title_sex) fit_sex.push_back(who);
    }
    if (fit_sex.empty())
      resolved.nobody_fits = true;
    else
      resolved.people = std::move(fit_sex);
  }
  const auto of_tier = [&](Who who) { return tables.facts[static_cast<std::size_t>(who)].tier; };
  // "Mrs Sheikh" where the file lists only children who bear the name: a grown-up whom it does not list, unless it is one of them after all.
  if (grown_title && surname && tables.has_parents && std::all_of(resolved.people.begin(), resolved.people.end(), [&](Who who) { return of_tier(who) == Tier::child; })) resolved.nobody_fits = true;
  if (titled || senior) {
    // A title and a surname mean a grown-up where there is one.
    std::vector<Who> grown;
    for (const Who who : resolved.people)
      if (of_tier(who) != Tier::child || (titled && !grown_title && title_sex == Sex::female && tables.facts[static_cast<std::size_t>(who)].sex == Sex::female)) grown.push_back(who);
    if (!grown.empty()) resolved.people = std::move(grown);
    if (senior) {
      std::vector<Who> old;
      for (const Who who : resolved.people)
        if (of_tier(who) == Tier::grandparent) old.push_back(who);
      if (!old.empty()) resolved.people = std::move(old);
    }
  }
  // Of those whom a title fits, first the ones of whom the file says so.
  const auto sex_unsaid = [&](Who who) { return titled && title_sex != Sex::unknown && tables.facts[static_cast<std::size_t>(who)].sex == Sex::unknown; };
  std::sort(resolved.people.begin(), resolved.people.end(), [&](Who a, Who b) {
    if (sex_unsaid(a) != sex_unsaid(b)) return sex_unsaid(b);
    return of_tier(a) != of_tier(b) ? of_tier(a) < of_tier(b) : a < b;
  });
  return resolved;
}

// "H is the child; G is the father": a single capital that acts.
bool lone_initial(const Shadow& shadow, std::uint32_t at) {
  const auto& tokens = shadow.tokens();
  const char letter = shadow.folded()[tokens[at].begin];
  if (letter == 'i' || letter == 'a' || at + 1 >= tokens.size()) return false;
  if (gap_between(shadow.folded(), tokens[at].end, tokens[at + 1].begin) != Gap::blank || !(tokens[at + 1].flags & (word::finite | word::speaks)) || tokens[at + 1].capital) return false;
  if (at == 0) return true;
  const Gap gap = gap_between(shadow.folded(), tokens[at - 1].end, tokens[at].begin);
  if (gap == Gap::blank) return shadow.word(tokens[at - 1]) == "and" || shadow.word(tokens[at - 1]) == "that" || tokens[at].opens;
  return gap == Gap::comma || tokens[at].opens;
}

bool plain_name_word(const Token& token) {
  return token.letters && !token.digits && !token.label && (token.capital || (token.shout && !(token.flags & word::english))) &&
         !(token.flags & (word::title | word::month | word::weekday | word::abbreviation | word::role | word::kin | word::greeting | word::brand | word::people | word::organisation)) &&
         (!(token.flags & word::english) || ((token.flags & word::given_name) && !token.opens));
}

// "Mo Rihab El-Tayeb⏎Fa Abdulkarim Osman", "MGM and Mo", "mo grace, fa fiifi": in notes that write so Mo is the mother, unless the case file knows a Mo or the
// text a Mohammed.
void read_shorthand(Shadow& shadow, const PeopleTables& tables) {
  auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  bool mothers = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view word = shadow.word(tokens[i]);
    if (word.starts_with("moham") || word.starts_with("muham")) return;
    if (mothers || word != "mo" || tokens[i].taken) continue;
    const auto relation = [&](std::size_t at) {
      const std::string_view one = shadow.word(tokens[at]);
      return one == "fa" || one == "mgm" || one == "mgf" || one == "pgm" || one == "pgf" || one == "sib" || one == "sibs";
    };
    const bool opens = i == 0 || text.substr(tokens[i - 1].end, tokens[i].begin - tokens[i - 1].end).find('\n') != std::string_view::npos;
    for (std::size_t k = i + 1; k < tokens.size() && k <= i + 12 && !mothers; ++k) {
      const std::string_view gap = text.substr(tokens[k - 1].end, tokens[k].begin - tokens[k - 1].end);
      const bool beside = k == i + 1 || (k == i + 2 && shadow.word(tokens[k - 1]) == "and");
      mothers = shadow.word(tokens[k]) == "fa" && (beside || gap == ", " || (opens && gap.find('\n') != std::string_view::npos));
      if (beside && relation(k) && (gap == "/" || gap == ", " || gap == " + " || gap == " ")) mothers = true;
    }
    if (i > 0 && relation(i - 1) && text.substr(tokens[i - 1].end, tokens[i].begin - tokens[i - 1].end).size() <= 3 && text[tokens[i - 1].end] != '.' && text[tokens[i - 1].end] != ' ') mothers = true;
    if (i > 1 && shadow.word(tokens[i - 1]) == "and" && relation(i - 2)) mothers = true;
  }
  if (!mothers) return;
  for (Token& token : tokens)
    if (!token.taken && token.size() == 2 && shadow.word(token) == "mo" && tables.symbol(token.hash) == 0) token.flags = word::kin | word::abbreviation | word::english | word::female;
}

// "Mr Ravinder Gill complained … Mr Gill is back at work": whom the text has brought in with that title comes first; the others who bear the name stay
// in question. Not in "Mr Gill and his son".
void read_introductions(Work& work) {
  const auto& tokens = work.shadow.tokens();
  std::unordered_map<std::uint64_t, Who> brought_in;  // by title and family name
  for (Mention& mention : work.mentions) {
    if (mention.kind != MentionKind::person || mention.title_words != 1 || mention.who == nobody) continue;
    const std::uint64_t name = tokens[mention.first].hash * 3 + tokens[mention.last].hash;
    if (mention.last >= mention.first + 2) {
      if (mention.others.empty()) brought_in.try_emplace(name, mention.who);
      continue;
    }
    if (mention.last != mention.first + 1) continue;
    if (mention.last + 2 < tokens.size() && work.shadow.word(tokens[mention.last + 1]) == "and" && (tokens[mention.last + 2].flags & word::possessive)) continue;
    const auto found = brought_in.find(name);
    if (found == brought_in.end() || found->second == mention.who) continue;
    std::erase(mention.others, found->second);
    mention.others.insert(mention.others.begin(), mention.who);
    mention.who = found->second;
  }
}

// "Ms Victoria Swift⏎152 Hawthorn Drive⏎⏎Dear Ms Swift": a letter greets the one to whom it is addressed, whoever else bears the name.
void read_salutation(Work& work) {
  const auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  for (std::size_t m = 0; m < work.mentions.size(); ++m) {
    Mention& greeted = work.mentions[m];
    if (greeted.kind != MentionKind::person || greeted.title_words == 0 || greeted.first == 0 || work.shadow.word(tokens[greeted.first - 1]) != "dear") continue;
    const std::string_view surname = work.shadow.word(tokens[greeted.last]), title = work.shadow.word(tokens[greeted.first]);
    for (std::size_t k = m; k-- > 0;) {
      const Mention& addressed = work.mentions[k];
      if (greeted.begin - addressed.end > 300) break;
      if (addressed.kind != MentionKind::person || addressed.who == nobody || !addressed.others.empty() || addressed.last < addressed.first + addressed.title_words + 1) continue;
      if (work.shadow.word(tokens[addressed.last]) != surname || addressed.title_words == 0 || work.shadow.word(tokens[addressed.first]) != title) continue;
      const bool alone = (addressed.begin == 0 || text[addressed.begin - 1] == '\n') && addressed.end < text.size() && text[addressed.end] == '\n';
      if (!alone) continue;
      greeted.who = addressed.who;
      greeted.others.clear();
      greeted.ambiguous = false;
      greeted.name.clear();
      greeted.detector = "known";
      break;
    }
    return;  // one greeting a letter
  }
}

}  // namespace

void find_known(Work& work, const PeopleTables& tables) {
  Shadow& shadow = work.shadow;
  std::vector<Token>& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  static thread_local std::vector<Match> matches;
  static thread_local std::vector<std::uint32_t> lone;
  matches.clear();
  lone.clear();
  read_shorthand(shadow, tables);

  Automaton::State state = Automaton::root;
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    Token& token = tokens[i];
    if (token.hash == 0 || token.taken) {
      state = Automaton::root;
      continue;
    }
    if (token.size() == 1 && (token.capital || token.shout) && lone_initial(shadow, i)) lone.push_back(i);
    Symbol symbol = tables.symbol(token.hash);
    if (symbol == 0 && token.size() >= 4 && !(token.flags & (word::english | word::given_name | word::place))) symbol = tables.like(shadow.word(token));
    token.symbol = symbol;
    if (symbol == 0) {
      state = Automaton::root;
      continue;
    }
    if (state != Automaton::root && gap_between(text, tokens[i - 1].end, token.begin) == Gap::wide) state = Automaton::root;
    state = tables.names.step(state, symbol);
    if (!tables.names.matches(state)) continue;
    tables.names.report(state, [&](std::uint32_t id, std::uint32_t length) {
      const NamePattern& pattern = tables.patterns[id];
      const std::uint32_t first = i + 1 - length;
      if (gaps_hold(shadow, pattern, first, i) && shape_holds(shadow, pattern, first, i)) matches.push_back({first, i, id});
    });
  }
  std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    return a.first != b.first ? a.first < b.first : a.last != b.last ? a.last > b.last : a.pattern < b.pattern;
  });

  std::uint32_t next_free = 0;
  for (const Match& match : matches) {
    if (match.first < next_free) continue;
    const NamePattern& pattern = tables.patterns[match.pattern];
    std::uint32_t first = match.first, last = match.last;
    const bool single = first == last;

    // A word that is ordinary English as well.
    bool doubtful = false;
    if (single && !pattern.capitals && tables.words[pattern.symbols[0]].english && tokens[first].symbol == pattern.symbols[0]) {
      bool given = false;
      for (const Fitting& fitting : pattern.fittings) given = given || fitting.fit != Fit::surname;
      const Use use = judge_use(shadow, first, given);
      if (use == Use::ordinary) {
        work.ordinary.push_back({tokens[first].begin, tokens[first].end});
        next_free = last + 1;
        continue;
      }
      doubtful = use == Use::undecided;
    }

    // Titles before, "senior" behind.
    Mention mention;
    Sex title_sex = Sex::unknown;
    bool grown_title = false;
    while (first > next_free && mention.title_words < 3) {
      const Token& before = tokens[first - 1];
      const Gap gap = gap_between(text, before.end, tokens[first].begin);
      if (!(before.flags & word::title) || before.taken || (gap != Gap::blank && gap != Gap::dot)) break;
      const bool kin_title = (before.flags & word::kin) != 0;
      const bool always = shadow.word(before) == "mr" || shadow.word(before) == "mrs" || shadow.word(before) == "ms" || shadow.word(before) == "miss" || shadow.word(before) == "dr";
      if (!before.capital && !before.shout && !always) break;
      if (before.symbol != 0 && kin_title) break;  // `Nana` may be somebody's name here
      // "Father Imran Hussain" is a relation and a name, "Auntie Ngozi" a form of address.
      if (kin_title && (match.last > match.first || (before.flags & word::label))) break;
      if (before.flags & word::female) title_sex = Sex::female;
      if (before.flags & word::male) title_sex = Sex::male;
      grown_title = grown_title || (always && shadow.word(before) != "miss");
      mention.work_title = mention.work_title || (before.flags & word::work_title) != 0;
      ++mention.title_words;
      --first;
    }
    bool senior = false;
    if (last + 1 < tokens.size() && gap_between(text, tokens[last].end, tokens[last + 1].begin) == Gap::blank) {
      const std::string_view behind = shadow.word(tokens[last + 1]);
      if (behind == "senior" || behind == "snr" || behind == "junior" || behind == "jnr") {
        senior = behind[0] == 's';
        ++last;
      }
    }
    const bool titled = mention.title_words > 0 && !(tokens[match.first - 1].flags & word::kin);
    Resolved resolved = resolve(tables, pattern, titled && match.first > 0, titled && grown_title, title_sex, senior);
    mention.confidence = pattern.fittings[0].fit == Fit::full ? 0.99 : single && tokens[match.first].symbol && shadow.word(tokens[match.first]) != tables.words[pattern.symbols[0]].folded ? 0.9 : 0.96;

    // Another half after or before a hyphen belongs to the same name.
    while (last + 1 < tokens.size() && tokens[last + 1].letters && !tokens[last + 1].digits && tokens[last + 1].raised() && !tokens[last + 1].taken &&
           gap_between(text, tokens[last].end, tokens[last + 1].begin) == Gap::hyphen && !(tokens[last + 1].flags & word::abbreviation))
      ++last;
    while (first > next_free && mention.title_words == 0 && tokens[first - 1].letters && tokens[first - 1].capital && !tokens[first - 1].taken && !tokens[first - 1].digits &&
           gap_between(text, tokens[first - 1].end, tokens[first].begin) == Gap::hyphen && !(tokens[first - 1].flags & (word::english | word::abbreviation)))
      --first;

    // A given name nobody listed before a listed surname: a relative whom the file does not name. Likewise a title of the other sex.
    bool unlisted = resolved.nobody_fits, reversed = false;
    // Ying beside a listed Wing may be a slip or another person, and so may "M. Duong" beside Dung: nobody is left readable for it.
    const std::string_view as_written = shadow.word(tokens[match.first]);
    const std::string_view as_listed = single ? std::string_view(tables.words[pattern.symbols[0]].folded) : std::string_view();
    if (single && !pattern.capitals && as_written != as_listed) {
      if (as_written.size() < 8 && as_written[0] != as_listed[0] && as_written[0] != as_listed[1]) mention.ambiguous = true;
      if (first == match.first && first > next_free) {
        const Token& before = tokens[first - 1];
        if (before.size() == 1 && before.capital && !before.label && !before.taken && gap_between(text, before.end, tokens[first].begin) == Gap::dot && text[before.end] == '.') {
          mention.ambiguous = true;
          --first;
        }
      }
    }
    if (resolved.surname_alone && first == match.first && first > next_free) {
      const Token& before = tokens[first - 1];
      const Gap gap = gap_between(text, before.end, tokens[first].begin);
      const bool initial = before.size() == 1 && before.capital && !before.label && (gap == Gap::dot || (gap == Gap::blank && text[before.begin] != 'i' && text[before.begin] != 'a'));
      // "pauline tyler": small letters, but a first name and nothing else.
      const bool small = !before.capital && !before.shout && !tokens[first].raised() && (before.flags & word::given_name) && !(before.flags & (word::english | word::place)) && !before.label;
      if ((gap == Gap::blank && (plain_name_word(before) || small) && before.symbol == 0 && before.size() > 1) || initial) {
        unlisted = true;
        --first;
      }
    }
    // A listed given name before a surname nobody listed: the same person, or another of that name.
    if (resolved.given_alone && last == match.last && last + 1 < tokens.size() && tokens[match.first].raised()) {
      const Token& behind = tokens[last + 1];
      const Gap gap = gap_between(text, tokens[last].end, behind.begin);
      if (gap == Gap::blank && behind.symbol == 0 && !behind.taken && behind.size() > 1 && !behind.opens && plain_name_word(behind) && !behind.upper &&
          !(behind.flags & (word::place | word::street | word::english)) && text.substr(tokens[last].end, behind.begin - tokens[last].end) == " ") {
        ++last;
        mention.ambiguous = true;
        doubtful = false;
      }
    }

    // "Baljit Kaur Matharu" beside a listed Simran Kaur Matharu: what was matched begins behind a first name that is nobody's here.
    if (!unlisted && !single && !resolved.surname_alone && mention.title_words == 0 && first == match.first && first > next_free && !pattern.capitals && !pattern.last_initial) {
      const Token& before = tokens[first - 1];
      const auto& front = tables.words[pattern.symbols.front()].folded;
      const auto& back = tables.words[pattern.symbols.back()].folded;
      const bool tail = std::none_of(resolved.people.begin(), resolved.people.end(), [&](Who who) {
        const auto& givens = tables.facts[static_cast<std::size_t>(who)].givens;
        return std::any_of(givens.begin(), givens.end(), [&](const std::string& given) { return given == front || given == back || given.starts_with(front) || given.starts_with(back); });
      });
      if (tail && gap_between(text, before.end, tokens[first].begin) == Gap::blank && plain_name_word(before) && before.symbol == 0 && before.size() > 1 && !(before.flags & word::place)) {
        unlisted = true;
        --first;
      }
    }
    // "Jayden M" where the file lists Jayden Sutton: the letter says that it is another.
    if (resolved.given_alone && !unlisted && last == match.last && last + 1 < tokens.size() && tokens[match.first].raised()) {
      const Token& letter = tokens[last + 1];
      if (letter.size() == 1 && letter.capital && !letter.taken && !letter.label && text.substr(tokens[last].end, letter.begin - tokens[last].end) == " " && text[letter.begin] != 'i' && text[letter.begin] != 'a' &&
          !(letter.end < text.size() && text[letter.end] == '\'')) {
        const bool fits = std::any_of(resolved.people.begin(), resolved.people.end(), [&](Who who) {
          const PersonFacts& facts = tables.facts[static_cast<std::size_t>(who)];
          const auto begins = [&](const std::string& part) { return !part.empty() && part[0] == text[letter.begin]; };
          return std::any_of(facts.surnames.begin(), facts.surnames.end(), begins) || std::any_of(facts.fulls.begin(), facts.fulls.end(), [&](const auto& words) { return std::any_of(words.begin(), words.end(), begins); });
        });
        if (!fits) {
          ++last;
          unlisted = true;
        }
      }
    }
    // "Phạm Văn Tuấn" beside a listed Tuấn: names before a given name, none of them this person's, make it another's.
    if (resolved.given_alone && !unlisted && first == match.first && mention.title_words == 0 && first > next_free && tokens[first].raised() && !tokens[first].opens) {
      std::uint32_t begin = first;
      while (begin > next_free && first - begin < 3) {
        const Token& before = tokens[begin - 1];
        const bool particle = before.capital && (before.flags & word::particle) && before.size() >= 2;
        if (before.taken || before.symbol != 0 || before.label || before.upper || before.size() < 2 || text.substr(before.end, tokens[begin].begin - before.end) != " ") break;
        if (!particle && !(plain_name_word(before) && !(before.flags & (word::english | word::place | word::street)))) break;
        --begin;
        if (before.opens) break;
      }
      // The one word that opens a sentence may be anything that no list has.
      if (begin < first && !(first - begin == 1 && tokens[begin].opens && !(tokens[begin].flags & word::given_name))) {
        first = begin;
        unlisted = true;
      }
    }

    mention.first = first;
    mention.last = last;
    mention.begin = tokens[first].begin;
    mention.end = tokens[last].end;
    mention.doubtful_word = doubtful;
    // "Carter, Abigail | cousin" beside listed Carters.
    if (resolved.surname_alone && !unlisted && mention.title_words == 0 && last == match.last) {
      const std::uint32_t end = row_name_end(shadow, first, last);
      if (end != 0 && tokens[last + 1].symbol == 0) {
        last = end;
        mention.last = last;
        mention.end = tokens[last].end;
        unlisted = true;
        reversed = true;
      }
    }
    // "Nghiem Bao" beside `Giang Nghiem`: the family name first, and a given name that nobody listed.
    if (resolved.surname_alone && !unlisted && mention.title_words == 0 && last == match.last && last + 1 < tokens.size() && tokens[match.first].raised() && !tokens[match.first].upper) {
      const Token& behind = tokens[last + 1];
      if (behind.symbol == 0 && !behind.taken && behind.size() > 1 && !behind.opens && !behind.upper && plain_name_word(behind) && !(behind.flags & (word::english | word::place | word::street | word::organisation)) &&
          text.substr(tokens[last].end, behind.begin - tokens[last].end) == " ") {
        ++last;
        mention.last = last;
        mention.end = tokens[last].end;
        unlisted = true;
      }
    }
    if (unlisted) {
      for (std::uint32_t i = first + mention.title_words; i <= last; ++i) {
        if (reversed && i <= match.last) continue;
        if (!mention.name.empty()) mention.name += ' ';
        mention.name += shadow.word(tokens[i]);
      }
      for (std::uint32_t i = match.first; reversed && i <= match.last; ++i) (mention.name += ' ') += shadow.word(tokens[i]);
      mention.detector = "pattern";
      mention.confidence = 0.85;
      mention.sex = title_sex;
      mention.others = resolved.people;  // whom the name would otherwise mean: where one of them is hidden, so is this
    } else {
      mention.who = resolved.people.front();
      mention.given_alone = resolved.given_alone && single;
      mention.surname_alone = resolved.surname_alone && mention.title_words == 0;
      mention.others.assign(resolved.people.begin() + 1, resolved.people.end());
      // `the Chen family`, `the Tudor wing`: the family or a thing, nobody in particular. Left to the policy with all who bear the name.
      if (resolved.surname_alone && last + 1 < tokens.size() && mention.title_words == 0 && first > 0 &&
          gap_between(text, tokens[last].end, tokens[last + 1].begin) == Gap::blank && (tokens[last + 1].flags & word::thing) && !tokens[last + 1].capital &&
          (tokens[first - 1].flags & word::determiner) && tokens[first].raised())
        mention.relation = "family name";
    }
    for (std::uint32_t i = first; i <= last; ++i) tokens[i].taken = true;
    next_free = last + 1;
    work.mentions.push_back(std::move(mention));
  }

  read_introductions(work);
  read_salutation(work);
  for (const std::uint32_t i : lone) {
    if (tokens[i].taken) continue;
    Mention mention;
    for (std::size_t p = 0; p < tables.facts.size(); ++p)
      for (const std::string& given : tables.facts[p].givens)
        if (!given.empty() && given[0] == text[tokens[i].begin]) {
          if (mention.who == nobody) mention.who = static_cast<Who>(p);
          else if (mention.who != static_cast<Who>(p)) mention.others.push_back(static_cast<Who>(p));
          break;
        }
    if (mention.who == nobody) continue;
    mention.first = mention.last = i;
    mention.begin = tokens[i].begin;
    mention.end = tokens[i].end;
    mention.confidence = 0.7;
    tokens[i].taken = true;
    work.mentions.push_back(std::move(mention));
  }
}

}  // namespace gatehouse::redaction
