#include "policy/redaction/people.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "policy/minimise/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

using Words = std::vector<std::string>;

// `Al-Khatib` is one part of two words.
struct Part {
  Words words;
  bool apostrophe = false;  // O'Dowd
  std::string joined() const {
    std::string all;
    for (const auto& word : words) all += word;
    return all;
  }
};

std::vector<Part> split_name(const std::string& name) {
  const auto shadow = Shadow::of(name);
  std::vector<Part> parts;
  if (!shadow) return parts;
  const std::string_view text = shadow->folded();
  std::size_t last_end = 0;
  for (const Token& token : shadow->tokens()) {
    const std::string_view gap = text.substr(last_end, token.begin - last_end);
    const bool glued = !parts.empty() && (gap == "-" || gap == "'");
    if (!glued) parts.emplace_back();
    if (glued && gap == "'") parts.back().apostrophe = true;
    parts.back().words.emplace_back(shadow->word(token));
    last_end = token.end;
  }
  return parts;
}

bool is_bare_title(const Part& part) {
  static const std::set<std::string, std::less<>> bare = {"mr", "mrs", "ms", "miss", "mx", "dr", "baby", "unborn", "child", "the", "sir", "madam"};
  return part.words.size() == 1 && bare.contains(part.words[0]);
}

bool is_teknonym(const Part& part) {  // `Umm Tariq` is not called Tariq
  static const std::set<std::string, std::less<>> heads = {"umm", "um", "abu", "mother", "father", "mama", "baba", "mum", "dad"};
  return part.words.size() == 1 && heads.contains(part.words[0]);
}

bool is_particle(const Part& part) {
  return part.words.size() == 1 && part.words[0].size() <= 3 && (Lexicon::get().flags(part.words[0]) & word::particle) != 0;
}

Words joined_words(const std::vector<Part>& parts, std::size_t from, std::size_t to) {
  Words words;
  for (std::size_t i = from; i < to; ++i) words.insert(words.end(), parts[i].words.begin(), parts[i].words.end());
  return words;
}

// Slavic surnames bend with the sex of the bearer.
Words bent_forms(const std::string& surname) {
  Words forms;
  const auto bend = [&](std::string_view masculine, std::string_view feminine) {
    if (surname.size() < masculine.size() + 3) return;
    if (surname.ends_with(masculine)) forms.push_back(surname.substr(0, surname.size() - masculine.size()) + std::string(feminine));
    if (surname.ends_with(feminine) && surname.size() >= feminine.size() + 3)
      forms.push_back(surname.substr(0, surname.size() - feminine.size()) + std::string(masculine));
  };
  bend("ski", "ska");
  bend("cki", "cka");
  bend("zki", "zka");
  bend("sky", "skaya");
  bend("ov", "ova");
  bend("ev", "eva");
  bend("kin", "kina");
  bend("shin", "shina");
  bend("ny", "na");
  return forms;
}

class Maker {
 public:
  explicit Maker(std::vector<policy::Person> people) {
    // The order in which a file names people decides nothing: where a name fits several, the id breaks the tie.
    std::sort(people.begin(), people.end(), [](const policy::Person& a, const policy::Person& b) { return a.id < b.id; });
    tables_.people = std::move(people);
  }

  PeopleTables make() {
    const auto count = tables_.people.size();
    tables_.facts.resize(count);
    read_relations();
    for (std::uint16_t p = 0; p < count; ++p) {
      const policy::Person& person = tables_.people[p];
      tables_.by_id.emplace(person.id, p);
      for (const std::string& identifier : person.identifiers) {
        const std::string bare = policy::bare_identifier(identifier);
        if (bare.size() < 4) continue;
        tables_.facts[p].identifiers.push_back(bare);
        tables_.by_identifier[bare].push_back(p);
      }
    }
    find_surnames();
    for (std::uint16_t p = 0; p < count; ++p) add_person(p);
    finish_patterns();
    finish_letters();
    return std::move(tables_);
  }

