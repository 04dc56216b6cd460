// Whose an identifier is, what belongs to a person (age, work place), and what no list explains (stage 5).
#include <algorithm>
#include <optional>

#include "policy/minimise/identifiers.hpp"
#include "policy/redaction/reader.hpp"

namespace gatehouse::redaction {

namespace {

std::string bare_of(const Work& work, const Mention& mention) {
  return policy::bare_identifier(work.shadow.folded().substr(mention.begin, mention.end - mention.begin));
}

// The person whose name stands in an e-mail address or a handle: jpurves, t.osei, armiah, sgill55.
Who owner_by_name(std::string_view local, const PeopleTables& tables, const std::vector<Entity>& entities, bool& doubtful) {
  std::string letters;
  for (const char c : local)
    if (c >= 'a' && c <= 'z') letters += c;
  Who best = nobody;
  int best_score = 0;
  doubtful = false;
  const auto weigh = [&](Who who, const std::vector<std::string>& givens, const std::vector<std::string>& surnames) {
    int score = 0;
    for (const std::string& surname : surnames) {
      if (surname.size() < 3) continue;
      const auto at = letters.find(surname);
      if (at == std::string::npos || (surname.size() == 3 && at > 1)) continue;
      int here = 2;
      for (const std::string& given : givens)
        if (!given.empty() && (letters.find(given) != std::string::npos || (at > 0 && letters[0] == given[0]) || (letters.size() > at + surname.size() && letters[at + surname.size()] == given[0]))) here = 3;
      score = std::max(score, here);
    }
    for (const std::string& given : givens)
      if (given.size() >= 4 && letters.find(given) != std::string::npos) score = std::max(score, 2);
    if (score > best_score) {
      best = who;
      best_score = score;
      doubtful = false;
    } else if (score == best_score && score > 0) {
      doubtful = true;
    }
  };
  for (std::size_t p = 0; p < tables.facts.size(); ++p) weigh(static_cast<Who>(p), tables.facts[p].givens, tables.facts[p].surnames);
  for (std::size_t e = 0; e < entities.size(); ++e) weigh(static_cast<Who>(tables.facts.size() + e), entities[e].givens, entities[e].surnames);
  return best;
}

}  // namespace

namespace {

bool pronoun_between(const Work& work, std::uint32_t from, std::uint32_t to) {
  for (const Token& token : work.shadow.tokens()) {
    if (token.begin >= to) break;
    if (token.begin >= from && (token.flags & word::possessive)) return true;
  }
  return false;
}

// Where the line begins in which `at` stands. Nothing: the line is too long for a row or a heading.
std::optional<std::uint32_t> line_start(std::string_view text, std::uint32_t at) {
  constexpr std::uint32_t longest = 300;
  const std::uint32_t from = at > longest ? at - longest : 0;
  const auto end = text.substr(from, at - from).rfind('\n');
  if (end != std::string_view::npos) return from + static_cast<std::uint32_t>(end) + 1;
  if (from > 0) return std::nullopt;
  return 0;
}

// Whose a row of a form is: "Born ....... 12.04.1944" under "Name ....... Dil Maya Gurung", or the telephone under the name of a professional who signs.
// Every line between holds nothing but labels of such rows; a word more (mother, informant, refuge, contact) may say that what follows is another's.
constexpr std::string_view form_labels =
    "born dob d o b date of birth nhs no number home address lives at living add addr upn ni nino id pnc ethnicity language languages religion year gender sex male female tel telephone phone mobile mob direct line e mail email";
Who row_owner(const Work& work, std::size_t m, const PeopleTables& tables, const std::vector<Entity>& entities) {
  const std::string_view text = work.shadow.folded();
  const auto& tokens = work.shadow.tokens();
  const Mention& mention = work.mentions[m];
  const bool contact = mention.id_kind == IdKind::phone || mention.id_kind == IdKind::email;
  if (mention.safe_place || mention.id_kind == IdKind::handle || mention.id_kind == IdKind::url || mention.id_kind == IdKind::ip || mention.id_kind == IdKind::vehicle || mention.id_kind == IdKind::bank || mention.id_kind == IdKind::reference) return nobody;
  if (mention.id_kind == IdKind::date && !mention.of_birth) return nobody;
  auto start = line_start(text, mention.begin);
  if (!start) return nobody;
  std::uint32_t line = *start;
  std::uint32_t words = 0;
  for (std::uint32_t i = mention.first; i > 0 && tokens[i - 1].begin >= line; --i) {
    if (!one_of(work.shadow.word(tokens[i - 1]), form_labels)) return nobody;
    if (++words > 4) return nobody;
  }
  if (contact && words > 2) return nobody;
  std::size_t k = m;
  for (int back = 0; back < 6 && line > 0; ++back) {
    const std::uint32_t end = line - 1;
    start = line_start(text, end);
    if (!start) return nobody;
    line = *start;
    if (text.substr(line, end - line).find_first_not_of(" \t\r") == std::string_view::npos) return nobody;  // an empty line ends the form's part
    Who who = nobody;
    const Mention* person = nullptr;
    while (k > 0 && work.mentions[k - 1].begin >= line) {
      --k;
      const Mention& other = work.mentions[k];
      if (other.kind != MentionKind::person) continue;
      if (person || other.who == nobody || !other.others.empty()) return nobody;
      who = other.who;
      person = &other;
    }
    // What else the line holds. In the person's own: a label before the name; of a professional the part.
    bool part = false;
    std::uint32_t before = 0;
    std::size_t held = k;
    auto first = std::lower_bound(tokens.begin(), tokens.end(), line, [](const Token& token, std::uint32_t at) { return token.begin < at; });
    for (auto i = static_cast<std::uint32_t>(first - tokens.begin()); i < tokens.size() && tokens[i].begin < end; ++i) {
      while (held < work.mentions.size() && work.mentions[held].last < i) ++held;
      if (held < work.mentions.size() && work.mentions[held].first <= i) continue;  // the name, an identifier
      const std::string_view word = work.shadow.word(tokens[i]);
      if (one_of(word, form_labels) || (tokens[i].digits && !tokens[i].letters)) continue;
      if (person && i < person->first && one_of(word, "name child subject client patient pupil student resident re person at risk victim full adult young yp")) {
        if (++before > 3) return nobody;
        continue;
      }
      if (contact && (tokens[i].flags & word::role) && !(tokens[i].flags & word::kin)) {
        part = true;
        continue;
      }
      if (contact && one_of(word, "family support social health safeguarding duty senior team service and of the for early help children s public")) continue;
      return nobody;
    }
    if (!person) {
      if (contact && !(part && back == 0)) return nobody;
      continue;
    }
    const auto of = static_cast<std::size_t>(who);
    const bool professional = of < tables.facts.size() ? tables.facts[of].professional : entities[of - tables.facts.size()].professional;
    // A telephone under a name is that of a professional who signs; a child's form gives a parent's.
    return professional == contact ? who : nobody;
  }
  return nobody;
}

// The person who governs a place in the text: the nearest named before it in the clause, or, where the sentence opens with a pronoun, in
// the sentence before.
Who governing(const Work& work, std::uint32_t at, std::uint32_t reach) {
  const std::string_view text = work.shadow.folded();
  const Mention* nearest = nullptr;
  for (const Mention& mention : work.mentions) {
    if (mention.end > at) break;
    if (mention.kind == MentionKind::person && mention.who != nobody) nearest = &mention;
  }
  if (!nearest) return nobody;
  if (at - nearest->end <= reach && same_clause(text, nearest->end, at)) return nearest->who;
  if (at - nearest->end > 200) return nobody;
  // The first word after the last sentence end before `at`.
  const Token* opener = nullptr;
  for (const Token& token : work.shadow.tokens()) {
    if (token.begin >= at) break;
    if (token.opens && token.begin >= nearest->end) opener = &token;
  }
  if (!opener) return nobody;
  const std::string_view word = work.shadow.word(*opener);
  return word == "he" || word == "she" || word == "they" || word == "his" || word == "her" ? nearest->who : nobody;
}

}  // namespace

bool inflected_english(std::string_view word) {
  const auto english = [](std::string_view stem) { return stem.size() >= 3 && (Lexicon::get().flags(stem) & word::english) != 0; };
  const auto cut = [&](std::size_t n) { return word.substr(0, word.size() - std::min(n, word.size())); };
  if (word.ends_with("s") && english(cut(1))) return true;
  if (word.ends_with("es") && english(cut(2))) return true;
  if (word.ends_with("ed") && (english(cut(2)) || english(cut(1)))) return true;
  if (word.ends_with("ing") && (english(cut(3)) || english(std::string(cut(3)) + "e"))) return true;
  if (word.ends_with("ly") && english(cut(2))) return true;
  if (word.ends_with("er") && (english(cut(2)) || english(cut(1)))) return true;
  if (word.ends_with("ness") && english(cut(4))) return true;
  for (const std::string_view front : {"un", "re", "non", "pre", "mis"})
    if (word.starts_with(front) && word.size() > front.size() + 3 && english(word.substr(front.size()))) return true;
  return word.ends_with("in") && english(std::string(word) + "g");  // stayin
}

namespace {

bool booked(const Work& work, const Mention& date) {
  const auto& tokens = work.shadow.tokens();
  for (std::uint32_t i = date.first, steps = 0; i > 0 && steps < 14; ++steps) {
    --i;
    if (!same_clause(work.shadow.folded(), tokens[i].end, date.begin)) return false;
    const std::string_view word = work.shadow.word(tokens[i]);
    for (const std::string_view thing : {"ticket", "tickets", "flight", "flights", "booking", "booked", "passport", "visa", "wedding", "trial", "sentencing", "surgery", "operation"})
      if (word == thing) return true;
  }
  return false;
}

}  // namespace

static int year_of(std::string_view date) {
  int last = -1;
  for (std::size_t i = 0; i < date.size();) {
    std::size_t end = i;
    int value = 0;
    while (end < date.size() && date[end] >= '0' && date[end] <= '9' && end - i < 5) value = value * 10 + (date[end++] - '0');
    if (end - i == 4) return value;
    if (end > i) last = value;
    i = std::max(end, i + 1);
  }
  return last < 0 || last > 99 ? -1 : last > 40 ? 1900 + last : 2000 + last;
}

// A relation stands before the name: "Lodger is Khadija Begum, 26/07/2000", "Previous child Chloe Whitcombe, 15/04/2017".
static bool relation_before(const Work& work, const Mention& person) {
  const auto& tokens = work.shadow.tokens();
  for (std::uint32_t i = person.first, steps = 0; i > 0 && steps < 2; ++steps) {
    --i;
    if (tokens[i].flags & word::kin) return true;
    if (!one_of(work.shadow.word(tokens[i]), "is was a the")) return false;
  }
  return false;
}

static bool long_before(const Work& work, const Mention& date) {
  const std::string_view text = work.shadow.folded();
  const int year = year_of(text.substr(date.begin, date.end - date.begin));
  if (year < 1900) return false;
  for (const Mention& other : work.mentions)
    if (other.kind == MentionKind::identifier && other.id_kind == IdKind::date && year_of(text.substr(other.begin, other.end - other.begin)) >= year + 10) return true;
  return false;
}

// Between the name and the date stand brackets, bars or commas and at most the relation; and the date closes its place.
static bool set_behind(const Work& work, const Mention& person, const Mention& date) {
  const std::string_view text = work.shadow.folded();
  if (date.begin <= person.end || date.begin - person.end > 34) return false;
  bool apart = false;
  const bool bracket = text[date.begin - 1] == '(' && date.begin - person.end <= 2;
  for (std::uint32_t i = person.end; i < date.begin; ++i) {
    const char c = text[i];
    if ((c == '\n' && i != date.begin - 1) || c == '.') return false;
    apart = apart || c == '(' || c == '|' || c == ',';
  }
  if (!apart) return false;
  const auto& tokens = work.shadow.tokens();
  bool said = false;
  for (std::uint32_t i = person.last + 1; i < tokens.size() && tokens[i].begin < date.begin; ++i) {
    if ((tokens[i].flags & word::kin) || one_of(work.shadow.word(tokens[i]), "dob born mgm pgm mgf pgf mo fa sibling")) said = true;
    else if (!one_of(work.shadow.word(tokens[i]), "d o b subject s partner maternal paternal step half older younger and his her their")) return false;
  }
  // Without a word that says so only a date alone in brackets right behind the name, or one ten years before another of this text.
  if (!said && !bracket && !relation_before(work, person) && !long_before(work, date)) return false;
  const char behind = date.end < text.size() ? text[date.end] : '\n';
  return behind == ')' || behind == '|' || behind == ',' || behind == ';' || behind == '\n' || behind == '.' || (behind == ' ' && date.end + 1 < text.size() && text[date.end + 1] == '|');
}

namespace {

// "Our ref LCS-149", or a reference alone in the first line: of the file or the letter itself, and of nobody in it.
bool of_the_file(const Work& work, const Mention& mention) {
  if (mention.id_kind != IdKind::reference) return false;
  const std::string_view text = work.shadow.folded();
  const auto& tokens = work.shadow.tokens();
  const auto start = line_start(text, mention.begin);
  if (!start) return false;
  const std::uint32_t line = *start;
  std::uint32_t words = 0;
  bool ours = false;
  for (std::uint32_t i = mention.first; i > 0 && tokens[i - 1].begin >= line; --i) {
    if (words > 0 && text.substr(tokens[i - 1].end, tokens[i].begin - tokens[i - 1].end).find("  ") != std::string_view::npos) break;  // another column of the heading
    const std::string_view word = work.shadow.word(tokens[i - 1]);
    if (!one_of(word, "our your ref reference refs case no number court")) return false;
    ours = ours || one_of(word, "our your");
    ++words;
  }
  if (words > 3) return false;
  if (line == 0 && words == 0) {  // alone, and the next line begins anew
    if (mention.end + 1 >= text.size() || text[mention.end] != '\n') return false;
    return mention.last + 1 < tokens.size() && (text[mention.end + 1] == '\n' || tokens[mention.last + 1].raised());
  }
  if (line == 0) return true;
  return ours;
}

}  // namespace

void tie_identifiers(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities) {
  const std::string_view text = work.shadow.folded();
  for (std::size_t m = 0; m < work.mentions.size(); ++m) {
    Mention& mention = work.mentions[m];
    if (mention.kind != MentionKind::identifier) continue;
    if (mention.id_kind != IdKind::date || !tables.by_identifier.empty()) {
      const std::string bare = bare_of(work, mention);
      auto found = tables.by_identifier.find(bare);
      if (found == tables.by_identifier.end() && mention.id_kind == IdKind::phone && bare.starts_with("44")) found = tables.by_identifier.find("0" + bare.substr(2));
      if (found != tables.by_identifier.end()) {
        mention.who = found->second.front();
        mention.others.assign(found->second.begin() + 1, found->second.end());
        mention.tied = true;
        continue;
      }
    }
    if (mention.id_kind == IdKind::email || mention.id_kind == IdKind::handle) {
      std::string_view local = text.substr(mention.begin, mention.end - mention.begin);
      local = local.substr(0, std::max<std::size_t>(local.find('@') == 0 ? local.size() : std::min(local.find('@'), local.size()), 1));
      bool doubtful = false;
      const Who owner = owner_by_name(local, tables, entities, doubtful);
      if (owner != nobody) {
        mention.who = owner;
        mention.ambiguous = doubtful;
        continue;
      }
      if (mention.id_kind == IdKind::email) {
        // police.safeguarding@…, head@…: the mailbox of an office, unless somebody stands right before it.
        bool office = true;
        std::string one;
        for (std::size_t i = 0; i <= local.size(); ++i) {
          const char c = i < local.size() ? local[i] : '.';
          if (c >= 'a' && c <= 'z') {
            one += c;
          } else {
            const WordFlags flags = one.empty() ? word::english : Lexicon::get().flags(one);
            if (!(flags & word::english) || (flags & word::given_name) || (c >= '0' && c <= '9') || one.size() == 1) office = false;
            one.clear();
          }
        }
        if (office) mention.relation = "office";
      }
    }
    // The nearest mention before it in the clause, or at its other side close by.
    Who owner = nobody;
    std::uint32_t owner_end = 0;
    for (std::size_t k = m; k-- > 0;) {
      const Mention& other = work.mentions[k];
      if (mention.begin - other.end > 160 || !same_clause(text, other.end, mention.begin)) break;
      const bool person = other.kind == MentionKind::person || (other.kind == MentionKind::identifier && other.who != nobody && other.id_kind != IdKind::date);
      if (!person || other.who == nobody) continue;
      if (owner == nobody) {
        owner = other.who;
        owner_end = other.end;
        mention.others = other.others;
        continue;
      }
      // "I ring Declan only if Kuba says so, his number is …": a pronoun between may mean either, so both are asked for.
      if (other.kind == MentionKind::person && other.who != owner && pronoun_between(work, owner_end, mention.begin)) {
        mention.others.push_back(other.who);
        break;
      }
    }
    for (std::size_t k = m + 1; k < work.mentions.size(); ++k) {
      const Mention& other = work.mentions[k];
      if (other.kind != MentionKind::person || other.who == nobody) continue;
      const auto distance = other.begin - mention.end;
      // "(07700 900114, Aga)" or "01632 960733 is Bożena's": only right beside it.
      if (distance > 6 || text[mention.end] == '.' || !same_clause(text, mention.end, other.begin)) break;
      if (owner == nobody) owner = other.who;
      break;
    }
    if (owner == nobody && of_the_file(work, mention)) mention.relation = "office";
    if (owner == nobody && mention.others.empty()) owner = row_owner(work, m, tables, entities);
    // A plate that an officer is to check is not the officer's, nor an address that a worker will visit: in doubt it is hidden.
    const bool professional = owner != nobody && (static_cast<std::size_t>(owner) < tables.facts.size() ? tables.facts[static_cast<std::size_t>(owner)].professional : entities[static_cast<std::size_t>(owner) - tables.facts.size()].professional);
    if (professional && (mention.id_kind == IdKind::vehicle || (mention.id_kind == IdKind::address && mention.begin - owner_end > 3 && owner_end != 0))) owner = nobody;
    mention.who = owner;
    // "Jack (13/06/00)", "Raluca Toma (mother, 14 Sep 00)", "ZHU, Lei | father | 04.02.90 |": a date set right behind a name is that person's own.
    if (mention.id_kind == IdKind::date && m > 0 && work.mentions[m - 1].kind == MentionKind::person && work.mentions[m - 1].who != nobody && set_behind(work, work.mentions[m - 1], mention)) {
      mention.of_birth = true;
      mention.who = work.mentions[m - 1].who;
      mention.others = work.mentions[m - 1].others;
    }
    // A date is nobody's, but for one that is on somebody's ticket or at which somebody has to be somewhere.
    if (mention.id_kind == IdKind::date && !mention.of_birth && owner != nobody) mention.tied = booked(work, mention);
  }
}

void find_details(Work& work, Mode mode) {
  auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  std::vector<Mention> found;
  const auto add = [&](std::uint32_t first, std::uint32_t last, MentionKind kind, Who who, std::string name, double confidence) {
    Mention mention;
    mention.kind = kind;
    mention.first = first;
    mention.last = last;
    mention.begin = tokens[first].begin;
    mention.end = tokens[last].end;
    mention.who = who;
    mention.detector = "pattern";
    mention.confidence = confidence;
    mention.name = std::move(name);
    for (std::uint32_t i = first; i <= last; ++i) tokens[i].taken = true;
    found.push_back(std::move(mention));
  };
  const auto small_number = [&](std::uint32_t i) {
    if (i >= tokens.size() || tokens[i].letters || tokens[i].size() > 2 || tokens[i].taken) return -1;
    int value = 0;
    for (const char c : work.shadow.word(tokens[i])) value = value * 10 + (c - '0');
    return value;
  };
  const auto age_name = [](int age) { return "age " + std::to_string(age); };

  // Ages right after a name: "Sadhbh (15)", "Bilal (19, drives", "Will, 12, saw", "bob is only 6", "Mariama, aged 7".
  for (const Mention& mention : work.mentions) {
    if (mention.kind != MentionKind::person || mention.who == nobody) continue;
    std::uint32_t i = mention.last + 1;
    if (i >= tokens.size()) continue;
    // Nearly always no number is near.
    bool number_near = false;
    for (std::uint32_t k = i; k < tokens.size() && k < i + 8 && !number_near; ++k) number_near = tokens[k].digits;
    if (!number_near) continue;
    std::uint32_t steps = 0;
    bool bracket = false;
    for (; i < tokens.size() && steps < 8; ++i, ++steps) {
      const std::string_view gap = text.substr(tokens[i - 1].end, tokens[i].begin - tokens[i - 1].end);
      if (gap.find('.') != std::string_view::npos || gap.find('\n') != std::string_view::npos || gap.find(';') != std::string_view::npos) break;
      if (gap == " (" || gap == ", ") bracket = true;
      if (tokens[i].digits) break;
      const std::string_view word = work.shadow.word(tokens[i]);
      static constexpr std::string_view fillers = " is was only just aged age now about believed to be she he who turns turning turned nearly almost and ";
      std::string key = " ";
      key += word;
      key += ' ';
      if (fillers.find(key) == std::string_view::npos && !(bracket && (tokens[i].flags & word::kin))) {
        i = static_cast<std::uint32_t>(tokens.size());
        break;
      }
      if (word == "aged" || word == "is" || word == "was" || word == "be" || word == "turns" || word == "turned") bracket = true;
    }
    const int age = small_number(i);
    if (age < 0 || age > 99 || !bracket || steps >= 8) continue;
    const char next = tokens[i].end < text.size() ? text[tokens[i].end] : '.';
    const std::string_view after = text.substr(tokens[i].end, 12);
    if (next == ':' || next == '%' || next == '/' || next == '-' || (next == '.' && tokens[i].end + 1 < text.size() && text[tokens[i].end + 1] >= '0' && text[tokens[i].end + 1] <= '9')) continue;
    if (after.starts_with(" weeks") || after.starts_with(" days") || after.starts_with(" minutes") || after.starts_with(" hours") || after.starts_with(" times") || after.starts_with(" miles") || after.starts_with(" of ")) continue;
    // "(18 months)": the unit is the age's too.
    if (after.starts_with(" months") || after.starts_with(" month") || after.starts_with(" yrs") || after.starts_with(" years")) {
      std::uint32_t last = i + 1;
      if (last + 1 < tokens.size() && work.shadow.word(tokens[last + 1]) == "old" && tokens[last + 1].begin - tokens[last].end == 1) ++last;
      add(i, last, MentionKind::age, mention.who, std::string(after.starts_with(" mon") ? "age months " : "age ") + std::to_string(age), 0.85);
      continue;
    }
    add(i, i, MentionKind::age, mention.who, age_name(age), 0.85);
  }

  if (mode == Mode::anonymise) {
    for (std::uint32_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i].taken) continue;
      const std::string_view word = work.shadow.word(tokens[i]);
      // 16-year-old, 43 years, 22 weeks pregnant, Year 9, aged 7; ages in letters and money.
      const int number = small_number(i);
      if (number >= 0) {
        std::uint32_t last = i;
        const auto next_is = [&](std::string_view one) { return last + 1 < tokens.size() && work.shadow.word(tokens[last + 1]) == one && tokens[last + 1].begin - tokens[last].end <= 1; };
        bool age = false;
        if (next_is("year") || next_is("years") || next_is("yr") || next_is("yo") || next_is("month") || next_is("months") || next_is("week") || next_is("weeks") || next_is("yrs")) {
          const bool year = next_is("year") || next_is("yr") || next_is("yo");
          ++last;
          age = year;
          if (next_is("old") || next_is("pregnant") || next_is("olds")) {
            ++last;
            age = true;
          }
        }
        const bool aged = i > 0 && (work.shadow.word(tokens[i - 1]) == "aged" || work.shadow.word(tokens[i - 1]) == "age" ||
                                    (i > 1 && work.shadow.word(tokens[i - 1]) == "of" && (tokens[i - 2].flags & word::kin)));
        const bool aside = i > 0 && text.substr(tokens[i - 1].end, tokens[i].begin - tokens[i - 1].end) == ", " && tokens[i].end < text.size() && (text[tokens[i].end] == ',' || text[tokens[i].end] == ')') && number < 100;
        if (age || aged || aside) {
          add(i, last, MentionKind::age, nobody, age_name(number), 0.8);
          continue;
        }
        if (i > 0 && work.shadow.word(tokens[i - 1]) == "year" && tokens[i - 1].capital && !tokens[i - 1].taken && tokens[i].begin - tokens[i - 1].end == 1) {
          add(i - 1, i, MentionKind::trait, nobody, "year " + std::to_string(number), 0.8);
          continue;
        }
      }
      if (tokens[i].digits && tokens[i].begin > 0 && text[tokens[i].begin - 1] == '$') {
        std::uint32_t last = i;
        while (last + 1 < tokens.size() && tokens[last + 1].digits && tokens[last + 1].begin - tokens[last].end == 1 && (text[tokens[last].end] == ',' || text[tokens[last].end] == '.')) ++last;
        add(i, last, MentionKind::quantity, nobody, std::string(text.substr(tokens[i].begin, tokens[last].end - tokens[i].begin)), 0.8);
        continue;
      }
      if (!tokens[i].letters && tokens[i].size() == 4 && (word.starts_with("19") || word.starts_with("20"))) {  // a year alone
        Mention mention;
        mention.kind = MentionKind::identifier;
        mention.id_kind = IdKind::date;
        mention.first = mention.last = i;
        mention.begin = tokens[i].begin;
        mention.end = tokens[i].end;
        mention.detector = "pattern";
        mention.confidence = 0.7;
        tokens[i].taken = true;
        found.push_back(std::move(mention));
        continue;
      }
    }
  } else {
    // School years of somebody in the text: "is in Year 2".
    for (std::uint32_t i = 0; i + 1 < tokens.size(); ++i) {
      if (tokens[i].taken || !tokens[i].raised() || work.shadow.word(tokens[i]) != "year" || small_number(i + 1) < 0 || tokens[i + 1].begin - tokens[i].end != 1) continue;
      for (auto it = work.mentions.rbegin(); it != work.mentions.rend(); ++it) {
        if (it->end > tokens[i].begin) continue;
        if (it->kind == MentionKind::person && it->who != nobody && tokens[i].begin - it->end < 60 && same_clause(text, it->end, tokens[i].begin)) {
          add(i, i + 1, MentionKind::trait, it->who, "year", 0.7);
          break;
        }
        if (tokens[i].begin - it->end >= 60) break;
      }
    }
  }

  // Work places and colleges: tied to the person who governs the clause.
  for (Mention& mention : work.mentions) {
    if (mention.kind != MentionKind::organisation || mention.who != nobody) continue;
    bool cue = false;
    for (std::uint32_t steps = 1, i = mention.first; steps <= 3 && i > 0; ++steps) {
      --i;
      if (tokens[i].flags & word::works) cue = true;
      const std::string_view word = work.shadow.word(tokens[i]);
      if (steps == 1 && (word == "at" || word == "of" || word == "for" || word == "by")) cue = true;
    }
    if (!cue) continue;
    mention.who = governing(work, mention.begin, 100);
  }
  // Towns of a person in the text: "Sharon moved to Aberdeen".
  if (mode == Mode::third_party)
    for (std::uint32_t i = 1; i < tokens.size(); ++i) {
      if (tokens[i].taken || !(tokens[i].flags & word::place) || !tokens[i].capital || !(tokens[i - 1].flags & word::where) || gap_between(text, tokens[i - 1].end, tokens[i].begin) != Gap::blank) continue;
      const Who who = governing(work, tokens[i].begin, 80);
      if (who != nobody) add(i, i, MentionKind::place, who, std::string(work.shadow.word(tokens[i])), 0.7);
    }
  if (found.empty()) return;
  for (Mention& mention : found) work.mentions.push_back(std::move(mention));
  std::sort(work.mentions.begin(), work.mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
}

