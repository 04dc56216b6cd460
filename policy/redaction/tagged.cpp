// Stage 4, the learned part: what the tagger makes of words that no rule explains, and of guesses that rest on a capital letter alone. It adds
// to the table and takes weak guesses out of it; what the case file, an identifier, a title or a cue says is never its business.
#include <algorithm>

#include "policy/redaction/reader.hpp"
#include "policy/redaction/tagger.hpp"

namespace gatehouse::redaction {

namespace {

// Chances, tuned on development texts for recall first.
constexpr float kPerson = 0.2f;         // in third_party a word this likely a name is hidden
constexpr float kPersonSmall = 0.4f;     // the same in small letters
constexpr float kPersonWord = 0.9f;      // the same of an ordinary word whose letters or place say nothing
constexpr float kAnything = 0.4f;        // in anonymise a word this likely to tell of somebody is hidden
constexpr float kDetail = 0.5f;          // in third_party a detail this likely is hidden with the person it tells of
constexpr float kCommonWord = 0.75f;     // the same of one of the commonest words in small letters
constexpr float kGoesOn = 0.2f;          // a detail goes on over words with less behind them
constexpr float kProfessional = 0.03f;   // somebody whom a cue makes a professional is one only with this much behind it
constexpr float kOffice = 0.8f;          // somebody who stands where professionals stand is one only with this much behind it
constexpr float kStrange = 0.1f;         // a fact that a rule found with less behind it is strange to the tagger
constexpr std::size_t kFewFacts = 5;     // in a text with fewer facts than these the rules decide
constexpr float kNoPerson = 0.04f;       // a guess by shape with less behind it falls
constexpr float kNothing = 0.08f;        // so does a guess in anonymise that something is named

constexpr std::string_view detector = "model";

// A guess by the shape of words alone.
bool by_shape(const Mention& mention) {
  if (mention.detector != "pattern" || mention.title_words != 0 || mention.private_cue || mention.professional_cue) return false;
  return mention.kind == MentionKind::person ? mention.confidence < 0.8 : (mention.kind == MentionKind::organisation || mention.kind == MentionKind::place) && mention.confidence <= 0.8;
}

MentionKind kind_of(const TagChances& chances) {
  std::size_t best = 1;
  for (std::size_t k = 2; k < tag_count; ++k)
    if (chances.of[k] > chances.of[best]) best = k;
  switch (static_cast<Tag>(best)) {
    case Tag::outside: case Tag::person: case Tag::professional: return MentionKind::person;
    case Tag::place: return MentionKind::place;
    case Tag::organisation: return MentionKind::organisation;
    case Tag::trait: return MentionKind::trait;
    case Tag::quantity: return MentionKind::quantity;
    case Tag::date: case Tag::code: case Tag::misc: return MentionKind::fact;
  }
  return MentionKind::fact;
}

// Adds mentions for runs of free words for which `picked` holds; neighbours in a run are joined while `alike` holds.
template <class Picked, class Make>
void add_runs(Work& work, Picked picked, Make make) {
  auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  bool added = false;
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].taken || tokens[i].label || !picked(i)) continue;
    std::uint32_t last = i;
    while (last + 1 < tokens.size() && !tokens[last + 1].taken && !tokens[last + 1].label && picked(last + 1)) {
      const Gap gap = gap_between(text, tokens[last].end, tokens[last + 1].begin);
      const bool line = gap == Gap::blank && text.substr(tokens[last].end, tokens[last + 1].begin - tokens[last].end).find('\n') != std::string_view::npos;
      if (line || !(gap == Gap::blank || gap == Gap::hyphen || gap == Gap::apostrophe || (gap == Gap::dot && tokens[last].size() == 1))) break;
      ++last;
    }
    // The possessive s stays.
    if (last > i && tokens[last].size() == 1 && text[tokens[last].begin] == 's' && text[tokens[last].begin - 1] == '\'') --last;
    Mention mention;
    mention.first = i;
    mention.last = last;
    mention.begin = tokens[i].begin;
    mention.end = tokens[last].end;
    mention.detector = detector;
    for (std::uint32_t k = i; k <= last; ++k) mention.confidence = std::max(mention.confidence, make(k, mention));
    for (std::uint32_t k = i; k <= last; ++k) {
      if (k > i) {
        const Gap gap = gap_between(text, tokens[k - 1].end, tokens[k].begin);
        mention.name += gap == Gap::hyphen ? '-' : gap == Gap::apostrophe ? '\'' : ' ';
      }
      mention.name += work.shadow.word(tokens[k]);
      tokens[k].taken = true;
    }
    work.mentions.push_back(std::move(mention));
    added = true;
    i = last;
  }
  if (added) std::sort(work.mentions.begin(), work.mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
}