 private:
  void read_relations() {
    bool adult_subject = false;
    std::vector<RelationFacts> relations;
    for (const auto& person : tables_.people) {
      relations.push_back(read_relation(person.relation));
      adult_subject = adult_subject || relations.back().makes_subject_adult;
      const std::string folded = fold(person.relation);
      for (const std::string_view word : {"mother", "father", "parent", "mum", "dad", "carer", "guardian", "grandmother", "grandfather"})
        tables_.has_parents = tables_.has_parents || folded.ends_with(word);
    }
    tables_.has_parents = tables_.has_parents && !adult_subject;
    for (std::size_t p = 0; p < tables_.people.size(); ++p) {
      PersonFacts& facts = tables_.facts[p];
      facts.sex = relations[p].sex;
      facts.tier = relations[p].tier;
      facts.relation = relations[p];
      facts.professional = tables_.people[p].role == "professional";
      if (tables_.people[p].relation == "self") facts.tier = adult_subject ? Tier::elder : Tier::child;
    }
  }

  // The last part is the surname, unless the first one closes other people's names: `Chen Wei` beside `Xinyi Chen`.
  void find_surnames() {
    std::map<std::string, int> last, first;
    for (const auto& person : tables_.people)
      for (const auto& name : person.names) {
        const auto parts = clean(name);
        if (parts.size() < 2) continue;
        ++last[parts.back().joined()];
        ++first[parts.front().joined()];
      }
    for (const auto& [part, times] : last) surnames_.insert(part);
    last_ = std::move(last);
    first_ = std::move(first);
  }

  static std::vector<Part> clean(const std::string& name) {
    std::vector<Part> parts = split_name(name);
    while (parts.size() > 1 && is_bare_title(parts.front())) parts.erase(parts.begin());
    return parts;
  }

  bool surname_first(const std::vector<Part>& parts) const {
    if (parts.size() < 2 || parts.size() > 4) return false;
    const auto times = [](const std::map<std::string, int>& of, const std::string& part) {
      const auto found = of.find(part);
      return found == of.end() ? 0 : found->second;
    };
    const std::string a = parts.front().joined(), b = parts.back().joined();
    // Nguyễn Văn Long: the family name stands first, and so few serve a whole people that they can be listed.
    static constexpr std::string_view families = " nguyen tran le pham hoang huynh phan vu vo dang bui do ngo duong ";
    const auto family = [&](const std::string& part) { return families.find(" " + part + " ") != std::string_view::npos; };
    if (parts.size() >= 3 && family(a) && !family(b)) return true;
    // Both orders may be listed, so the part that recurs in the family decides.
    return times(last_, a) > 0 && times(last_, a) + times(first_, a) > times(last_, b) + times(first_, b);
  }