void mark_unknown_words(Work& work, const PeopleTables& tables, Mode mode) {
  auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  constexpr WordFlags explained = word::english | word::month | word::weekday | word::abbreviation | word::title | word::particle;
  bool added = false;
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    Token& token = tokens[i];
    if (token.taken || token.hash == 0 || token.size() < 2) continue;
    if (token.flags & explained) {
      // A word that opens nothing, has a capital and is also a given name was looked at before; it is ordinary here.
      continue;
    }
    if (token.flags & word::place) {
      if (mode == Mode::third_party) continue;
    }
    if (i > 0 && gap_between(text, tokens[i - 1].end, token.begin) == Gap::apostrophe && token.size() <= 2) continue;
    // An inflected English word: "redecorated's" no, but "voicemails" and "safeguarded" yes.
    const std::string_view word = work.shadow.word(token);
    if (!token.capital) {
      if (inflected_english(word)) continue;
    }
    if (mode == Mode::anonymise && (token.capital || (token.flags & word::given_name)) && !tagger_explains(work, i)) {
      Mention mention;
      mention.kind = (token.flags & word::place) ? MentionKind::place : MentionKind::word;
      mention.first = mention.last = i;
      // A run of unexplained capitals is one thing.
      while (mention.last + 1 < tokens.size() && !tokens[mention.last + 1].taken && tokens[mention.last + 1].hash && tokens[mention.last + 1].capital && !(tokens[mention.last + 1].flags & explained) && !tagger_explains(work, mention.last + 1) &&
             (gap_between(text, tokens[mention.last].end, tokens[mention.last + 1].begin) == Gap::blank || gap_between(text, tokens[mention.last].end, tokens[mention.last + 1].begin) == Gap::hyphen))
        ++mention.last;
      mention.begin = tokens[mention.first].begin;
      mention.end = tokens[mention.last].end;
      mention.detector = "safe_list";
      mention.confidence = 0.5;
      mention.name = std::string(text.substr(mention.begin, mention.end - mention.begin));
      for (std::uint32_t k = mention.first; k <= mention.last; ++k) tokens[k].taken = true;
      work.mentions.push_back(std::move(mention));
      added = true;
      i = work.mentions.back().last;
      continue;
    }
    work.flags.push_back({token.begin, token.end, tables.sounds_like_a_name(word) ? "phonetic_match" : "not_on_safe_list"});
  }
  if (added) std::sort(work.mentions.begin(), work.mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
}

}  // namespace gatehouse::redaction
