// Stage 9: the produced text is read again as if nothing had been done to it. Three readings: every form of every hidden person's name in
// a stream of bare letters (so that blanks, dots and hyphens between letters hide nothing), the same in what base64 and percent signs
// decode to, and every identifier by Vectorscan, whose candidates the exact validators settle. None of it uses the tables of mentions.
#include <hs/hs.h>

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <stdexcept>

#include "policy/minimise/identifiers.hpp"
#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

constexpr std::array<std::uint8_t, 256> make_symbols() {
  std::array<std::uint8_t, 256> symbols{};
  for (int c = 'a'; c <= 'z'; ++c) symbols[c] = static_cast<std::uint8_t>(c - 'a' + 1);
  for (int c = 'A'; c <= 'Z'; ++c) symbols[c] = static_cast<std::uint8_t>(c - 'A' + 1);
  for (int c = '0'; c <= '9'; ++c) symbols[c] = static_cast<std::uint8_t>(c - '0' + 27);
  return symbols;
}
constexpr auto symbols = make_symbols();

bool is_word(char c) { return symbols[static_cast<unsigned char>(c)] != 0 || static_cast<unsigned char>(c) >= 0x80; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// Candidates of identifiers; each pattern is rough, code settles it. In lower case.
enum Pattern : unsigned { digits10, phone, upn, nino, postcode, email, plate };
struct Scanner {
  hs_database_t* database = nullptr;
  Scanner() {
    static constexpr std::array<const char*, 7> expressions = {
        R"(\b[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}\b)",
        R"((\b0|\+)[0-9][0-9 ()-]{7,15}[0-9]\b)",
        R"(\b[a-z] ?[0-9]{4} ?[0-9]{4} ?[0-9]{3}[0-9a-z]\b)",
        R"(\b[a-z]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[a-d]\b)",
        R"(\b[a-z]{1,2}[0-9][0-9a-z]? ?[0-9][a-z]{2}\b)",
        R"([a-z0-9._%+-]@[a-z0-9-]+\.[a-z]{2})",
        R"(\b[a-z]{2}[0-9]{2} ?[a-z]{3}\b)",
    };
    static constexpr std::array<unsigned, 7> ids = {digits10, phone, upn, nino, postcode, email, plate};
    std::array<unsigned, 7> flags{};
    flags.fill(HS_FLAG_DOTALL);
    hs_compile_error_t* problem = nullptr;
    if (hs_compile_multi(expressions.data(), flags.data(), ids.data(), expressions.size(), HS_MODE_BLOCK, nullptr, &database, &problem) != HS_SUCCESS) {
      hs_free_compile_error(problem);
      database = nullptr;
    }
  }
  static const Scanner& get() {
    static const Scanner scanner;  // lives as long as the process
    return scanner;
  }
};

struct Scratch {
  hs_scratch_t* space = nullptr;
  Scratch() {
    if (!Scanner::get().database || hs_alloc_scratch(Scanner::get().database, &space) != HS_SUCCESS) space = nullptr;
  }
  ~Scratch() { hs_free_scratch(space); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
};

struct Candidate {
  unsigned pattern;
  std::uint32_t end;
};

const std::vector<Candidate>& scan_patterns(std::string_view folded) {
  static thread_local Scratch scratch;
  static thread_local std::vector<Candidate> found;
  found.clear();
  // A scanner that could not start is a stage that did not run.
  if (!scratch.space) throw std::runtime_error("the pattern scanner could not start");
  const auto keep = [](unsigned id, unsigned long long, unsigned long long to, unsigned, void* list) {
    static_cast<std::vector<Candidate>*>(list)->push_back({id, static_cast<std::uint32_t>(to)});
    return 0;
  };
  if (hs_scan(Scanner::get().database, folded.data(), static_cast<unsigned>(folded.size()), 0, scratch.space, keep, &found) != HS_SUCCESS)
    throw std::runtime_error("the pattern scanner failed");
  return found;
}

bool title_before(std::string_view text, std::size_t begin, Sex& sex) {
  std::size_t end = begin;
  while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '.')) --end;
  if (end == begin) return false;
  std::size_t start = end;
  while (start > 0 && is_word(text[start - 1])) --start;
  const std::string word = fold(text.substr(start, end - start));
  if (word == "mr") sex = Sex::male;
  else if (word == "mrs" || word == "ms" || word == "miss") sex = Sex::female;
  else return false;
  return true;
}