  void add_person(std::uint16_t p) {
    std::vector<Words> givens, surnames, middles, nicknames;
    std::vector<std::vector<Part>> names;
    PersonFacts& facts = tables_.facts[p];
    const auto listed = [&](std::vector<Words>& list, const Words& words) {
      if (std::find(list.begin(), list.end(), words) == list.end()) list.push_back(words);
    };
    for (const std::string& name : tables_.people[p].names) {
      std::vector<Part> parts = clean(name);
      if (parts.empty()) continue;
      const bool capitals = std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; }) && name.size() <= 5;
      if (parts.size() == 1) {
        const std::string word = parts[0].joined();
        if (capitals && parts[0].words.size() == 1) {
          pattern({word}, p, Fit::alias, false, true);
          form(word, p, false, true, true);
          if (word.size() == 2 || word.size() == 3) {  // D.B.
            Words dotted;
            for (const char letter : word) dotted.emplace_back(1, letter);
            pattern(dotted, p, Fit::alias, false, true);
          }
        } else if (surnames_.contains(word) && parts.size() < split_name(name).size()) {
          listed(surnames, parts[0].words);  // `baby Tudor`, `Mr Miah`
        } else {
          pattern(parts[0].words, p, Fit::alias);
          listed(givens, parts[0].words);
          form(word, p, false, false, true);
        }
        continue;
      }
      facts.fulls.push_back(joined_words(parts, 0, parts.size()));
      if (is_teknonym(parts[0])) {
        pattern(joined_words(parts, 0, parts.size()), p, Fit::full);
        form(parts[0].joined() + parts[1].joined(), p, false, false, true);
        continue;
      }
      if (surname_first(parts)) std::rotate(parts.begin(), parts.begin() + 1, parts.end());
      names.push_back(parts);
      std::size_t surname_at = parts.size() - 1;
      while (surname_at > 1 && is_particle(parts[surname_at - 1])) --surname_at;
      const Words surname = joined_words(parts, surname_at, parts.size());
      listed(surnames, surname);
      listed(givens, parts[0].words);
      for (std::size_t i = 1; i < surname_at; ++i) listed(middles, parts[i].words);
      // The whole name, also with the surname first, and the given names together.
      const Words given = joined_words(parts, 0, surname_at);
      pair(given, surname, p, Fit::full);
      if (surname_at > 1) pattern(given, p, Fit::given);
      for (std::size_t i = 1; i < surname_at; ++i) pair(parts[i].words, surname, p, Fit::full);
      if (surname_at > 1 && surname_at < 4)  // middle initials: Reece T Hargreaves
        for (std::size_t i = 1; i < surname_at; ++i) {
          Words with_initial = parts[0].words;
          with_initial.push_back(parts[i].words[0].substr(0, 1));
          pair(with_initial, surname, p, Fit::full);
        }
      initials(parts, surname_at, p);
    }

    for (const Words& given : givens) {
      const std::string joined = join(given);
      facts.givens.push_back(joined);
      for (const std::string& kin : name_kin(joined)) listed(nicknames, {kin});
    }
    for (const Words& surname : surnames) facts.surnames.push_back(join(surname));

    const std::vector<Words> listed_surnames = surnames;
    for (const Words& surname : listed_surnames) {
      const std::string joined = join(surname);
      for (const std::string& bent : bent_forms(joined)) listed(surnames, {bent});
      for (const std::string& spelt : name_kin(joined))
        if (spelt.size() > 3) listed(surnames, {spelt});
    }

    for (const Words& given : givens) {
      pattern(given, p, Fit::given);
      if (given.size() > 1)
        for (const auto& half : given)
          if (half.size() > 2) pattern({half}, p, Fit::nickname);
      form(join(given), p, false, false, true);
      for (const auto& half : given) form(half, p, false, false, true);
    }
    for (const Words& given : nicknames) {
      pattern(given, p, Fit::nickname);
      form(join(given), p, false, false, false);
    }
    for (const Words& middle : middles) {
      pattern(middle, p, Fit::middle);
      form(join(middle), p, false, false, true);
      for (const std::string& kin : name_kin(join(middle))) pattern({kin}, p, Fit::middle);
    }
    for (const Words& surname : surnames) {
      const bool in_file = std::find(listed_surnames.begin(), listed_surnames.end(), surname) != listed_surnames.end();
      pattern(surname, p, Fit::surname);
      form(join(surname), p, true, false, in_file);
      if (surname.size() > 1)
        for (const auto& half : surname)
          if (half.size() > 2 && !(Lexicon::get().flags(half) & word::particle)) {
            pattern({half}, p, Fit::surname);
            form(half, p, true, false, in_file);
          }
      for (const std::vector<Words>* list : {&givens, &nicknames})
        for (const Words& given : *list) pair(given, surname, p, Fit::full);
      for (const std::vector<Words>* list : {&givens, &nicknames})
        for (const Words& given : *list) {
          const std::string letter = given[0].substr(0, 1);
          if (letter[0] >= 'a' && letter[0] <= 'z') pair({letter}, surname, p, Fit::full);
        }
      for (const Words& given : givens)
        for (const Words& middle : middles) pair({given[0].substr(0, 1), middle[0].substr(0, 1)}, surname, p, Fit::full);
      const std::string letter = surname[0].substr(0, 1);
      if (letter[0] >= 'a' && letter[0] <= 'z')
        for (const Words& given : givens) {
          Words words = given;
          words.push_back(letter);
          NamePattern& made = pattern(words, p, Fit::full);
          made.last_initial = true;
        }
    }
  }

  static std::string join(const Words& words) {
    std::string all;
    for (const auto& one : words) all += one;
    return all;
  }

  // Given name and surname in both orders.
  void pair(const Words& given, const Words& surname, std::uint16_t p, Fit fit) {
    Words words = given;
    words.insert(words.end(), surname.begin(), surname.end());
    pattern(words, p, fit);
    words = surname;
    words.insert(words.end(), given.begin(), given.end());
    // A surname and one letter would be any sentence that goes on with "a".
    if (join(given).size() > 1) pattern(words, p, fit).reversed = true;
  }

  void initials(const std::vector<Part>& parts, std::size_t surname_at, std::uint16_t p) {
    std::string all, halves;
    Words dotted;
    for (const Part& part : parts) {
      if (part.words[0].empty() || static_cast<unsigned char>(part.words[0][0]) >= 0x80) return;
      all += part.words[0][0];
      dotted.push_back(part.words[0].substr(0, 1));
      for (const auto& half : part.words) halves += half[0];
    }
    if (all.size() < 2) return;
    const auto add = [&](const std::string& letters) {
      const WordFlags flags = Lexicon::get().flags(letters);
      // `SW` is a social worker far more often than a person; `AM` or `TB` is one only where somebody can stand (stage 3 asks), and the re-scan, which
      // does not ask, leaves those alone.
      if (flags & (word::title | word::role)) return;
      pattern({letters}, p, Fit::initials, false, true);
      if (!(flags & word::abbreviation)) form(letters, p, false, true, false);
    };
    add(all);
    if (halves != all) add(halves);
    if (all.size() > 2) add(std::string{all.front(), all.back()});
    pattern(dotted, p, Fit::initials, false, true);
    const Part& surname = parts[surname_at];
    if (surname.apostrophe && surname.words.size() == 2) {  // PO'D
      Words words = {std::string{parts[0].words[0][0]} + surname.words[0], surname.words[1].substr(0, 1)};
      pattern(words, p, Fit::initials, false, true);
    }
  }

  NamePattern& pattern(const Words& words, std::uint16_t p, Fit fit, bool reversed = false, bool capitals = false) {
    std::string key = capitals ? "^" : "";
    for (const auto& one : words) key += one + " ";
    auto [at, fresh] = index_.try_emplace(key, tables_.patterns.size());
    if (fresh) {
      NamePattern made;
      made.reversed = reversed;
      made.capitals = capitals;
      for (const auto& one : words) made.symbols.push_back(tables_.add_word(one));
      tables_.patterns.push_back(std::move(made));
      // `O'Brien` as one word, `Mary-Ann` as Maryann.
      if (words.size() > 1 && words.size() <= 3 && !capitals && fit != Fit::full) {
        const std::string joined = join(words);
        if (joined.size() > 3) pattern({joined}, p, fit);
      }
      // A possessive without its apostrophe, and the family in the plural.
      if (words.size() == 1 && words[0].size() >= 4 && !capitals && words[0].back() != 's') {
        const std::string plural = words[0] + "s";
        if (!(Lexicon::get().flags(plural) & word::english)) pattern({plural}, p, fit);
      }
      at = index_.find(key);
    }
    NamePattern& made = tables_.patterns[at->second];
    for (Fitting& fitting : made.fittings)
      if (fitting.person == p) {
        fitting.fit = std::min(fitting.fit, fit);
        return made;
      }
    made.fittings.push_back({p, fit});
    return made;
  }

  void form(const std::string& folded, std::uint16_t p, bool surname, bool is_initials, bool listed) {
    if (folded.size() < 2) return;
    for (NameForm& known : tables_.forms)
      if (known.person == p && known.folded == folded) {
        known.listed = known.listed || listed;
        known.surname = known.surname && surname;
        return;
      }
    tables_.forms.push_back({folded, p, surname, is_initials, listed});
  }

  void finish_patterns() {
    for (const NamePattern& made : tables_.patterns)
      for (const Fitting& fitting : made.fittings)
        if (made.symbols.size() == 1 && !made.capitals && fitting.fit != Fit::initials) {
          NameWord& likely = tables_.words[made.symbols[0]];
          likely.likeness = likely.likeness || likely.folded.size() >= 4;
        }
    tables_.names = Automaton(static_cast<Symbol>(tables_.words.empty() ? 1 : tables_.words.size()));
    for (std::size_t i = 0; i < tables_.patterns.size(); ++i) tables_.names.add(tables_.patterns[i].symbols, static_cast<std::uint32_t>(i));
    tables_.names.finish();
    tables_.index_words();
  }

  static bool letter_symbols(std::string_view text, std::vector<Symbol>& symbols) {
    symbols.clear();
    for (const char c : text) {
      if (c >= 'a' && c <= 'z')
        symbols.push_back(static_cast<Symbol>(c - 'a' + 1));
      else if (c >= 'A' && c <= 'Z')
        symbols.push_back(static_cast<Symbol>(c - 'A' + 1));
      else if (c >= '0' && c <= '9')
        symbols.push_back(static_cast<Symbol>(c - '0' + 27));
      else
        return false;
    }
    return !symbols.empty();
  }

  void finish_letters() {
    std::vector<Symbol> symbols;
    for (std::size_t i = 0; i < tables_.forms.size(); ++i) {
      if (!letter_symbols(tables_.forms[i].folded, symbols)) continue;
      tables_.letters.add(symbols, static_cast<std::uint32_t>(i));
      if (symbols.size() < 4) continue;
      std::reverse(symbols.begin(), symbols.end());
      tables_.letters.add(symbols, static_cast<std::uint32_t>(i) | PeopleTables::backward);
    }
    for (std::size_t p = 0; p < tables_.facts.size(); ++p)
      for (const std::string& bare : tables_.facts[p].identifiers)
        if (bare.size() >= 6 && letter_symbols(bare, symbols))
          tables_.letters.add(symbols, static_cast<std::uint32_t>(p) | PeopleTables::identifier);
    tables_.letters.finish();
  }

  PeopleTables tables_;
  std::map<std::string, std::size_t> index_;
  std::set<std::string, std::less<>> surnames_;
  std::map<std::string, int> last_, first_;
};

}  // namespace