// In a text that was cut before, what was left readable had been looked at with the words around it, which are gone now: the tagger adds nothing,
// and is surer before it lets a guess stand, so that redacting again changes nothing.
constexpr float kSurer = 4;

bool joined(const Work& work, std::uint32_t second) {
  const auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  const Gap gap = gap_between(text, tokens[second - 1].end, tokens[second].begin);
  if (gap == Gap::hyphen || gap == Gap::apostrophe) return tokens[second].size() > 1;
  return gap == Gap::blank && tokens[second].begin - tokens[second - 1].end <= 2 && text.substr(tokens[second - 1].end, tokens[second].begin - tokens[second - 1].end).find('\n') == std::string_view::npos;
}

// A word with a name right before it: the surname in "kyle turner".
bool beside_name(const Work& work, std::uint32_t at) {
  const auto& tokens = work.shadow.tokens();
  if (at == 0 || !joined(work, at)) return false;
  const Token& before = tokens[at - 1];
  return work.chances[at - 1].somebody() >= kPersonSmall && (!(before.flags & word::english) || (before.flags & word::given_name)) && !(before.flags & (word::title | word::kin));
}

// Takes the words that belong to a name of which a rule found only a part: "Man Ho", "Sunday Ezenwa", "kyle turner".
void extend_names(Work& work, Mode mode) {
  auto& tokens = work.shadow.tokens();
  const auto belongs = [&](const Token& token, std::uint32_t at, bool named_large) {
    if (token.taken || token.label || !token.letters || token.digits || token.size() < 2 || token.symbol != 0 || (token.flags & word::title)) return false;
    const bool other = (token.flags & (word::month | word::weekday | word::kin | word::role)) != 0;  // nearly always something else
    if (other && !token.raised()) return false;
    // "told Moira privately": where names have capitals, a word without one is none.
    if ((token.flags & word::english) && !token.raised() && !token.shout && named_large) return false;
    const bool plain = (token.flags & word::english) || (token.flags & (word::finite | word::speaks | word::abbreviation));
    const bool borne = work.shadow.small_letters() && (token.flags & word::given_name || token.traits & trait::surname);  // amber nettleton, martin hughes
    return work.chances[at].somebody() >= (other || (plain && !token.raised() && !borne) ? kPersonWord : kPersonSmall);
  };
  for (Mention& mention : work.mentions) {
    if (mention.kind != MentionKind::person || mention.who != nobody) continue;
    const std::uint32_t first = mention.first, last = mention.last;
    const bool named_large = tokens[last].capital && !work.shadow.small_letters();
    while (mention.last + 1 < tokens.size() && belongs(tokens[mention.last + 1], mention.last + 1, named_large) && joined(work, mention.last + 1)) {
      ++mention.last;
      mention.end = tokens[mention.last].end;
      mention.name += ' ';
      mention.name += work.shadow.word(tokens[mention.last]);
      tokens[mention.last].taken = true;
    }
    while (mention.title_words == 0 && mention.first > 0 && belongs(tokens[mention.first - 1], mention.first - 1, named_large) && joined(work, mention.first)) {
      --mention.first;
      mention.begin = tokens[mention.first].begin;
      mention.name = std::string(work.shadow.word(tokens[mention.first])) + " " + mention.name;
      tokens[mention.first].taken = true;
    }
    // What stands beside the whole name was not beside its part: "Taken by: Willow Jones".
    if ((mention.first != first || mention.last != last) && !mention.professional_cue && !mention.private_cue) read_cues(work, mode, mention);
  }
}

