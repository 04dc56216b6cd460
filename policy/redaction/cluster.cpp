// Stage 6: who is who among the people nobody listed, over the whole bundle. Every string of a resolved person is searched again in all
// documents: a name found once with a cue is hidden where it stands without one.
#include <algorithm>

#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

struct Parsed {
  std::string given, surname;  // joined letters; a given name of one letter is an initial
};

std::string joined(std::string_view part) {
  std::string letters;
  for (const char c : part)
    if (c != '-' && c != '\'' && c != ' ') letters += c;
  return letters;
}

Parsed parse(const Mention& mention) {
  std::vector<std::string> parts;
  std::string_view rest = mention.name;
  while (!rest.empty()) {
    const auto blank = std::min(rest.find(' '), rest.size());
    if (blank > 0) parts.emplace_back(rest.substr(0, blank));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
  }
  Parsed parsed;
  if (parts.empty()) return parsed;
  const bool title_means_surname = mention.title_words > 0 && !mention.private_cue;
  if (parts.size() == 1) {
    if (title_means_surname || (mention.title_words > 0 && !mention.kin_title && mention.sex != Sex::unknown && mention.relation.empty() && !(Lexicon::get().flags(parts[0]) & word::given_name)))
      parsed.surname = joined(parts[0]);
    else
      parsed.given = joined(parts[0]);
    return parsed;
  }
  parsed.given = joined(parts[0]);
  // Particles belong to the surname, further given names fall away.
  std::size_t from = parts.size() - 1;
  while (from > 1 && (Lexicon::get().flags(parts[from - 1]) & word::particle)) --from;
  for (std::size_t i = from; i < parts.size(); ++i) parsed.surname += joined(parts[i]);
  return parsed;
}

bool holds(const std::vector<std::string>& list, const std::string& one) { return std::find(list.begin(), list.end(), one) != list.end(); }

bool given_agrees(const Entity& entity, const std::string& given) {
  if (given.empty() || entity.givens.empty()) return true;
  for (const std::string& known : entity.givens) {
    if (known == given) return true;
    if ((given.size() == 1 || known.size() == 1) && known[0] == given[0]) return true;
    for (const std::string& kin : name_kin(known))
      if (kin == given) return true;
    // Keeley-Jo is also Keeley, Dominic also Dom.
    if (std::min(known.size(), given.size()) >= 3 && (known.starts_with(given) || given.starts_with(known))) return true;
  }
  return false;
}

// A word that stands alone, and of somebody only an initial is known: it may be the first name, where it is one; else anybody's surname.
bool lone_given_agrees(const Entity& entity, const std::string& given) {
  if (!given_agrees(entity, given)) return false;
  if (given.size() == 1 || (Lexicon::get().flags(given) & word::given_name)) return true;
  return std::any_of(entity.givens.begin(), entity.givens.end(), [](const std::string& known) { return known.size() > 1; });
}

bool sex_agrees(const Entity& entity, Sex sex) { return entity.sex == Sex::unknown || sex == Sex::unknown || entity.sex == sex; }

// `Callum D` is Callum Dyer where he is known, and where neither is called a professional and the other not: a teacher Callum D is somebody else.
bool surname_agrees(const Entity& entity, const Mention& mention, const Parsed& parsed) {
  if (holds(entity.surnames, parsed.surname)) return true;
  if (parsed.surname.size() != 1 || parsed.given.size() < 2 || !holds(entity.givens, parsed.given) || (entity.professional && !entity.in_private) != mention.professional_cue) return false;
  for (const std::string& known : entity.surnames)
    if (known.size() > 1 && known[0] == parsed.surname[0]) return true;
  return false;
}

void join_in(Entity& entity, const Mention& mention, const Parsed& parsed) {
  if (!parsed.given.empty() && !holds(entity.givens, parsed.given)) entity.givens.push_back(parsed.given);
  if (!parsed.surname.empty() && !holds(entity.surnames, parsed.surname) && !(parsed.surname.size() == 1 && !entity.surnames.empty())) entity.surnames.push_back(parsed.surname);
  if (entity.sex == Sex::unknown) entity.sex = mention.sex;
  entity.professional = entity.professional || mention.professional_cue;
  entity.in_private = entity.in_private || mention.private_cue;
  entity.office_place = entity.office_place || mention.office_place;
  entity.firm = entity.firm || (mention.firm_cue && mention.professional_cue);
  if (entity.relation.empty()) entity.relation = mention.relation;
  // "levi's mother, Mary-Ann Coates": a woman.
  if (entity.sex == Sex::unknown && !entity.relation.empty()) {
    const WordFlags flags = Lexicon::get().flags(entity.relation);
    if (flags & word::female) entity.sex = Sex::female;
    else if (flags & word::male) entity.sex = Sex::male;
  }
}