std::string decode_percent(std::string_view text) {
  std::string plain;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      plain += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

std::string decode_base64(std::string_view text) {
  std::string plain;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    int value = -1;
    if (c >= 'A' && c <= 'Z') value = c - 'A';
    else if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
    else if (c >= '0' && c <= '9') value = c - '0' + 52;
    else if (c == '+' || c == '-') value = 62;
    else if (c == '/' || c == '_') value = 63;
    if (value < 0) continue;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      plain += static_cast<char>(bits >> count & 0xFF);
    }
  }
  return plain;
}

bool base64_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=' || c == '_' || c == '-'; }

}  // namespace

Rescan::Rescan(const PeopleTables& tables_in, const std::vector<Entity>& entities_in, const Standing& standing_in, const Release& release_in, const std::vector<Work>& bundle)
    : tables(tables_in), entities(entities_in), standing(standing_in), release(release_in) {
  const bool anonymise = release.mode == Mode::anonymise;
  // A form that somebody who stays bears too is looked at with its surroundings only.
  active.assign(tables.forms.size(), 0);
  for (std::size_t i = 0; i < tables.forms.size(); ++i) {
    const NameForm& form = tables.forms[i];
    if (!standing.hidden[form.person]) continue;
    char state = 1;
    if (!anonymise)
      for (const NameForm& other : tables.forms)
        if (!standing.hidden[other.person] && other.folded.size() == form.folded.size() && other.folded == form.folded) {
          state = 2;  // shared
          break;
        }
    active[i] = state;
  }
  const auto kept_form = [&](const std::string& word) {
    for (std::size_t i = 0; i < tables.forms.size(); ++i)
      if (!standing.hidden[tables.forms[i].person] && tables.forms[i].folded == word) return true;
    for (std::size_t e = 0; e < entities.size(); ++e)
      if (!standing.hidden[tables.people.size() + e])
        for (const auto* list : {&entities[e].givens, &entities[e].surnames})
          if (std::find(list->begin(), list->end(), word) != list->end()) return true;
    return false;
  };
  for (std::size_t e = 0; e < entities.size(); ++e) {
    if (!standing.hidden[tables.people.size() + e]) continue;
    for (const auto* list : {&entities[e].givens, &entities[e].surnames})
      for (const std::string& word : *list) {
        // Ordinary words, and what is too short to mean anything alone, were settled where they stood.
        if (word.size() < 3 || (Lexicon::get().flags(word) & (word::english | word::place | word::month)) || (!anonymise && kept_form(word))) continue;
        if (std::find(learned.begin(), learned.end(), word) == learned.end()) learned.push_back(word);
      }
  }
  if (!learned.empty()) {
    std::vector<Symbol> pattern;
    for (std::size_t i = 0; i < learned.size(); ++i) {
      pattern.clear();
      for (const char c : learned[i]) pattern.push_back(symbols[static_cast<unsigned char>(c)]);
      if (std::find(pattern.begin(), pattern.end(), Symbol{0}) == pattern.end()) learned_letters.add(pattern, static_cast<std::uint32_t>(i));
    }
    learned_letters.finish();
  }
  if (!anonymise)
    for (const Work& work : bundle)
      for (const Mention& mention : work.mentions)
        if (mention.kind == MentionKind::identifier && !mention.hide)
          allowed.push_back(policy::bare_identifier(work.shadow.folded().substr(mention.begin, mention.end - mention.begin)));
  if (!anonymise)
    for (std::size_t p = 0; p < tables.facts.size(); ++p)
      if (!standing.hidden[p]) allowed.insert(allowed.end(), tables.facts[p].identifiers.begin(), tables.facts[p].identifiers.end());
  std::sort(allowed.begin(), allowed.end());
}

namespace {

class Reading {
 public:
  Reading(const Rescan& rescan, std::string_view text, const std::vector<std::pair<std::size_t, std::size_t>>& ordinary, bool decoded, std::vector<Residue>& residues)
      : rescan_(rescan), text_(text), ordinary_(ordinary), decoded_(decoded), residues_(residues) {}