// The rules of stage 5a were written for case notes. In a judgment or a report they find facts in every sentence; where the tagger, which has read
// such texts, sees nothing in most of what they found, what it sees nothing in stays, with a flag for the reviewer. In a short text nothing changes.
void drop_strange_facts(Work& work) {
  const auto support = [&](const Mention& mention) {
    float most = 0;
    for (std::uint32_t k = mention.first; k <= mention.last; ++k) most = std::max(most, work.chances[k].any());
    return most;
  };
  std::size_t facts = 0, strange = 0;
  for (const Mention& mention : work.mentions)
    if (mention.kind == MentionKind::fact && mention.detector == "pattern") {
      ++facts;
      if (support(mention) < kStrange) ++strange;
    }
  if (!work.cut_before && (facts < kFewFacts || strange * 2 < facts)) return;
  auto& tokens = work.shadow.tokens();
  std::erase_if(work.mentions, [&](const Mention& mention) {
    if (mention.kind != MentionKind::fact || mention.detector != "pattern" || support(mention) >= kStrange) return false;
    work.flags.push_back({mention.begin, mention.end, "low_confidence"});
    for (std::uint32_t k = mention.first; k <= mention.last; ++k) tokens[k].taken = false;
    return true;
  });
}

}  // namespace

void read_with_tagger(Work& work, const Tagger& tagger, Mode mode) {
  work.chances.clear();
  if (!tagger.trained()) return;
  const auto& tokens = work.shadow.tokens();
  if (tokens.empty()) return;
  // In third_party only sentences in which something is left to explain are worth asking about.
  std::vector<char> asked(tokens.size(), mode == Mode::anonymise);
  if (mode == Mode::third_party) {
    constexpr WordFlags explained = word::english | word::month | word::weekday | word::abbreviation | word::title | word::place | word::people | word::brand;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const Token& token = tokens[i];
      if (token.taken || token.label || token.hash == 0 || token.size() < 2) continue;
      asked[i] = (token.raised() && !token.opens) || !(token.flags & explained) || (token.flags & word::given_name);
    }
    for (const Mention& mention : work.mentions)
      if (mention.kind == MentionKind::person) asked[mention.first] = 1;
    if (std::find(asked.begin(), asked.end(), 1) == asked.end()) return;
  }
  work.cut_before = std::any_of(tokens.begin(), tokens.end(), [](const Token& token) { return token.label; });
  work.chances.resize(tokens.size());
  for (TagChances& chances : work.chances) chances.of[0] = 1;
  const TaggerFeatures features(work.shadow);
  for (std::uint32_t first = 0; first < tokens.size();) {
    const std::uint32_t last = stretch_end(tokens, first);
    if (std::find(asked.begin() + first, asked.begin() + last, 1) != asked.begin() + last)
      tagger.tag(features, first, last, std::span(work.chances).subspan(first, last - first));
    first = last;
  }

  // Guesses for which nothing speaks but a capital.
  auto& free = work.shadow.tokens();
  std::erase_if(work.mentions, [&](const Mention& mention) {
    if (!by_shape(mention)) return false;
    float most = 0;
    for (std::uint32_t k = mention.first; k <= mention.last; ++k) most = std::max(most, mode == Mode::anonymise ? work.chances[k].any() : work.chances[k].somebody());
    if (most >= (mode == Mode::anonymise ? kNothing : kNoPerson) * (work.cut_before ? kSurer : 1)) return false;
    if (mode == Mode::anonymise) {
      for (std::uint32_t k = mention.first; k <= mention.last; ++k)
        if (tokens[k].flags & word::given_name) return false;
      work.flags.push_back({mention.begin, mention.end, "low_confidence"});
    }
    for (std::uint32_t k = mention.first; k <= mention.last; ++k) free[k].taken = false;
    return true;
  });

  if (work.cut_before) return;
  extend_names(work, mode);
  add_runs(
      work,
      [&](std::uint32_t i) {
        const Token& token = tokens[i];
        // A word of a listed person's name was judged by stage 3, with the case file in hand; letters in capitals mean somebody only where they are known.
        if (!token.letters || token.digits || token.symbol != 0 || (token.flags & word::abbreviation) || token.size() < 2 || (token.upper && token.size() <= 3)) return false;
        // Son, Long, Sunday: words that nearly always mean something else, with a capital that nothing else gives them.
        if (token.flags & (word::month | word::weekday | word::people | word::kin | word::role | word::organisation)) return token.raised() && !token.opens && !token.shout && work.chances[i].somebody() >= kPersonWord;
        const bool ordinary = (token.flags & word::english) && (!token.raised() || token.opens);
        if (ordinary && !beside_name(work, i) && (!token.raised() || !(token.flags & word::given_name))) return false;
        return work.chances[i].somebody() >= (ordinary ? kPersonWord : token.raised() ? kPerson : kPersonSmall);
      },
      [&](std::uint32_t i, Mention& mention) {
        mention.kind = MentionKind::person;
        return static_cast<double>(work.chances[i].somebody());
      });
  take_initials(work);
  for (Mention& mention : work.mentions)
    if (mention.detector == detector && mention.kind == MentionKind::person) {
      read_cues(work, mode, mention);
      // Only what stands right before a name the tagger found makes a professional: "Station Officer Quill", not "his mentor that Quill".
      if (mention.first == 0 || !(tokens[mention.first - 1].flags & word::role) || gap_between(work.shadow.folded(), tokens[mention.first - 1].end, mention.begin) != Gap::blank) mention.professional_cue = false;
    }
}