// What a title in front or a word behind says: Mrs Coates, the Coates woman.
Sex sex_beside(const Shadow& shadow, const Mention& mention) {
  const auto& tokens = shadow.tokens();
  for (std::uint32_t i = mention.first; i < mention.first + mention.title_words; ++i) {
    if (tokens[i].flags & word::female) return Sex::female;
    if (tokens[i].flags & word::male) return Sex::male;
  }
  if (mention.last + 1 >= tokens.size() || gap_between(shadow.folded(), tokens[mention.last].end, tokens[mention.last + 1].begin) != Gap::blank) return Sex::unknown;
  const std::string_view behind = shadow.word(tokens[mention.last + 1]);
  if (behind == "woman" || behind == "girl" || behind == "lady" || behind == "sisters") return Sex::female;
  if (behind == "man" || behind == "boy" || behind == "lad" || behind == "bloke" || behind == "brothers") return Sex::male;
  return Sex::unknown;
}

// Puts the one whom the sex fits best in front.
void likeliest_first(std::vector<std::size_t>& who, const std::vector<Entity>& entities, Sex sex) {
  if (sex == Sex::unknown || who.size() < 2) return;
  const auto rank = [&](std::size_t e) { return entities[e].sex == sex ? 0 : entities[e].sex == Sex::unknown ? 1 : 2; };
  const auto best = std::min_element(who.begin(), who.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  std::rotate(who.begin(), best, best + 1);
}

// "Biggs' real name is Jermaine", "Spud. full name we think Sean Pudsey", "Sean (known as Spud)": the words between two names say that both are
// one person's. They must say nothing else: in "Ms Hall met a man known as Biggs" they are two people's.
bool says_same_person(std::string_view between) {
  // Nothing is said over the end of a line. Over that of a sentence only what goes on without a pronoun: "Spud. full name we think Sean Pudsey".
  if (between.find('\n') != std::string_view::npos) return false;
  const bool next_sentence = between.find_first_of(".!?;:") != std::string_view::npos;
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < between.size();) {
    std::size_t end = i;
    while (end < between.size() && between[end] >= 'a' && between[end] <= 'z') ++end;
    if (end > i) words.push_back(between.substr(i, end - i));
    i = end + 1;
    if (words.size() > 7) return false;
  }
  std::size_t at = 0;
  const auto take = [&](std::initializer_list<std::string_view> list) {
    if (at < words.size() && std::find(list.begin(), list.end(), words[at]) != list.end()) return ++at, true;
    return false;
  };
  take({"s"});
  const bool whose = take({"whose", "his", "her", "their"});
  if (whose && next_sentence) return false;
  if (take({"real", "full", "proper", "birth", "actual", "maiden", "other", "married", "previous"})) {
    if (!take({"name"})) return false;
    while (take({"is", "was", "we", "i", "think", "believe", "believed", "to", "be", "may", "might", "could", "given", "as", "s", "possibly"})) {}
    return at == words.size();
  }
  if (whose || next_sentence) return false;
  if (words.empty() && between.find('=') != std::string_view::npos) return between.find_first_not_of(" =") == std::string_view::npos;  // "abz = Abdirahman Jama"
  take({"is", "was"});
  take({"also", "usually", "always", "better", "now", "formerly", "previously", "otherwise"});
  if (take({"aka", "alias", "nicknamed"})) return at == words.size();
  if (take({"known"})) return take({"as"}) && at == words.size();
  if (take({"goes", "went"})) {
    if (!take({"by"})) return false;
    take({"the"});
    take({"name"});
    take({"of"});
    return at == words.size();
  }
  return false;
}

class Searcher {
 public:
  Searcher(const std::vector<Entity>& entities, std::size_t listed) : entities_(entities), listed_(listed) {
    for (std::size_t e = 0; e < entities.size(); ++e) {
      for (const std::string& given : entities[e].givens) {
        if (given.size() < 3) continue;
        put(given, e, false);
        for (const std::string& kin : name_kin(given))
          if (kin.size() > 1) put(kin, e, false);  // of two letters only where somebody must stand
      }
      for (const std::string& surname : entities[e].surnames)
        if (surname.size() >= 3) put(surname, e, true);
      if (entities[e].initials.size() >= 2) initials_[hash_word(entities[e].initials)].push_back(e);
    }
  }

  // Parts of hyphened names.
  void put_part(const std::string& part, std::size_t e, bool surname) {
    if (part.size() >= 3) put(part, e, surname);
  }

