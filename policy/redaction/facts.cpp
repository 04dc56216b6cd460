// What singles a person out without naming anybody: work, illness, a record, what is one among many, what was confided. In third_party it
// goes with the person it tells about and stays with one who stays; in anonymise it goes.
//
// Facts are found as phrases: a verb that states something lasting ("is", "has", "plays", "works at") whose subject is a person, and the
// words behind it to the end of the clause or of the noun phrase. What makes a phrase telling is its words: occupations, conditions,
// treatments, records, superlatives, and in anonymise any word that is not among the commonest of the language or of practice.
#include <algorithm>
#include <array>

#include "policy/redaction/reader.hpp"

namespace gatehouse::redaction {

namespace {

// Nouns that say nothing in a case text: a sentence that only calls somebody a child tells no fact.
constexpr std::string_view plain_heads =
    "boy girl child baby toddler infant teenager teen adult man woman person lad lass lady gentleman mother father parent mum dad carer sibling brother sister son daughter friend pupil student "
    "client patient victim survivor witness volunteer worker kid one lot bit way thing time day week year good bad same problem concern worry risk shame pity case matter question point reason "
    "issue mess state liar star pleasure delight help support credit danger priority member part place home house flat room help couple pair few number kind sort type pregnancy referral visit "
    "meeting call message letter phone accident mistake joke lie threat row argument fight incident bruise mark cut scratch injury lot family neighbour partner ex girlfriend boyfriend husband wife "
    "young older younger elder first second third next last other others only while minute hour moment professional colleague manager teacher supervisor sister plan yes no";

constexpr std::string_view lasting_verbs =
    "plays played sings sang uses wears wore keeps owns owned teaches taught trains trained coaches coached competes competed represents represented performs performed collects collected breeds bred "
    "races raced swims swam dances danced studies studied won wins builds built rides rode fences rows boxes paints painted restores restored captains captained breeds keeps flies flew";
constexpr std::string_view work_verbs = "works worked working runs ran manages managed owns owned chairs chaired volunteers volunteered preaches employed serves served heads lectures lectured apprenticed drives drove";
constexpr std::string_view number_words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety";

bool named(std::string_view word, std::string_view list) { return one_of(word, list); }

// The words at which something may be told of a third party: nearly every word of a text is none, and is passed over at the price of two bits.
class Openers {
 public:
  static const Openers& get() {
    static const Openers openers;
    return openers;
  }
  bool may(std::uint64_t hash) const { return (bits_[(hash >> 58) & 63] >> ((hash >> 52) & 63)) & 1; }

 private:
  Openers() {
    for (std::string_view rest :
         {std::string_view("is was be has had have having suffers suffered suffering been being takes took taking attends attended attending sees under receives received lives got gets survived served carries carried came comes "
                           "lost drinks expecting wets wet wetting soils soiled year reception nursery works worked working employed job aged arrested charged convicted cautioned jailed remanded bailed excluded never nobody "
                           "anyone anybody only"),
          number_words})
      while (!rest.empty()) {
        const auto blank = std::min(rest.find(' '), rest.size());
        const std::uint64_t hash = hash_word(rest.substr(0, blank));
        bits_[(hash >> 58) & 63] |= std::uint64_t{1} << ((hash >> 52) & 63);
        rest.remove_prefix(std::min(blank + 1, rest.size()));
      }
  }
  std::array<std::uint64_t, 64> bits_{};
};

class Teller {
 public:
  Teller(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, Mode mode)
      : work_(work), reader_(work, tables, entities), mode_(mode), tokens_(work.shadow.tokens()), text_(work.shadow.folded()), told_(tokens_.size(), 0) {}

  void run() {
    for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.hash == 0 || token.label) continue;
      if (mode_ == Mode::anonymise) anonymise_at(i);
      else third_party_at(i);
    }
    settle();
  }

 private:
  std::string_view word(std::uint32_t i) const { return i < tokens_.size() ? work_.shadow.word(tokens_[i]) : std::string_view(); }
  bool beside(std::uint32_t i) const { return i < tokens_.size() && gap_between(text_, tokens_[i - 1].end, tokens_[i].begin) == Gap::blank; }
  bool linked(std::uint32_t i) const {  // a blank, a hyphen or an apostrophe: the phrase goes on
    if (i >= tokens_.size()) return false;
    const Gap gap = gap_between(text_, tokens_[i - 1].end, tokens_[i].begin);
    return gap == Gap::blank || gap == Gap::hyphen || gap == Gap::apostrophe || reader_.gap(i) == "' ";  // magistrates' court
  }
  bool article(std::uint32_t i) const { return named(word(i), "a an the one"); }
  bool preposition(std::uint32_t i) const { return named(word(i), "of for at with from in on near by to as under behind"); }
  bool stops(std::uint32_t i) const {
    if (i > 0 && gap_between(text_, tokens_[i - 1].end, tokens_[i].begin) == Gap::hyphen) return false;  // sip-and-puff
    if (word(i) == "that" && named(word(i + 1), "year time day week")) return false;
    return named(word(i), "and or but who which that because although though while until till since so if when where after before as than then he she they i we you it there this these those whose again now");
  }