void propose_by_tagger(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, Mode mode) {
  if (work.chances.empty()) return;
  const auto& tokens = work.shadow.tokens();
  const bool anonymise = mode == Mode::anonymise;
  const auto detail = [&](std::uint32_t i) { return anonymise ? work.chances[i].any() : work.chances[i].any() - work.chances[i].somebody(); };
  if (anonymise) drop_strange_facts(work);
  if (work.cut_before) return;
  std::vector<char> picked(tokens.size(), 0);
  const auto open = [&](std::uint32_t i) { return !tokens[i].taken && !tokens[i].label; };
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    const bool common = (tokens[i].traits & trait::common) && !tokens[i].capital;
    picked[i] = open(i) && detail(i) >= (!anonymise ? kDetail : common ? kCommonWord : kAnything) && !(tokens[i].size() == 1 && !tokens[i].digits);
  }
  for (std::uint32_t i = 1; i < tokens.size(); ++i)
    if (!picked[i] && picked[i - 1] && open(i) && detail(i) >= kGoesOn) picked[i] = 1;
  for (std::uint32_t i = static_cast<std::uint32_t>(tokens.size()); i-- > 1;)
    if (!picked[i - 1] && picked[i] && open(i - 1) && detail(i - 1) >= kGoesOn) picked[i - 1] = 1;
  // A run stays when it tells something. Small words alone do not. In third_party somebody's days and hours say little, and what a person has or
  // does is told by many plain words: a detail there is the name of a place or a body, or holds a word of illness, record or occupation.
  constexpr WordFlags small_words = word::determiner | word::where | word::possessive | word::whom | word::modal | word::finite;
  constexpr WordTraits telling = trait::custody | trait::treatment | trait::occupation;
  for (std::uint32_t first = 0; first < tokens.size(); ++first) {
    if (!picked[first]) continue;
    std::uint32_t last = first;
    bool tells = false;
    for (; last < tokens.size() && picked[last]; ++last) {
      const Token& token = tokens[last];
      const MentionKind kind = kind_of(work.chances[last]);
      if (anonymise) tells = tells || token.capital || token.digits || !((token.flags & small_words) || (token.size() <= 3 && (token.flags & word::english)));
      else if (kind == MentionKind::place || kind == MentionKind::organisation) tells = tells || (!token.digits && (!(token.flags & (word::english | word::brand | word::abbreviation | word::people)) || (token.raised() && !token.opens && !(token.flags & (word::brand | word::abbreviation | word::people | word::month | word::weekday)))));
      else if (work.chances[last][Tag::date] < 0.5f) tells = tells || (token.traits & telling) || (token.flags & word::health);
    }
    if (!tells) std::fill(picked.begin() + first, picked.begin() + last, 0);
    first = last;
  }
  const std::size_t before = work.mentions.size();
  add_runs(
      work, [&](std::uint32_t i) { return picked[i] != 0; },
      [&](std::uint32_t i, Mention& mention) {
        mention.kind = kind_of(work.chances[i]);
        return static_cast<double>(detail(i));
      });
  if (anonymise || work.mentions.size() == before) return;
  // Whose: the one who does what the words say, and the one named before them. Without either it is nobody's, and stays.
  // Everybody's place is read before anything is taken out: the reader knows people by their places in the table.
  {
    const Reader reader(work, tables, entities);
    for (Mention& mention : work.mentions) {
      if (mention.detector != detector || mention.kind == MentionKind::person) continue;
      const Reader::Doer doer = reader.doer_of(mention.first);
      mention.who = doer.mention && doer.mention->kind == MentionKind::person ? doer.mention->who : doer.relative;
      if (doer.mention) mention.others = doer.mention->others;
    }
  }
  auto& free = work.shadow.tokens();
  std::erase_if(work.mentions, [&](const Mention& mention) {
    if (mention.detector != detector || mention.kind == MentionKind::person || mention.who != nobody) return false;
    for (std::uint32_t k = mention.first; k <= mention.last; ++k) free[k].taken = false;
    return true;
  });
}