RelationFacts read_relation(std::string_view relation) {
  RelationFacts facts;
  const auto shadow = Shadow::of(relation);
  if (!shadow || shadow->tokens().empty()) return facts;
  const auto& tokens = shadow->tokens();
  std::string head(shadow->word(tokens.back()));
  for (const Token& token : tokens) {
    if (token.flags & word::female) facts.sex = Sex::female;
    if (token.flags & word::male) facts.sex = Sex::male;
  }
  // In `mother's partner` the mother says nothing about the partner.
  facts.sex = tokens.back().flags & word::female ? Sex::female : tokens.back().flags & word::male ? Sex::male : tokens.size() > 1 ? Sex::unknown : facts.sex;
  const auto is = [&](std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), head) != words.end(); };
  if (is({"sibling", "brother", "sister", "son", "daughter", "child", "stepbrother", "stepsister", "twin", "cousin", "nephew", "niece", "stepson", "stepdaughter", "grandson", "granddaughter", "grandchild", "baby"}))
    facts.tier = Tier::child;
  if (is({"grandmother", "grandfather", "grandparent", "gran", "nan", "grandad", "grandma", "grandpa", "mgm", "mgf", "pgm", "pgf"})) facts.tier = Tier::grandparent;
  facts.makes_subject_adult = tokens.size() == 1 && is({"husband", "wife", "spouse", "son", "daughter", "partner", "grandson", "granddaughter", "grandchild", "boyfriend", "girlfriend", "fiance", "fiancee", "child"});
  static const std::set<std::string, std::less<>> telling = {"informant", "referrer", "whistleblower", "complainant", "reporter", "source", "witness"};
  bool ours = true;
  for (const Token& token : tokens) {
    if (telling.contains(shadow->word(token))) facts.informs = true;
    const bool possessive = shadow->word(token) == "s";
    if (token.digits || (!possessive && !(token.flags & word::label))) ours = false;
  }
  if (ours && !facts.informs && head != "self" && relation.size() <= 40) {
    std::size_t last_end = 0;
    for (const Token& token : tokens) {
      if (!facts.label.empty()) facts.label += shadow->word(token) == "s" && shadow->folded()[last_end] == '\'' ? '\'' : shadow->folded()[last_end] == '-' ? '-' : ' ';
      facts.label += shadow->word(token);
      last_end = token.end;
    }
  }
  return facts;
}

PeopleTables make_tables(std::vector<policy::Person> people) { return Maker(std::move(people)).make(); }

}  // namespace gatehouse::redaction