  // A word that few case texts hold: English or unknown, in small letters, none of the commonest.
  bool rare(std::uint32_t i) const {
    const Token& token = tokens_[i];
    if (token.digits || token.size() < 4 || token.capital || token.taken) return false;
    if (token.traits & trait::common) return false;
    if (token.flags & (word::kin | word::finite | word::speaks | word::abbreviation | word::month | word::weekday | word::role | word::thing | word::title)) return false;
    const std::string_view one = word(i);
    if (one.ends_with("ly")) return false;
    // Inflections of common words are common.
    for (const std::size_t cut : {1u, 2u, 3u}) {
      if (one.size() < cut + 3) break;
      const std::string_view end = one.substr(one.size() - cut);
      if (end != "s" && end != "es" && end != "ed" && end != "ing" && end != "d" && end != "er") continue;
      std::string stem(one.substr(0, one.size() - cut));
      if (Lexicon::get().traits(stem) & trait::common) return false;
      if (Lexicon::get().traits(stem + "e") & trait::common) return false;
      if (stem.size() > 3 && stem[stem.size() - 1] == stem[stem.size() - 2] && (Lexicon::get().traits(stem.substr(0, stem.size() - 1)) & trait::common)) return false;
    }
    return true;
  }
  bool medical(std::uint32_t i) const {
    if (tokens_[i].flags & word::health) return true;
    const std::string_view one = word(i);
    if (one.size() < 7 || (tokens_[i].traits & trait::common)) return false;
    for (const std::string_view end : {"itis", "osis", "aemia", "emia", "plegia", "plegic", "pathy", "sclerosis", "ectomy", "algia", "phobia", "trophy", "philia", "carcinoma", "sarcoma", "lymphoma"})
      if (one.ends_with(end)) return true;
    return false;
  }
  bool telling(std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t i = first; i <= last; ++i)
      if ((tokens_[i].traits & (trait::occupation | trait::singular | trait::custody | trait::treatment)) || medical(i) || rare(i) || (tokens_[i].flags & word::people) ||
          ((tokens_[i].flags & word::organisation) && !(tokens_[i].traits & trait::common)))
        return true;
    return false;
  }

  // One past the end of the clause that holds token i.
  std::uint32_t clause_end(std::uint32_t i) const {
    std::uint32_t at = i + 1;
    for (; at < tokens_.size(); ++at) {
      if (!linked(at)) break;
      if (stops(at) && !(word(at) == "that" && preposition(at - 1))) break;
    }
    return at;
  }
  // The last token of the noun phrase that starts at token i, with its "of …" and "for …".
  std::uint32_t phrase_end(std::uint32_t i) const {
    std::uint32_t at = i, last = i;
    int links = 0;
    for (; at < tokens_.size(); ++at) {
      if (at > i && !linked(at)) break;
      if (at > i && tokens_[at].taken && reader_.mention_at(at)) break;
      if (stops(at)) break;
      if (preposition(at)) {
        if (++links > 3 || at == i || at + 1 >= tokens_.size() || !linked(at + 1) || stops(at + 1)) break;
        continue;  // counts only with what follows
      }
      if (at > i && (tokens_[at].flags & (word::finite | word::modal)) && !(tokens_[at].flags & word::thing) && !named(word(at), "the a an")) break;
      last = at;
    }
    return last;
  }

  // The person a phrase tells about; false where it tells of no person.
  bool about(std::uint32_t verb, Who& who, bool& somebody) {
    Reader::Doer doer = reader_.doer_of(verb);
    if (!doer.mention && doer.relative == nobody && mode_ == Mode::third_party && tokens_[verb].capital && reader_.ends_sentence(verb)) doer.mention = left_out(verb);
    who = nobody;
    others_.clear();
    somebody = doer.somebody;
    if (doer.mention) {
      who = doer.mention->kind == MentionKind::person ? doer.mention->who : nobody;
      others_ = doer.mention->others;
      return true;
    }
    who = doer.relative;
    return doer.somebody || who != nobody;
  }

  // "Memory, 6. Keeps a box. Has sickle cell disease.": notes leave the subject out; it is the one with whom a sentence before began.
  const Mention* left_out(std::uint32_t verb) const {
    std::uint32_t at = verb;
    for (int back = 0; back < 3 && at > 0 && text_.substr(tokens_[at - 1].end, tokens_[at].begin - tokens_[at - 1].end).find("\n\n") == std::string_view::npos; ++back) {
      at = reader_.sentence_of(at - 1);
      if (const Mention* mention = reader_.mention_at(at)) return mention;
      if (tokens_[verb].begin - tokens_[at].begin > 300) break;
    }
    return nullptr;
  }

  void tell(std::uint32_t first, std::uint32_t last, Who who, double confidence) {
    if (last >= tokens_.size() || last < first) return;
    facts_.push_back({first, last, who, confidence, who == nobody ? std::vector<Who>() : others_});
  }

  void anonymise_at(std::uint32_t i) {
    const Token& token = tokens_[i];
    const std::string_view one = word(i);
    Who who = nobody;
    bool somebody = false;
    const bool be = named(one, "is was were are be been became becomes") || (one == "s" && i > 0 && gap_between(text_, tokens_[i - 1].end, token.begin) == Gap::apostrophe && article(i + 1) && beside(i + 1));
    if (be || (one == "as" && i > 0 && named(word(i - 1), "works worked trained working job employed"))) {
      std::uint32_t start = i + 1;
      while (start < tokens_.size() && beside(start) && named(word(start), "now also still just really currently already both")) ++start;
      if (start < tokens_.size() && beside(start) && !tokens_[start].label) {
        if (article(start) && !named(word(i - (i > 0 ? 1 : 0)), "it this that there what") && about(i, who, somebody)) {
          const std::uint32_t end = phrase_end(start);
          if (end > start && (telling(start + 1, end) || !plain(start, end))) tell(start, end, who, 0.6);
        } else if (named(word(start), "in on") && about(i, who, somebody)) {
          // "was in the papers for …", "is on the county squad"
          const std::uint32_t end = clause_end(start) - 1;
          for (std::uint32_t k = start; k <= end; ++k)
            if ((tokens_[k].traits & (trait::singular | trait::custody)) || named(word(k), "news paper telly tv radio squad")) {
              tell(i, end, who, 0.6);
              break;
            }
        } else if (named(word(start), number_words) && about(i, who, somebody)) {
          age_in_words(start, who);
        } else if (start > i && (named(word(start), "never") == false) && (tokens_[start].traits & (trait::singular | trait::treatment | trait::custody)) && about(i, who, somebody)) {
          tell(i, clause_end(start) - 1, who, 0.6);
        } else if ((medical(start) || (tokens_[start].flags & word::people)) && about(i, who, somebody)) {
          tell(start, phrase_end(start), who, 0.7);
        }
      }
    }
    if ((named(one, "has had have having got with wears wearing")) && i + 1 < tokens_.size() && beside(i + 1)) {
      const std::uint32_t end = clause_end(i + 1) - 1;
      bool telling_words = false;
      for (std::uint32_t k = i + 1; k <= end; ++k) telling_words = telling_words || medical(k) || (article(i + 1) && k > i + 1 && tokens_[k].capital && !tokens_[k].opens && !reader_.mention_at(k)) || (rare(k) && article(i + 1)) || (tokens_[k].traits & (trait::singular | trait::custody | trait::treatment));
      if (telling_words && !tokens_[i + 1].label && (one == "with" ? article(i + 1) && rare_in(i + 1, end) : about(i, who, somebody))) tell(one == "with" || one == "wears" ? i : i + 1, end, who, 0.6);
    }
    if (named(one, lasting_verbs) && i + 1 < tokens_.size() && beside(i + 1) && about(i, who, somebody)) {
      const std::uint32_t end = clause_end(i) - 1;
      if (end > i && telling(i + 1, end)) tell(i, end, who, 0.6);
    }
    if ((named(one, work_verbs) || named(one, "job shifts nights sits sat")) && i + 1 < tokens_.size() && beside(i + 1)) {
      // "works nights at the crisp factory", "runs the shop on …", "sits on the board of …"
      std::uint32_t at = i + 1;
      while (at < tokens_.size() && at < i + 4 && beside(at) && named(word(at), "nights days late shifts part full time there again mostly only weekends evenings early")) ++at;
      const bool object = named(one, "runs ran manages managed owns owned chairs chaired heads");
      if (at < tokens_.size() && beside(at) && about(i, who, somebody)) {
        const bool prep = named(word(at), "at for on with") && !(named(one, "sits sat") && !named(word(at), "on"));
        const std::uint32_t start = prep ? at + 1 : at;
        if ((prep || (object && article(at))) && start < tokens_.size() && linked(start) && !tokens_[start].label && (article(start) || tokens_[start].capital || named(word(start), "his her their") || rare(start)) &&
            !named(word(start), "it her him them me us home")) {
          std::uint32_t end = phrase_end(start);
          if (end > start || tokens_[start].capital) tell(start, end, who, 0.6);
        }
      }
    }
    // ", a magistrates' court usher,", ", treasurer of the gurdwara", ", one of eleven in England"
    if (i > 0 && !reader_.ends_sentence(i) && (reader_.gap(i) == ", " || reader_.gap(i) == " (" || reader_.gap(i) == " - ")) {
      const bool behind_person = reader_.mention_at(i - 1) != nullptr || (tokens_[i - 1].flags & word::kin) || tokens_[i - 1].digits;
      if (article(i) && i + 1 < tokens_.size() && beside(i + 1)) {
        const std::uint32_t end = phrase_end(i);
        if ((one == "one" && word(i + 1) == "of") || (behind_person && end > i && telling(i + 1, end))) tell(i, one == "one" ? clause_end(i) - 1 : end, nearest(i), 0.6);
      } else if (behind_person && (token.traits & trait::occupation) && !token.capital) {
        tell(i, phrase_end(i), nearest(i), 0.6);
      } else if (behind_person && named(one, number_words)) {
        age_in_words(i, nearest(i));
      }
    }
    if (one == "the" && word(i + 1) == "one" && named(word(i + 2), "in where who that which with")) {
      std::uint32_t end = clause_end(i + 2);
      if (end < tokens_.size() && linked(end) && word(end) == "which") end = clause_end(end);
      tell(i, end - 1, nearest(i), 0.6);
    }
    // "the only girl in the town who …", "the one in which the roof came down"
    if (one == "only" && i + 1 < tokens_.size() && beside(i + 1) && !tokens_[i + 1].label) {
      const bool in_place = i == 0 || reader_.ends_part(i) || named(word(i - 1), "the an my his her our their as is was") || !beside(i);
      const WordFlags next = tokens_[i + 1].flags;
      const bool noun = named(word(i + 1), "child girl boy one person family pupil student woman man mother father member player survivor black asian white wheelchair deaf female male surviving living other") ||
                        (next & (word::kin | word::people)) || (tokens_[i + 1].traits & trait::occupation);
      if (in_place && noun && !tokens_[i + 1].digits) {
        std::uint32_t end = clause_end(i + 1);
        if (end < tokens_.size() && linked(end) && named(word(end), "who that which whose with")) end = clause_end(end);
        tell(i > 0 && named(word(i - 1), "the an") && beside(i) ? i - 1 : i, end - 1, nearest(i), 0.6);
      }
    } else if ((token.traits & trait::singular) && one != "only" && !token.capital) {
      singular(i);
    }
    if ((token.traits & trait::custody) && !token.capital && named(one, "raided convicted jailed imprisoned sentenced raid burglary murder manslaughter arson rapist paedophile remand probation prison jail")) {
      // The clause from its verb on, or from the word itself.
      if (about(i, who, somebody) || true) {
        std::uint32_t first = i;
        while (first > 0 && linked(first) && !stops(first - 1) && i - first < 8 && !reader_.mention_at(first - 1) && !tokens_[first - 1].label) --first;
        tell(first, clause_end(i) - 1, who, 0.6);
      }
    }
    // A condition with the words that belong to it: "type 1 diabetic", "early Huntington's disease".
    if (!token.taken && (medical(i) || ((token.flags & word::people) && token.capital))) {
      std::uint32_t first = i, last = i;
      while (first > 0 && linked(first) && !tokens_[first - 1].label && (describes(first - 1) || medical(first - 1) || (tokens_[first - 1].flags & word::people)) && i - first < 5) --first;
      while (last + 1 < tokens_.size() && linked(last + 1) && (medical(last + 1) || (tokens_[last + 1].flags & word::people) || named(word(last + 1), "s disease syndrome disorder speaker heritage descent background palsy fibrosis aid loop user"))) ++last;
      tell(first, last, nobody, 0.7);
    }
    // "the crisp factory", "a guide pony": a phrase in small letters with a word that few texts hold.
    if (named(one, "a an the") && i + 1 < tokens_.size() && beside(i + 1) && !tokens_[i + 1].capital) {
      const std::uint32_t end = noun_end(i + 1);
      std::uint32_t rares = 0;
      for (std::uint32_t k = i + 1; k <= end; ++k) rares += rare(k) ? 1 : 0;
      const bool body = (tokens_[end].flags & word::organisation) && !tokens_[end].capital && end > i + 1 && !generic_body(i + 1, end);
      if (end > i && ((rares >= 1 && end > i + 1) || body)) tell(i, end, nobody, 0.5);
    }
  }

  // Adjectives and counts in front of a condition or an origin.
  bool describes(std::uint32_t i) const {
    if (word(i) == "and") return i > 0 && named(word(i - 1), "white black mixed deaf");
    return named(word(i), "early late severe mild chronic acute type stage mixed white black half part first second language registered partially profoundly terminal advanced rare congenital born low high functioning british dual") ||
           (tokens_[i].digits && tokens_[i].size() <= 2);
  }
  bool rare_in(std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t k = first; k <= last; ++k)
      if (rare(k)) return true;
    return false;
  }
  // The last word of a noun phrase without its prepositions.
  std::uint32_t noun_end(std::uint32_t i) const {
    std::uint32_t at = i;
    while (at + 1 < tokens_.size() && at < i + 5 && linked(at + 1) && !tokens_[at + 1].label && !tokens_[at + 1].taken && !stops(at + 1) && !preposition(at + 1) &&
           !(tokens_[at + 1].flags & (word::finite | word::modal | word::determiner | word::possessive | word::speaks)))
      ++at;
    return at;
  }
  bool generic_body(std::uint32_t first, std::uint32_t last) const {
    for (std::uint32_t k = first; k < last; ++k)
      if (!named(word(k), "local same new old other previous nearest family police children s adult contact community youth medical walk in primary secondary special own last next first big public foster care "
                          "charity food gp health children support housing advice drop after breakfast homework nursing residential private national probation day legal social service"))
        return false;
    return true;
  }
  bool plain(std::uint32_t first, std::uint32_t last) const {
    // Every word is common and the head is a plain one: "a good mum", "the best thing".
    std::uint32_t head = first;
    for (std::uint32_t k = first; k <= last; ++k) {
      if (preposition(k)) break;
      head = k;
    }
    if (named(word(head), plain_heads)) return true;
    if ((tokens_[head].flags & word::role) && head > first + 1) return false;  // a serving police officer
    // An unknown head in a short phrase of common words says little either: "a keen reader" is common.
    for (std::uint32_t k = first; k <= last; ++k)
      if (!(tokens_[k].traits & trait::common) && !named(word(k), "a an the one of for in at on with to by")) return false;
    return !(tokens_[head].traits & trait::occupation);
  }
  Who nearest(std::uint32_t at) const {
    const Mention* mention = reader_.nearest_before(at, 120);
    return mention && mention->kind == MentionKind::person ? mention->who : nobody;
  }
  void age_in_words(std::uint32_t i, Who who) {
    std::uint32_t last = i;
    if (last + 1 < tokens_.size() && gap_between(text_, tokens_[last].end, tokens_[last + 1].begin) == Gap::hyphen && named(word(last + 1), number_words)) ++last;
    bool unit = false;
    if (last + 1 < tokens_.size() && linked(last + 1) && named(word(last + 1), "year years month months week weeks")) {
      ++last;
      unit = true;
      if (last + 1 < tokens_.size() && linked(last + 1) && word(last + 1) == "old") ++last;
    }
    const bool ends = last + 1 >= tokens_.size() || !linked(last + 1) || named(word(last + 1), "and now but when in next");
    if (unit || (ends && word(i) != "one")) tell(i, last, who, 0.7);
  }
  void singular(std::uint32_t i) {
    const std::string_view one = word(i), next = i + 1 < tokens_.size() && linked(i + 1) ? word(i + 1) : std::string_view();
    if (named(one, "papers paper press record records award national county regional international commonwealth known inquiry winning sole winner prize twin twins broadcast championship headline headlines rare unusual unique")) {
      // Common in another sense: the county court, national insurance, his record.
      if (named(next, "court council lines insurance health referral hospital record records guidance average minimum office police service standards framework police helpline")) return;
      if (named(one, "papers press") && !(i > 0 && word(i - 1) == "the" && i > 1 && named(word(i - 2), "in made reached hit for"))) return;
      if (named(one, "record records known inquiry sole broadcast winning headline headlines prize") && !(i > 0 && named(word(i - 1), "world national club county school british the won"))) return;
      if (one == "known" || (named(one, "record records") && i > 0 && word(i - 1) == "the")) return;
    }
    std::uint32_t first = i;
    while (first > 0 && linked(first) && !stops(first - 1) && i - first < 10 && !reader_.mention_at(first - 1) && !tokens_[first - 1].label) {
      --first;
      if (tokens_[first].flags & (word::finite | word::speaks)) break;
    }
    tell(first, clause_end(i) - 1, nearest(i), 0.6);
  }

  // In third_party only what tells of a person's body, record or confidence, and only where the clause says it of that person.
  void third_party_at(std::uint32_t i) {
    const Token& token = tokens_[i];
    if (!(token.flags & word::english) || !(Openers::get().may(token.hash) || (token.traits & trait::treatment))) return;
    const std::string_view one = word(i);
    Who who = nobody;
    bool somebody = false;
    if (named(one, "is was be")) age_in_digits(i);
    if (said_behind_name(i) || school_year(i) || work_place(i)) return;
    // "is expecting", "wets the bed"
    if ((one == "expecting" && i > 0 && named(word(i - 1), "is was be") && beside(i) && !(i + 1 < tokens_.size() && beside(i + 1) && (named(word(i + 1), "to him her us them me you a an the my his your it that") || tokens_[i + 1].capital || tokens_[i + 1].digits))) ||
        (named(one, "wets wet wetting soils soiled") && i + 2 < tokens_.size() && beside(i + 1) && named(word(i + 1), "the his her") && word(i + 2) == "bed")) {
      const std::uint32_t verb = one == "expecting" ? i - 1 : i;
      if (!about(verb, who, somebody) || who == nobody) return;
      std::uint32_t first = verb;
      if (first > 0 && named(word(first - 1), "she he") && beside(first)) --first;
      std::uint32_t end = clause_end(i);
      if (end + 1 < tokens_.size() && linked(end) && named(word(end), "when if whenever after")) end = clause_end(end + 1);
      tell(first, end - 1, who, 0.6);
      return;
    }
    if (named(one, "is") && i + 1 < tokens_.size() && beside(i + 1) && named(word(i + 1), number_words) && about(i, who, somebody) && who != nobody) {
      age_in_words(i + 1, who);
      return;
    }
    if (named(one, "has had have having suffers suffered suffering is was been being takes took taking attends attended attending sees under receives received lives got gets survived served carries carried came comes lost drinks")) {
      const bool to_be = named(one, "is was been being");
      std::uint32_t at = i + 1;
      for (; at < tokens_.size() && at <= i + 7; ++at) {
        if (!linked(at) || (at > i + 1 && stops(at)) || tokens_[at].label || reader_.mention_at(at)) return;
        if (named(word(at), "his him the her its their our my your") && !named(word(at), "the") && !named(word(at + 1), "own") && !to_be && one != "lost") return;  // somebody else's tablets
        if (named(word(at), "not no never") && !(word(at) == "never") && !(word(at) == "no" && named(word(at + 1), "papers leave"))) return;
        if (fact_word(one, at)) break;
        // A second verb: what follows is another statement.
        if (at > i + 1 && (tokens_[at].flags & (word::speaks)) ) return;
      }
      if (at >= tokens_.size() || at > i + 7) return;
      if (!about(i, who, somebody) || who == nobody) return;
      // An auxiliary before belongs to it: "has been prescribed".
      std::uint32_t first = i;
      while (first > 0 && beside(first) && named(word(first - 1), "has had have was is been who")) {
        if (word(first - 1) == "who") break;
        --first;
      }
      std::uint32_t end = clause_end(at);
      // "was remanded in custody after the last hearing"
      if (end + 1 < tokens_.size() && linked(end) && named(word(end), "after before since until till as")) end = clause_end(end + 1);
      // "… and attends the pain clinic"
      if (end + 1 < tokens_.size() && word(end) == "and" && beside(end) && named(word(end + 1), "attends takes has is was sees receives")) end = clause_end(end + 1);
      tell(first, end - 1, who, 0.6);
      return;
    }
    // "she has never told her family …": to the end of the part, for what was confided goes on there.
    if ((token.traits & trait::confided) && named(one, "never nobody anyone anybody")) {
      bool told = false;
      for (std::uint32_t k = i + 1; k <= i + 3 && k < tokens_.size() && linked(k); ++k) told = told || named(word(k), "told tell told disclosed said spoken spoke mentioned");
      if (!told || !about(i, who, somebody) || who == nobody) return;
      std::uint32_t first = i;
      while (first > 0 && linked(first) && !reader_.ends_part(first) && i - first < 6 && !reader_.mention_at(first - 1) && !named(word(first - 1), "and but that because")) --first;
      std::uint32_t last = i;
      while (last + 1 < tokens_.size() && !reader_.ends_part(last + 1)) ++last;
      tell(first, last, who, 0.6);
      return;
    }
    // "(type 2, deinfibulated in her first labour)"
    if ((token.traits & trait::treatment) && (one.ends_with("ed") || medical(i)) && !(token.traits & trait::common)) {
      std::uint32_t open = i, close = i;
      while (open > 0 && i - open < 8 && reader_.gap(open).find('(') == std::string_view::npos && !reader_.ends_sentence(open)) --open;
      if (open == 0 || reader_.gap(open).find('(') == std::string_view::npos) return;
      while (close + 1 < tokens_.size() && close - i < 12 && reader_.gap(close + 1).find(')') == std::string_view::npos) ++close;
      if (!about(open, who, somebody) || who == nobody) return;
      tell(open, close, who, 0.6);
      return;
    }
    // "She is the only one on that side with …": whoever it is would be known by it.
    if (one == "only" && i > 1 && named(word(i - 1), "the") && named(word(i - 2), "is was") && i + 1 < tokens_.size() && named(word(i + 1), "one person neighbour parent woman man pupil resident house family")) {
      if (!about(i - 2, who, somebody) || who == nobody) return;
      std::uint32_t first = i - 2, last = i;
      if (first > 0 && named(word(first - 1), "she he they")) --first;
      while (last + 1 < tokens_.size() && !reader_.ends_part(last + 1)) ++last;
      tell(first, last, who, 0.6);
    }
  }
  // "Lei (eleven)", "Joy, six, saw it", "aged nine", "(Year 13)", "dob 02/02/1984, arrested 12 January for drink-driving", "served four years for fraud".
  bool said_behind_name(std::uint32_t i) {
    const std::string_view one = word(i);
    if (one == "served" && i + 2 < tokens_.size() && beside(i + 1) && beside(i + 2)) {
      std::uint32_t at = i + 1;
      while (at < tokens_.size() && at < i + 5 && beside(at) && (tokens_[at].digits || named(word(at), number_words) || named(word(at), "a and half nearly over about"))) ++at;
      if (at == i + 1 || !named(word(at), "days weeks months years year month week")) return false;
      if (!(at + 1 < tokens_.size() && linked(at + 1) && named(word(at + 1), "for in inside of"))) return false;
      if (at + 2 < tokens_.size() && (named(word(at + 2), "the a his her as") || (tokens_[at + 2].flags & (word::role | word::organisation)))) return false;  // in the army, as a chef
      Who who = nobody;
      bool somebody = false;
      if (!about(i, who, somebody) || who == nobody) return false;
      tell(i, clause_end(i) - 1, who, 0.6);
      return true;
    }
    if (i == 0) return false;
    const std::string_view gap = reader_.gap(i);
    const bool aside = gap == ", " || gap == " (" || gap == " - " || gap == ",\n";
    const bool aged = one == "aged" && i + 1 < tokens_.size() && beside(i + 1) && named(word(i + 1), number_words);
    if (!aside && !aged) return false;
    if (named(one, "arrested charged convicted cautioned jailed remanded bailed excluded") && aside && !tokens_[i].capital) {
      const Who who = nearest(i);
      if (who == nobody || !same_clause(text_, reader_.nearest_before(i, 120)->end, tokens_[i].begin)) return false;
      others_.clear();
      tell(i, clause_end(i) - 1, who, 0.6);
      return true;
    }
    if (!named(one, number_words) && !aged) return false;
    const Mention* mention = reader_.mention_at(i - 1);
    if (!mention && (tokens_[i - 1].flags & word::kin)) mention = reader_.nearest_before(i, 24);  // "(sibling, seven)"
    if (!mention || mention->kind != MentionKind::person || mention->who == nobody) return false;
    const std::uint32_t start = aged ? i + 1 : i;
    others_ = mention->others;
    const std::size_t before = facts_.size();
    age_in_words(start, mention->who);
    return facts_.size() != before;
  }
  // "works nights at the crisp factory", "lost his job at …", "is self-employed now; before that he was at …"
  bool work_place(std::uint32_t i) {
    const std::string_view one = word(i);
    if (!named(one, "works worked working employed job") || i + 2 >= tokens_.size()) return false;
    std::uint32_t at = i + 1;
    while (at < tokens_.size() && at < i + 5 && (beside(at) || reader_.gap(at) == ", ") && (named(word(at), "nights days away late shifts part full time there mostly only weekends evenings as a") || (tokens_[at].traits & trait::occupation))) ++at;
    if (at + 1 >= tokens_.size() || !(beside(at) || reader_.gap(at) == ", ") || !named(word(at), "at for")) return false;
    const std::uint32_t start = at + 1;
    if (!beside(start) || tokens_[start].label || reader_.mention_at(start)) return false;
    if (named(word(start), "it her him them me us home night nights weekends present once first least times a every all long years the") && !(word(start) == "the" && start + 1 < tokens_.size() && !named(word(start + 1), "moment time same end weekend whole most council nhs trust")) && !(word(start) == "a")) return false;
    if (tokens_[start].digits || !(named(word(start), "the a his her their") || tokens_[start].capital || rare(start) || (tokens_[start].flags & word::organisation) || work_.shadow.small_letters())) return false;
    Who who = nobody;
    bool somebody = false;
    if (!about(i, who, somebody) || who == nobody) return false;
    std::uint32_t end = phrase_end(start);
    // A name may go on over "&" and the end of a line.
    while (end + 1 < tokens_.size() && tokens_[end + 1].capital && (reader_.gap(end + 1) == " & " || reader_.gap(end + 1) == "\n") && !tokens_[end + 1].label && !reader_.mention_at(end + 1)) end = std::max(phrase_end(end + 1), end + 1);
    tell(start, end, who, 0.6);
    return true;
  }
  // "is in Reception", "started in Year 3", "(Year 13)", "(Nursery)"
  bool school_year(std::uint32_t i) {
    const std::string_view one = word(i);
    const bool year = one == "year" && i + 1 < tokens_.size() && beside(i + 1) && tokens_[i + 1].digits && tokens_[i + 1].size() <= 2 && !tokens_[i].taken;
    const bool first_years = named(one, "reception nursery") && !tokens_[i].taken && (tokens_[i].capital || work_.shadow.small_letters());
    if ((!year && !first_years) || i == 0) return false;
    const std::uint32_t last = year ? i + 1 : i;
    const Mention* mention = nullptr;
    if (reader_.gap(i) == " (" && last + 1 <= tokens_.size() && tokens_[last].end < text_.size() && text_[tokens_[last].end] == ')') mention = reader_.mention_at(i - 1);
    Who who = mention && mention->kind == MentionKind::person ? mention->who : nobody;
    if (!mention) {
      bool somebody = false;
      if (!(word(i - 1) == "in" && i > 1 && named(word(i - 2), "is was started starts now still just goes") && linked(i))) return false;
      if (first_years && last + 1 < tokens_.size() && beside(last + 1) && !named(word(last + 1), "at and this now")) return false;
      if (first_years && named(word(i - 2), "was")) return false;
      if (!about(i - 2, who, somebody)) return false;
    } else {
      others_ = mention->others;
    }
    if (who == nobody) return false;
    tell(i, last, who, 0.6);
    return true;
  }
  // "she is believed to be 17"
  void age_in_digits(std::uint32_t i) {
    std::uint32_t at = i + 1;
    while (at < tokens_.size() && at < i + 5 && beside(at) && named(word(at), "only just about now nearly almost believed thought said to be around still in fact really actually")) ++at;
    if (at >= tokens_.size() || !beside(at) || tokens_[at].taken || tokens_[at].letters || tokens_[at].size() > 2 || word(at) == "0") return;
    if (at + 1 < tokens_.size() && linked(at + 1) && !named(word(at + 1), "and but in next years now so")) return;
    const char behind = tokens_[at].end < text_.size() ? text_[tokens_[at].end] : '.';
    if (behind != '.' && behind != ',' && behind != ' ' && behind != ';' && behind != ')' && behind != '\n') return;
    if (behind == '.' && tokens_[at].end + 1 < text_.size() && text_[tokens_[at].end + 1] >= '0' && text_[tokens_[at].end + 1] <= '9') return;
    Who who = nobody;
    bool somebody = false;
    if (about(i, who, somebody) && who != nobody) tell(at, at, who, 0.7);
  }
  // What the verb says of its subject's body or record. Common words of treatment need the verb that makes them the subject's own.
  bool fact_word(std::string_view verb, std::uint32_t at) const {
    const Token& token = tokens_[at];
    if (verb == "lost") return named(word(at), "leg arm hand foot finger fingers sight hearing baby pregnancy licence") && named(word(at - 1), "a an the his her") && !(at + 1 < tokens_.size() && word(at + 1) == "of" && word(at) == "sight" && !named(word(at + 2), "one both his her an"));
    if (verb == "drinks") return named(word(at), "vodka gin whisky wine cider lager beer spirits rum brandy") || (word(at) == "bottle" && word(at - 1) == "a");
    if (named(verb, "carries carried")) return medical(at);
    if (named(verb, "came comes")) return named(word(at), "licence bail") && word(at - 1) == "on";
    if (token.capital && !medical(at) && !named(word(at), "tb ehcp")) return false;
    if (medical(at)) return true;
    const std::string_view one = word(at);
    const bool to_be = named(verb, "is was been being");
    const bool have = named(verb, "has had have having suffers suffered suffering survived");
    const std::string_view before = word(at - 1), behind = at + 1 < tokens_.size() && beside(at + 1) ? word(at + 1) : std::string_view();
    if (to_be) {
      if (named(one, "arrested cautioned deported expelled")) return true;
      if (named(one, "charged fined")) return named(behind, "with over after twice again") || (behind == "for" && named(word(at + 2), "drink drug assault theft dealing driving speeding shoplifting fraud burglary"));
      if (one == "bailed") return named(behind, "until till to on with pending");
      if (one == "detained") return named(behind, "under by in");
      if (one == "wanted") return behind == "on" || (behind == "by" && named(word(at + 2), "police the") && word(at + 2) != "the");
      if (one == "released") return named(behind, "under on without") || (behind == "from" && named(word(at + 2), "prison custody jail remand"));
      if (one == "caught") return named(behind, "carrying stealing shoplifting drink selling") || (behind == "dealing" && !named(word(at + 2), "with"));
      if (one == "excluded") return named(behind, "from twice permanently again three four for");
      if (named(one, "bail licence tag warrant remand")) return before == "on";
      if (one == "care") return before == "in" && behind != "of" && (verb == "is" || (behind == "and" && word(at + 2) == "has" && word(at + 3) == "never"));
      if (one == "suspended") return named(behind, "from twice again for three four");
      if (one == "known") return behind == "to" && named(word(at + 2), "youth police probation");
      if (one == "sick") return behind == "with";
      if (one == "investigation") return before == "under";
      if (one == "treated") return behind == "for" && named(word(at + 2), "depression anxiety cancer addiction psychosis hepatitis tuberculosis a an her his");
      if (before == "on") return rare(at) && one.size() > 6 && !named(one, "benefits");
      if (named(one, "kidney liver transplant donor bypass")) return true;
      if (named(one, "raped abused groomed trafficked")) return named(behind, "by at as in when last while");
      if (one == "list") return before == "waiting";
      if (one == "father" || one == "mother") return before == "biological" || before == "real";
      if (one == "stealing") return behind == "from";
    }
    if (have) {
      if (named(one, "disability disabilities disorder syndrome tb stent epipen pacemaker tumour seizures convulsions")) return true;
      if (one == "order") return named(before, "restraining prevention");
      if (one == "disease") return behind != "explained";
      if (one == "asylum") return named(behind, "appeal claim hearing interview");
      if (one == "plan") return before == "protection" && behind == "of" && named(word(at + 2), "her his their");
      if (one == "papers") return before == "no";
      if (one == "leave") return before == "no" && behind == "to" && named(word(at + 2), "remain enter stay");
      if (one == "suspended") return named(behind, "from twice again for three four");
      if (one == "ehcp") return true;
      if (one == "operations") return !named(behind, "booked planned due");
      if (one == "stealing") return behind == "from";
      if (one == "work" || one == "sick") return before == "off" && behind == "with";
    }
    if (token.traits & trait::custody) {
      if (to_be) return named(one, "convicted jailed imprisoned sentenced acquitted remanded") || (named(one, "prison jail custody remand probation licence parole electronic offender offenders young institution") && named(word(at - 1), "in on a an young the released from registered"));
      if (named(verb, "served")) return named(one, "sentence prison custody jail custodial fraud burglary robbery theft manslaughter murder arson rape");
      return have && named(one, "conviction convictions custodial sentence");
    }
    if (!(token.traits & trait::treatment)) return false;
    if (named(verb, "takes took taking")) return named(one, "overdose medication methadone insulin antidepressants sertraline fluoxetine citalopram lithium tablets antipsychotics");
    if (named(verb, "attends attended attending sees under receives received")) return named(one, "clinic psychiatric psychiatrist rehab detox oncology chemotherapy radiotherapy dialysis methadone addiction alcoholics palliative hospice treatment");
    if (to_be)
      return named(one, "prescribed sectioned diagnosed suicidal psychotic terminally amputated sterilised inpatient miscarried alcoholic addict addicted overdosed detoxed") || (named(one, "rehab detox methadone dialysis chemotherapy medication lithium antidepressants hospice") && named(word(at - 1), "in on having under a")) || (named(one, "positive") && word(at - 1) == "hiv");
    return have && !named(one, "clinic tablets ward clean sober positive withdrawal surgery operation infection infected terminal fits") ? true
                                                                                                                                            : have && named(one, "operation surgery fits") && named(word(at - 1), "an heart brain having had");
  }

  // Facts do not overlap one another; names inside one stay mentions of their own, and in third_party so does everything else inside.
  void settle() {
    if (facts_.empty()) return;
    std::sort(facts_.begin(), facts_.end(), [](const Fact& a, const Fact& b) { return a.first != b.first ? a.first < b.first : a.last > b.last; });
    std::vector<Fact> joined;
    for (Fact& fact : facts_) {
      // "one of triplets, the other two stayed behind"
      if (mode_ == Mode::anonymise && fact.last + 2 < tokens_.size() && reader_.gap(fact.last + 1) == ", " && word(fact.last + 1) == "the" && named(word(fact.last + 2), "other others only last first")) fact.last = clause_end(fact.last + 1) - 1;
      if (!joined.empty() && fact.first <= joined.back().last) {
        joined.back().last = std::max(joined.back().last, fact.last);
        if (joined.back().who == nobody) joined.back().who = fact.who;
        else if (fact.who != nobody && fact.who != joined.back().who) joined.back().others.push_back(fact.who);
        joined.back().others.insert(joined.back().others.end(), fact.others.begin(), fact.others.end());
        joined.back().confidence = std::max(joined.back().confidence, fact.confidence);
      } else {
        joined.push_back(fact);
      }
    }
    std::vector<Mention> kept;
    std::vector<char> covered(tokens_.size(), 0);
    for (const Fact& fact : joined) std::fill(covered.begin() + fact.first, covered.begin() + fact.last + 1, 1);
    std::vector<char> held(tokens_.size(), 0);  // by a mention that stays one
    for (Mention& mention : work_.mentions) {
      // In third_party only the day on which it happened goes with it: "arrested 12 January for drink-driving".
      const bool day = mention.kind == MentionKind::identifier && mention.id_kind == IdKind::date && !mention.of_birth && !mention.tied;
      bool inside = (mode_ == Mode::anonymise || day || mention.kind == MentionKind::trait) && mention.kind != MentionKind::person && mention.kind != MentionKind::label;
      for (std::uint32_t k = mention.first; inside && k <= mention.last; ++k) inside = covered[k] != 0;
      if (inside) continue;
      std::fill(held.begin() + mention.first, held.begin() + mention.last + 1, 1);
      kept.push_back(std::move(mention));
    }
    work_.mentions = std::move(kept);
    auto& tokens = work_.shadow.tokens();
    for (const Fact& fact : joined)
      for (std::uint32_t k = fact.first; k <= fact.last; ++k) {
        if (held[k] || tokens[k].label) continue;
        std::uint32_t last = k;
        while (last < fact.last && !held[last + 1] && !tokens[last + 1].label) ++last;
        Mention mention;
        mention.kind = MentionKind::fact;
        mention.first = k;
        mention.last = last;
        mention.begin = tokens[k].begin;
        mention.end = tokens[last].end;
        mention.who = fact.who;
        mention.others = fact.others;
        mention.detector = "pattern";
        mention.confidence = fact.confidence;
        for (std::uint32_t t = k; t <= last; ++t) tokens[t].taken = true;
        // Small words left over between two names say nothing.
        bool nothing = true;
        for (std::uint32_t t = k; t <= last && nothing; ++t)
          nothing = (tokens[t].flags & (word::determiner | word::where | word::possessive | word::whom | word::modal)) || named(work_.shadow.word(tokens[t]), "is was are were has had been who here there old and s now found");
        if (!nothing) work_.mentions.push_back(std::move(mention));
        k = last;
      }
    std::sort(work_.mentions.begin(), work_.mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
  }

  struct Fact {
    std::uint32_t first = 0, last = 0;
    Who who = nobody;
    double confidence = 0;
    std::vector<Who> others;
  };
  Work& work_;
  Reader reader_;
  Mode mode_;
  const std::vector<Token>& tokens_;
  std::string_view text_;
  std::vector<char> told_;
  std::vector<Fact> facts_;
  std::vector<Who> others_;  // who else the subject asked about last may be
};

}  // namespace

void find_facts(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, Mode mode) { Teller(work, tables, entities, mode).run(); }

}  // namespace gatehouse::redaction