  // The stream of letters and digits; `at` gives the place of each in the text.
  void letters() {
    static thread_local std::vector<std::uint32_t> places_kept;
    if (places_kept.size() < text_.size()) places_kept.resize(text_.size());
    std::uint32_t* const places = places_kept.data();
    std::size_t count = 0;
    const std::uint32_t* const known = rescan_.tables.letters.rows();
    const std::uint32_t* const learned = rescan_.learned.empty() ? nullptr : rescan_.learned_letters.rows();
    const char* const text = text_.data();
    const auto size = static_cast<std::uint32_t>(text_.size());
    std::uint32_t row = 0, learned_row = 0;
    for (std::uint32_t i = 0; i < size; ++i) {
      const std::uint8_t symbol = symbols[static_cast<unsigned char>(text[i])];
      if (symbol == 0) continue;
      places[count++] = i;
      row = known[(row & ~Automaton::reports) + symbol];
      if (row & Automaton::reports) [[unlikely]]
        rescan_.tables.letters.report(rescan_.tables.letters.state_of(row), [&](std::uint32_t id, std::uint32_t length) { known_hit({places, count}, id, length); });
      if (learned) {
        learned_row = learned[(learned_row & ~Automaton::reports) + symbol];
        if (learned_row & Automaton::reports) [[unlikely]]
          rescan_.learned_letters.report(rescan_.learned_letters.state_of(learned_row), [&](std::uint32_t, std::uint32_t length) { learned_hit({places, count}, length); });
      }
    }
  }

 private:
  enum class Stands { nowhere, word, spaced, joined, inside };

  // How the last `length` letters of the stream stand in the text.
  Stands stands(std::span<const std::uint32_t> places, std::uint32_t length, std::size_t& begin, std::size_t& end) const {
    const std::size_t last = places.size() - 1, first = places.size() - length;
    begin = places[first];
    end = places[last] + 1u;
    const bool left = begin == 0 || !is_word(text_[begin - 1]);
    bool right = end == text_.size() || !is_word(text_[end]);
    if (end - begin == length) {
      // Nowaks: the plural of a family.
      if (!right && length >= 4 && (text_[end] == 's' || text_[end] == 'S') && (end + 1 == text_.size() || !is_word(text_[end + 1]))) right = true;
      if (left && right) return Stands::word;
      if (length < 4) return Stands::nowhere;
      // Inside an address, a handle or a file name.
      std::size_t from = begin, to = end;
      while (from > 0 && static_cast<unsigned char>(text_[from - 1]) > ' ') --from;
      while (to < text_.size() && static_cast<unsigned char>(text_[to]) > ' ') ++to;
      for (std::size_t i = from; i < to; ++i) {
        const char c = text_[i];
        if (c == '@' || c == '_' || c == '\\' || c == '%' || c == '=' || (c == '.' && i + 1 < to && i > from && is_word(text_[i + 1]) && is_word(text_[i - 1])) || (c == '/' && i + 1 < to && text_[i + 1] == '/')) return Stands::inside;
      }
      return Stands::nowhere;
    }
    if (!left || !right) return Stands::nowhere;
    std::size_t gaps = 0, wide = 0, blanks = 0;
    for (std::size_t i = first + 1; i <= last; ++i) {
      const std::size_t gap = places[i] - places[i - 1] - 1;
      if (gap == 0) continue;
      ++gaps;
      if (gap > 2) ++wide;
      for (std::size_t k = places[i - 1] + 1u; k < places[i]; ++k) {
        if (static_cast<unsigned char>(text_[k]) >= 0x80) return Stands::nowhere;
        if (text_[k] != '-' && text_[k] != '\'') ++blanks;
      }
    }
    if (wide) return Stands::nowhere;
    if (gaps == length - 1 && length >= 3) return Stands::spaced;
    if (blanks == 0 && length >= 4) return Stands::joined;   // O'Brien, Al-Khatib
    if (gaps == 1 && length >= 7) return Stands::joined;      // one blank or line end inside a long name
    return Stands::nowhere;
  }

  void hit(std::size_t begin, std::size_t end, bool blocks) { residues_.push_back({begin, end, blocks}); }