  void search(Work& work) const {
    auto& tokens = work.shadow.tokens();
    const std::string_view text = work.shadow.folded();
    const std::size_t before = work.mentions.size();
    for (std::uint32_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      if (token.taken || token.hash == 0) continue;
      std::vector<std::size_t> who;
      bool initials = false, surname = false;
      std::uint32_t dotted = i;  // P.W.
      if (token.size() == 1 && token.capital) {
        std::string letters(1, text[token.begin]);
        while (dotted + 1 < tokens.size() && letters.size() < 3 && tokens[dotted + 1].size() == 1 && tokens[dotted + 1].capital && !tokens[dotted + 1].taken && tokens[dotted + 1].begin == tokens[dotted].end + 1 && text[tokens[dotted].end] == '.')
          letters += text[tokens[++dotted].begin];
        if (letters.size() < 2) continue;
        const auto by_letters = initials_.find(hash_word(letters));
        if (by_letters == initials_.end()) continue;
        who = by_letters->second;
        initials = true;
      } else if (const auto found = names_.find(token.hash); found != names_.end()) {
        for (const auto& [e, is_surname] : found->second) {
          if (!std::count(who.begin(), who.end(), e)) who.push_back(e);
          surname = surname || is_surname;
        }
      } else if (token.upper && token.size() <= 3) {
        if (const auto by_letters = initials_.find(token.hash); by_letters != initials_.end()) {
          who = by_letters->second;
          initials = true;
        }
      }
      if (who.empty()) continue;
      // "asked mo if she'd speak": a short form of two letters.
      if (!initials && token.size() == 2 && !(i > 0 && gap_between(text, tokens[i - 1].end, token.begin) == Gap::blank && (tokens[i - 1].flags & (word::whom | word::speaks | word::naming)) && !(tokens[i - 1].flags & word::where)) &&
          !(i + 1 < tokens.size() && gap_between(text, token.end, tokens[i + 1].begin) == Gap::blank && (tokens[i + 1].flags & word::speaks) && token.capital))
        continue;
      if (initials && (token.flags & (word::abbreviation | word::title))) continue;
      bool doubtful = false;
      if (!initials && (token.flags & (word::english | word::place))) {
        const Use use = judge_use(work.shadow, i, !surname);
        if (use == Use::ordinary) continue;
        if (token.flags & (word::month | word::weekday)) {
          if (use != Use::name || !(token.flags & word::given_name)) continue;
        }
        if (surname && !token.capital) continue;
        doubtful = use == Use::undecided;
      }
      Mention mention;
      mention.first = i;
      mention.last = dotted;
      // Further words of the same people, joined by a blank or a hyphen.
      while (mention.last + 1 < tokens.size() && !tokens[mention.last + 1].taken && tokens[mention.last + 1].hash != 0) {
        const Token& next = tokens[mention.last + 1];
        const Gap gap = gap_between(text, tokens[mention.last].end, next.begin);
        if (gap != Gap::blank && gap != Gap::hyphen && gap != Gap::apostrophe) break;
        auto more = names_.find(next.hash);
        if (more == names_.end() && (next.flags & word::particle) && mention.last + 2 < tokens.size() && !tokens[mention.last + 2].taken && gap_between(text, next.end, tokens[mention.last + 2].begin) != Gap::wide) {
          more = names_.find(tokens[mention.last + 2].hash);  // al-sayed
          if (more != names_.end()) ++mention.last;
        }
        if (more == names_.end()) break;
        std::vector<std::size_t> both;
        for (const auto& [e, is_surname] : more->second)
          if (std::count(who.begin(), who.end(), e)) both.push_back(e);
        if (both.empty()) break;
        who = both;
        ++mention.last;
      }
      // A title in front.
      if (i > 0 && !tokens[i - 1].taken && (tokens[i - 1].flags & word::title) && tokens[i - 1].capital && gap_between(text, tokens[i - 1].end, token.begin) == Gap::blank) {
        --mention.first;
        mention.title_words = 1;
      }
      mention.begin = tokens[mention.first].begin;
      mention.end = tokens[mention.last].end;
      // "Mrs Coates", "that Coates woman": those whom it can mean come first.
      mention.sex = sex_beside(work.shadow, mention);
      likeliest_first(who, entities_, mention.sex);
      mention.who = static_cast<Who>(listed_ + who.front());
      for (std::size_t k = 1; k < who.size(); ++k) mention.others.push_back(static_cast<Who>(listed_ + who[k]));
      mention.detector = "pattern";
      mention.confidence = 0.85;
      mention.doubtful_word = doubtful;
      for (std::uint32_t k = mention.first; k <= mention.last; ++k) tokens[k].taken = true;
      i = mention.last;
      work.mentions.push_back(std::move(mention));
    }
    if (work.mentions.size() != before)
      std::sort(work.mentions.begin(), work.mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
  }

 private:
  void put(const std::string& name, std::size_t e, bool surname) {
    auto& list = names_[hash_word(name)];
    for (const auto& [known, is_surname] : list)
      if (known == e) return;
    list.emplace_back(e, surname);
  }

  const std::vector<Entity>& entities_;
  std::size_t listed_;
  std::unordered_map<std::uint64_t, std::vector<std::pair<std::size_t, bool>>> names_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> initials_;
};

// Two entities that a text says are one: the later takes the earlier one's number everywhere. They are a professional only where both were called
// one: the words between may have been misread, and nobody may be left readable for it.
void join_aliases(std::vector<Work>& bundle, std::size_t listed, std::vector<Entity>& entities) {
  std::vector<std::size_t> same(entities.size());
  for (std::size_t e = 0; e < same.size(); ++e) same[e] = e;
  bool any = false;
  for (const Work& work : bundle) {
    const Mention* before = nullptr;
    for (const Mention& mention : work.mentions) {
      if (mention.kind != MentionKind::person) continue;
      const auto of_text = [&](const Mention& one) { return one.who >= 0 && static_cast<std::size_t>(one.who) >= listed && one.others.empty(); };
      if (before && of_text(*before) && of_text(mention) && before->who != mention.who && mention.begin > before->end && mention.begin - before->end < 48 &&
          says_same_person(work.shadow.folded().substr(before->end, mention.begin - before->end))) {
        const std::size_t a = same[static_cast<std::size_t>(before->who) - listed], b = same[static_cast<std::size_t>(mention.who) - listed];
        if (a != b) {
          Entity& into = entities[std::min(a, b)];
          Entity& from = entities[std::max(a, b)];
          for (const std::string& given : from.givens)
            if (!holds(into.givens, given)) into.givens.push_back(given);
          for (const std::string& surname : from.surnames)
            if (!holds(into.surnames, surname)) into.surnames.push_back(surname);
          if (into.sex == Sex::unknown) into.sex = from.sex;
          into.professional = into.professional && from.professional;
          into.in_private = into.in_private || from.in_private;
          into.office_place = into.office_place && from.office_place;
          into.firm = into.firm && from.firm;
          if (into.relation.empty()) into.relation = from.relation;
          from = Entity{};
          std::replace(same.begin(), same.end(), std::max(a, b), std::min(a, b));
          any = true;
        }
      }
      before = &mention;
    }
  }
  if (!any) return;
  const auto joined = [&](Who who) { return who >= 0 && static_cast<std::size_t>(who) >= listed ? static_cast<Who>(listed + same[static_cast<std::size_t>(who) - listed]) : who; };
  for (Work& work : bundle)
    for (Mention& mention : work.mentions) {
      mention.who = joined(mention.who);
      for (Who& other : mention.others) other = joined(other);
      std::sort(mention.others.begin(), mention.others.end());
      mention.others.erase(std::unique(mention.others.begin(), mention.others.end()), mention.others.end());
      std::erase(mention.others, mention.who);
    }
}

// A first name that was found and, right behind it, a listed family name that was taken for a listed person's: "Non Gwilym" beside listed Gwilyms, or
// "Kavin Sivakumar", whose file calls him Kavin and his father Sivakumar. One name, and the bearer of the first name bears it.
void join_names(Work& work, std::size_t listed, std::vector<Entity>& entities) {
  const std::string_view text = work.shadow.folded();
  const auto& tokens = work.shadow.tokens();
  bool joined_any = false;
  for (std::size_t m = 0; m + 1 < work.mentions.size(); ++m) {
    Mention& given = work.mentions[m];
    Mention& surname = work.mentions[m + 1];
    if (given.kind != MentionKind::person || surname.kind != MentionKind::person || !surname.surname_alone || given.who == nobody || surname.who == nobody || given.first != given.last) continue;
    if (text.substr(given.end, surname.begin - given.end) != " " || tokens[given.first].raised() != tokens[surname.first].raised()) continue;
    if (!tokens[given.first].raised() && !work.shadow.small_letters()) continue;
    const bool of_text = static_cast<std::size_t>(given.who) >= listed;
    if (!of_text && !given.given_alone) continue;
    if (surname.who == given.who || std::count(surname.others.begin(), surname.others.end(), given.who)) continue;
    if (of_text) {
      Entity& entity = entities[static_cast<std::size_t>(given.who) - listed];
      if (entity.professional) continue;  // "Hannah from Early Help" is not the Hannah of the family
      const std::string letters = joined(text.substr(surname.begin, surname.end - surname.begin));
      if (!entity.surnames.empty() && !holds(entity.surnames, letters)) continue;  // somebody of another family name
      if (entity.surnames.empty()) entity.surnames.push_back(letters);
    }
    given.last = surname.last;
    given.end = surname.end;
    given.name += ' ';
    given.name += text.substr(surname.begin, surname.end - surname.begin);
    if (!std::count(given.others.begin(), given.others.end(), surname.who)) given.others.push_back(surname.who);
    for (const Who other : surname.others)
      if (other != given.who && !std::count(given.others.begin(), given.others.end(), other)) given.others.push_back(other);
    surname.kind = MentionKind::label;
    surname.who = nobody;
    surname.end = surname.begin;
    joined_any = true;
  }
  if (joined_any) std::erase_if(work.mentions, [](const Mention& mention) { return mention.kind == MentionKind::label && mention.end == mention.begin; });
}

}  // namespace