void weigh_parts(const std::vector<Work>& bundle, const PeopleTables& tables, std::vector<Entity>& entities) {
  // Of each person nobody listed, what their mentions say together.
  std::vector<float> professional(entities.size()), all(entities.size());
  for (const Work& work : bundle) {
    if (work.chances.empty()) continue;
    for (const Mention& mention : work.mentions) {
      if (mention.kind != MentionKind::person || mention.who < 0 || static_cast<std::size_t>(mention.who) < tables.people.size()) continue;
      const std::size_t e = static_cast<std::size_t>(mention.who) - tables.people.size();
      for (std::uint32_t k = mention.first + mention.title_words; k <= mention.last; ++k) {
        professional[e] += work.chances[k][Tag::professional];
        all[e] += work.chances[k].somebody();
      }
    }
  }
  // Who stands where professionals stand, and of whom nothing says more, is one where the tagger agrees.
  for (std::size_t e = 0; e < entities.size(); ++e)
    if (!entities[e].professional && entities[e].office_place && !entities[e].in_private && all[e] > 0.5f && professional[e] >= kOffice * all[e]) entities[e].professional = true;
  for (std::size_t e = 0; e < entities.size(); ++e)
    if (entities[e].professional && !entities[e].firm && all[e] > 0.5f && professional[e] < kProfessional * all[e]) entities[e].in_private = true;
}

bool tagger_explains(const Work& work, std::uint32_t token) { return !work.chances.empty() && work.chances[token].any() < kNothing / 2 * (work.cut_before ? kSurer : 1); }

}  // namespace gatehouse::redaction