  bool recorded_ordinary(std::size_t begin) const {
    return std::any_of(ordinary_.begin(), ordinary_.end(), [&](const auto& use) { return use.first == begin; });
  }

  // Part of the whole name of somebody who stays.
  bool in_kept_name(std::size_t begin, std::size_t end) const {
    if (rescan_.release.mode == Mode::anonymise) return false;
    for (std::size_t p = 0; p < rescan_.tables.facts.size(); ++p) {
      if (rescan_.standing.hidden[p]) continue;
      for (const auto& words : rescan_.tables.facts[p].fulls) {
        std::string whole;
        for (const auto& word : words) whole += word;
        if (covered(begin, end, whole)) return true;
      }
    }
    for (std::size_t e = 0; e < rescan_.entities.size(); ++e) {
      if (rescan_.standing.hidden[rescan_.tables.people.size() + e]) continue;
      for (const std::string& given : rescan_.entities[e].givens)
        for (const std::string& surname : rescan_.entities[e].surnames)
          if (covered(begin, end, given + surname)) return true;
    }
    return false;
  }
  // `whole` stands in the text around [begin, end), blanks and punctuation aside.
  bool covered(std::size_t begin, std::size_t end, const std::string& whole) const {
    const std::size_t from = begin > 80 ? begin - 80 : 0, to = std::min(text_.size(), end + 80);
    std::string letters;
    std::vector<std::size_t> at;
    for (std::size_t i = from; i < to; ++i)
      if (const auto symbol = symbols[static_cast<unsigned char>(text_[i])]) {
        letters += static_cast<char>(symbol <= 26 ? 'a' + symbol - 1 : '0' + symbol - 27);
        at.push_back(i);
      }
    for (std::size_t place = letters.find(whole); place != std::string::npos; place = letters.find(whole, place + 1))
      if (at[place] <= begin && at[place + whole.size() - 1] + 1 >= end && (at[place] < begin || at[place + whole.size() - 1] + 1 > end)) return true;
    return false;
  }

  void known_hit(std::span<const std::uint32_t> places, std::uint32_t id, std::uint32_t length) {
    std::size_t begin = 0, end = 0;
    if (id & PeopleTables::identifier) {
      const std::uint32_t person = id & ~PeopleTables::identifier;
      if (!rescan_.standing.hidden[person]) return;
      begin = places[places.size() - length];
      end = places.back() + 1u;
      if (end - begin > length * 2 || (begin > 0 && is_word(text_[begin - 1])) || (end < text_.size() && is_word(text_[end]))) return;
      // The same number may be a kept person's too.
      std::string bare = policy::bare_identifier(text_.substr(begin, end - begin));
      if (std::binary_search(rescan_.allowed.begin(), rescan_.allowed.end(), bare)) return;
      hit(begin, end, true);
      return;
    }
    const bool backward = (id & PeopleTables::backward) != 0;
    const std::size_t index = id & ~PeopleTables::backward;
    const char state = rescan_.active[index];
    if (state == 0) return;
    const NameForm& form = rescan_.tables.forms[index];
    const Stands how = stands(places, length, begin, end);
    if (how == Stands::nowhere) return;
    if (decoded_ && how == Stands::inside) return;
    if (backward) {
      if (how != Stands::word || state != 1) return;
      if (Lexicon::get().flags(fold(text_.substr(begin, end - begin))) & (word::english | word::given_name | word::place)) return;
      hit(begin, end, true);
      return;
    }
    if (form.initials) {
      if (how != Stands::word || state != 1) return;
      for (std::size_t i = begin; i < end; ++i)
        if (!is_upper(text_[i])) return;
      if (in_kept_name(begin, end)) return;
      hit(begin, end, true);
      return;
    }
    if (state == 2) {
      shared_hit(form, how, begin, end);
      return;
    }
    const WordFlags flags = Lexicon::get().flags(form.folded);
    const bool english = (flags & (word::english | word::place | word::month)) != 0;
    if (english || length < 3) {
      if (how == Stands::inside || how == Stands::joined || (how == Stands::spaced && length < 4)) return;
      if (how == Stands::word && inside_label(begin, end)) return;
      if (how == Stands::word && english) {
        if (!form.listed && !recorded_ordinary(begin) && !is_upper(text_[begin])) return;  // a table's nickname that is a word: `art`, `sandy`
        const bool capital = is_upper(text_[begin]);
        const bool mid_sentence = capital && begin >= 2 && text_[begin - 1] == ' ' && (is_word(text_[begin - 2]) || text_[begin - 2] == ',');
        Sex sex = Sex::unknown;
        const bool cue = title_before(text_, begin, sex) || (end + 1 < text_.size() && text_[end] == '\'' && (text_[end + 1] == 's' || text_[end + 1] == 'S') && capital);
        const bool excused = recorded_ordinary(begin) && !cue && !(mid_sentence && !thing_after(end) && !date_beside(begin, end));
        if (in_kept_name(begin, end)) return;
        hit(begin, end, !excused);
        return;
      }
      if (how == Stands::word && length < 3 && !is_upper(text_[begin])) return;  // `mo`, `jo` in small letters were settled where they stood
    }
    if (in_kept_name(begin, end)) return;
    if (inside_label(begin, end)) return;
    hit(begin, end, true);
  }