void cluster(std::vector<Work>& bundle, const PeopleTables& tables, std::vector<Entity>& entities) {
  const auto listed = tables.people.size();
  struct Open {
    Work* work;
    std::size_t mention;
    Parsed parsed;
  };
  std::vector<Open> open;
  for (Work& work : bundle)
    for (std::size_t m = 0; m < work.mentions.size(); ++m)
      if (work.mentions[m].kind == MentionKind::person && work.mentions[m].who == nobody) open.push_back({&work, m, parse(work.mentions[m])});
  if (open.empty()) {
    for (Work& work : bundle) join_names(work, listed, entities);
    return;
  }

  // The fullest names first, so that a lone first name finds the person it belongs to.
  std::vector<std::size_t> order(open.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto weight = [&](const Open& one) { return (one.parsed.surname.size() < 2 ? 0 : 2) + (one.parsed.given.size() > 1 ? 1 : 0); };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return weight(open[a]) != weight(open[b]) ? weight(open[a]) > weight(open[b]) : a < b; });
  for (const std::size_t at : order) {
    Mention& mention = open[at].work->mentions[open[at].mention];
    const Parsed& parsed = open[at].parsed;
    if (mention.sex == Sex::unknown) mention.sex = sex_beside(open[at].work->shadow, mention);
    std::vector<std::size_t> fits;
    for (std::size_t e = 0; e < entities.size(); ++e) {
      const Entity& entity = entities[e];
      bool fit = false;
      if (!parsed.surname.empty())
        fit = surname_agrees(entity, mention, parsed) && given_agrees(entity, parsed.given) && sex_agrees(entity, mention.sex);
      else
        fit = (!entity.givens.empty() && lone_given_agrees(entity, parsed.given)) || holds(entity.surnames, parsed.given);
      if (fit) fits.push_back(e);
    }
    likeliest_first(fits, entities, mention.sex);
    if (fits.empty()) {
      fits.push_back(entities.size());
      entities.emplace_back();
    }
    join_in(entities[fits.front()], mention, parsed);
    mention.who = static_cast<Who>(listed + fits.front());
    for (std::size_t k = 1; k < fits.size(); ++k) {
      mention.others.push_back(static_cast<Who>(listed + fits[k]));
      entities[fits[k]].in_private = entities[fits[k]].in_private || mention.private_cue;
    }
  }
  join_aliases(bundle, listed, entities);
  for (Entity& entity : entities)
    if (!entity.givens.empty() && !entity.surnames.empty()) entity.initials = std::string{entity.givens[0][0], entity.surnames[0][0]};

  Searcher searcher(entities, listed);
  for (const Open& one : open) {
    const Mention& mention = one.work->mentions[one.mention];
    const auto e = static_cast<std::size_t>(mention.who) - listed;
    // Halves of hyphened names, and the words of a name nobody listed, each alone.
    std::string_view name = mention.name;
    std::size_t begin = 0;
    bool first_word = true;
    for (std::size_t i = 0; i <= name.size(); ++i)
      if (i == name.size() || name[i] == ' ' || name[i] == '-' || name[i] == '\'') {
        if (i > begin) searcher.put_part(std::string(name.substr(begin, i - begin)), e, !first_word || (mention.title_words > 0 && !mention.private_cue));
        begin = i + 1;
        if (i < name.size() && name[i] == ' ') first_word = false;
      }
  }
  for (Work& work : bundle) {
    searcher.search(work);
    join_names(work, listed, entities);
  }
  join_aliases(bundle, listed, entities);  // of names that only the search has found
}

}  // namespace gatehouse::redaction