  // A surname shared with somebody who stays: only beside a label, or a title that fits nobody who stays.
  void shared_hit(const NameForm& form, Stands how, std::size_t begin, std::size_t end) {
    if (how != Stands::word && how != Stands::joined) return;
    if (begin >= 2 && text_[begin - 1] == ' ' && text_[begin - 2] == ']' && is_upper(text_[begin])) {
      hit(begin, end, true);
      return;
    }
    Sex sex = Sex::unknown;
    if (!form.surname || !title_before(text_, begin, sex)) return;
    bool fits = false;
    for (std::size_t i = 0; i < rescan_.tables.forms.size(); ++i) {
      const NameForm& other = rescan_.tables.forms[i];
      if (rescan_.standing.hidden[other.person] || other.folded != form.folded) continue;
      const Sex bearer = rescan_.tables.facts[other.person].sex;
      fits = fits || bearer == Sex::unknown || bearer == sex;
    }
    if (!fits) hit(begin, end, true);
  }

  bool inside_label(std::size_t begin, std::size_t end) const {
    std::size_t open = begin;
    while (open > 0 && begin - open < 48 && text_[open - 1] != '[' && text_[open - 1] != ']' && text_[open - 1] != '\n') --open;
    if (open == 0 || text_[open - 1] != '[') return false;
    std::size_t close = end;
    while (close < text_.size() && close - end < 48 && text_[close] != ']' && text_[close] != '[' && text_[close] != '\n') ++close;
    if (close >= text_.size() || text_[close] != ']') return false;
    for (const char c : text_.substr(open, close - open))
      if (is_upper(c) && text_.substr(open, 4) != "NHS ") return false;
    return true;
  }
  bool thing_after(std::size_t end) const {
    if (end >= text_.size() || text_[end] != ' ') return false;
    std::size_t to = end + 1;
    while (to < text_.size() && is_word(text_[to])) ++to;
    return to > end + 1 && (Lexicon::get().flags(fold(text_.substr(end + 1, to - end - 1))) & word::thing) && !is_upper(text_[end + 1]);
  }
  bool date_beside(std::size_t begin, std::size_t end) const {
    const auto digit = [&](std::size_t i) { return i < text_.size() && text_[i] >= '0' && text_[i] <= '9'; };
    if ((begin >= 2 && digit(begin - 2)) || digit(end + 1)) return true;
    std::size_t from = begin - (begin > 0 ? 1 : 0);
    const std::size_t stop = from;
    while (from > 0 && is_word(text_[from - 1])) --from;
    const std::string before = fold(text_.substr(from, stop - from));
    return (Lexicon::get().flags(fold(text_.substr(begin, end - begin))) & word::month) && (Lexicon::get().flags(before) & (word::where | word::determiner | word::whom)) ;
  }

  void learned_hit(std::span<const std::uint32_t> places, std::uint32_t length) {
    std::size_t begin = 0, end = 0;
    const Stands how = stands(places, length, begin, end);
    if (how == Stands::nowhere || (decoded_ && how == Stands::inside)) return;
    if (how != Stands::word && length < 5) return;
    if (in_kept_name(begin, end) || inside_label(begin, end)) return;
    hit(begin, end, true);
  }

  const Rescan& rescan_;
  std::string_view text_;
  const std::vector<std::pair<std::size_t, std::size_t>>& ordinary_;
  bool decoded_;
  std::vector<Residue>& residues_;
};

void scan_identifiers(const Rescan& rescan, std::string_view text, std::string_view folded, std::vector<Residue>& residues) {
  const auto allowed = [&](std::string_view stretch) {
    const std::string bare = policy::bare_identifier(stretch);
    if (std::binary_search(rescan.allowed.begin(), rescan.allowed.end(), bare)) return true;
    // Part of a longer one that stays, such as the postcode of an address.
    for (const std::string& whole : rescan.allowed)
      if (whole.size() > bare.size() && whole.find(bare) != std::string::npos) return true;
    return false;
  };
  for (const Candidate& candidate : scan_patterns(folded)) {
    const std::size_t end = candidate.end;
    const auto back = [&](std::size_t most, std::string_view separators) {  // the start of a run of words and separators
      std::size_t begin = end;
      while (begin > 0 && end - begin < most && (is_word(folded[begin - 1]) || separators.find(folded[begin - 1]) != std::string_view::npos)) --begin;
      return begin;
    };
    std::size_t begin = end;
    bool found = false;
    const auto tail = [&](std::size_t letters, std::string_view separators) {  // the last so many letters and digits
      std::string bare;
      begin = end;
      while (begin > 0 && bare.size() < letters) {
        const char c = folded[begin - 1];
        if (is_word(c)) bare.insert(bare.begin(), c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
        else if (separators.find(c) == std::string_view::npos) break;
        --begin;
      }
      return bare;
    };
    switch (candidate.pattern) {
      case digits10: {
        const std::string bare = tail(10, " -");
        const bool grouped = end - begin == 12;
        found = bare.size() == 10 && policy::valid_nhs_number(bare) && (grouped || bare.starts_with("999"));
        break;
      }
      case phone: {
        begin = back(18, " ()-+");
        while (begin < end && !(folded[begin] == '+' || folded[begin] == '0' || folded[begin] == '(')) ++begin;
        std::string bare = policy::bare_identifier(folded.substr(begin, end - begin));
        if (bare.starts_with("44")) bare = "0" + bare.substr(2);
        found = bare.size() >= 10 && bare.size() <= 11 && bare[0] == '0' && bare[1] != '0' && std::all_of(bare.begin(), bare.end(), [](char c) { return c >= '0' && c <= '9'; });
        break;
      }
      case upn: found = policy::valid_upn(tail(13, " ")); break;
      case nino: found = policy::valid_nino(tail(9, " -")); break;
      case postcode: {
        // The longest tail that is a postcode: `ct47 8rg` after `lane`.
        for (std::size_t letters = 7; letters >= 5 && !found; --letters) {
          std::string bare = tail(letters, " ");
          for (char& c : bare) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
          found = bare.size() == letters && is_postcode(bare) && (begin == 0 || !is_word(folded[begin - 1]));
        }
        break;
      }
      case email: {
        std::size_t sign = end;
        while (sign > 0 && folded[sign - 1] != '@') --sign;
        begin = sign > 0 ? sign - 1 : 0;
        while (begin > 0 && static_cast<unsigned char>(folded[begin - 1]) > ' ' && folded[begin - 1] != '<' && folded[begin - 1] != '(' && folded[begin - 1] != ':' && folded[begin - 1] != '"' && folded[begin - 1] != ',') --begin;
        found = true;
        break;
      }
      case plate: {
        const std::string bare = tail(7, " ");
        found = bare.size() == 7 && (begin == 0 || !is_word(folded[begin - 1]));
        // `of 24 may`: two letters and two digits that are words of the sentence.
        if (found && folded[begin + 2] == ' ') found = false;
        for (std::size_t i = begin; found && i < end; ++i)
          if (folded[i] >= 'a' && folded[i] <= 'z' && text.size() == folded.size() && text[i] == folded[i]) found = false;
        break;
      }
      default: break;
    }
    if (!found) continue;
    std::size_t stop = end;
    if (candidate.pattern == email)
      while (stop < folded.size() && (is_word(folded[stop]) || folded[stop] == '.' || folded[stop] == '-')) ++stop;
    while (stop > end && (folded[stop - 1] == '.' || folded[stop - 1] == '-')) --stop;
    std::string_view stretch = folded.substr(begin, stop - begin);
    if (allowed(stretch)) continue;
    if (candidate.pattern == phone && allowed("0" + std::string(stretch.starts_with("+44") ? stretch.substr(3) : stretch))) continue;
    residues.push_back({begin, stop, true});
  }
}

}  // namespace

std::vector<Residue> Rescan::scan(std::string_view output, const std::vector<std::pair<std::size_t, std::size_t>>& ordinary) const {
  std::vector<Residue> residues;
  std::string flat;             // the output without accents and tricks, where it holds any
  std::optional<Shadow> shadow;
  const bool plain = is_ascii(output);
  std::string_view text = output;
  std::vector<std::pair<std::size_t, std::size_t>> moved;
  const std::vector<std::pair<std::size_t, std::size_t>>* uses = &ordinary;
  std::string lowered;
  std::string_view folded;
  if (!plain) {
    shadow = Shadow::of(output);
    if (!shadow) throw std::runtime_error("the output is no UTF-8");
    text = shadow->cased();
    folded = shadow->folded();
    for (const auto& use : ordinary) moved.emplace_back(shadow->shadow_at(use.first), shadow->shadow_at(use.second));
    uses = &moved;
  } else {
    lowered.resize(output.size());
    lower_ascii(output.data(), lowered.data(), output.size());
    folded = lowered;
  }
  Reading(*this, text, *uses, false, residues).letters();
  scan_identifiers(*this, text, folded, residues);
  if (!plain)
    for (Residue& residue : residues) {
      residue.end = residue.end > 0 ? shadow->input_end(residue.end) : 0;
      residue.begin = shadow->input_begin(residue.begin);
    }
  // What percent signs and base64 decode to.
  if (const auto percent = output.find('%'); percent != std::string_view::npos) {
    std::vector<Residue> inner;
    const std::string decoded = decode_percent(output);
    if (decoded != output && is_utf8(decoded)) {
      const std::string plain_text = fold(decoded);
      Reading(*this, plain_text, {}, true, inner).letters();
      if (std::any_of(inner.begin(), inner.end(), [](const Residue& r) { return r.blocks; }) && residues.empty()) residues.push_back({percent, percent + 1, true});
    }
  }
  for (std::size_t next = 11; next < output.size();) {
    // A run of twelve holds every twelfth character: most of the text is never looked at.
    if (!base64_char(output[next])) {
      next += 12;
      continue;
    }
    std::size_t i = next;
    while (i > 0 && next - i < 12 && base64_char(output[i - 1])) --i;
    if (next - i < 11) {
      // The run may still begin here and reach far enough.
      std::size_t to = next;
      while (to < output.size() && to - i < 12 && base64_char(output[to])) ++to;
      if (to - i < 12) {
        next = to + 11;
        continue;
      }
    }
    while (i > 0 && base64_char(output[i - 1])) --i;
    std::size_t end = i;
    bool mixed = false;
    while (end < output.size() && base64_char(output[end])) {
      mixed = mixed || (output[end] >= '0' && output[end] <= '9') || is_upper(output[end]);
      ++end;
    }
    if (end - i >= 12 && mixed) {
      for (std::size_t skip = 0; skip < 4 && i + skip + 8 < end; ++skip) {
        const std::string decoded = decode_base64(output.substr(i + skip, end - i - skip));
        const auto readable = static_cast<std::size_t>(std::count_if(decoded.begin(), decoded.end(), [](char c) { return c >= 0x20 && c < 0x7F; }));
        if (readable * 10 < decoded.size() * 9) continue;
        std::vector<Residue> inner;
        Reading(*this, decoded, {}, true, inner).letters();
        if (std::any_of(inner.begin(), inner.end(), [](const Residue& r) { return r.blocks; })) {
          residues.push_back({i, end, true});
          break;
        }
      }
    }
    next = end + 11;
  }
  return residues;
}

}  // namespace gatehouse::redaction
