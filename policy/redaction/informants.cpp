// Stage 7, the second question: who informed, or spoke in confidence. Pleas not to be named are read as patterns of words; each belongs to
// the grammatical subject of its verb, found as a reader finds it: the name before the verb, the person a pronoun stands for, or the
// relative whom a kinship word means. Such a person is hidden from everybody, kept or not, and the sentence is shown to a person.
#include <algorithm>
#include <array>

#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

// One place of a pattern: any of some words, after at most `skip` others.
struct Place {
  std::vector<std::uint64_t> words;
  int skip = 0;
  bool optional = false;
};

// Whose plea a pattern is.
enum class Points : std::uint8_t {
  subject,   // of the verb at the pattern's first word
  speaker,   // of the verb of speaking before it: "told us in confidence"
  nearest,   // the person named last: "it must not be attributed"
  object,    // named right after it: "do not mention …"; an instruction to the reader, who may well be told
};

struct Plea {
  std::vector<Place> places;
  Points points = Points::subject;
};

// Words in alternatives `a|b`, `~3` lets up to three words pass, `?` makes a place optional. Apostrophes part words: don't is `don t`.
struct PleaText {
  Points points;
  const char* text;
};
constexpr std::array plea_texts = {
    // asked us not to say, wants not to be named, asked that her mother is not told
    PleaText{Points::subject, "asked|asks|asking|begged|begs|begging|pleaded|pleads|requested|requests|wants|wanted|wishes|wished|prefers|preferred|insisted|insists ~4 not|never|t "
                              "~3 say|tell|telling|mention|mentioned|named|name|identified|identify|quoted|quote|attributed|disclosed|disclose|used|repeat|repeated|reveal|revealed|known|told|share|shared|recorded"},
    PleaText{Points::subject, "asked|asks|begged|begs|requested|requests|wants|wanted|wishes|wished|prefers|preferred|insisted|hopes ~3 remain|stay|be|remains|kept|keep ~1 anonymous|confidential|nameless"},
    PleaText{Points::subject, "asked|asks|begged|begs|requested|requests|wants|wanted|wishes|wished|insisted ~4 name|names|identity|details|call|part ~3 out|kept|withheld|confidential|private|secret|anonymous"},
    PleaText{Points::subject, "asked|asks|requested|requests|wants|wanted|wishes|wished ~1 anonymity"},
    // does not want him to know
    PleaText{Points::subject, "not|never|t|didnt|doesnt|dont|wouldnt want|wants|wish|like ~4 to know|hear|learn|discover|realise|guess|find"},
    PleaText{Points::subject, "not|never|t|didnt|doesnt|dont|wouldnt want|wants|wish|like ~4 knowing|hearing|learning|discovering|finding"},
    PleaText{Points::subject, "not|never|t|didnt|doesnt|dont|wouldnt want|wants|wish|like to? ~3 named|identified|quoted|involved|known"},
    PleaText{Points::subject, "afraid|frightened|scared|terrified|worried ~6 find|finds|found out ~6 told|rang|called|spoke|said|reported|contacted"},
    PleaText{Points::subject, "is|was the only person|one|neighbour|resident|pupil|parent|colleague ~2 who|that could|can|knew|knows|would ~1 have? told|known|seen|heard|said|reported"},
    PleaText{Points::subject, "would|could|will|might be known|identified|recognised|traced|guessed by|from|through"},
    PleaText{Points::subject, "would|could|will|might ~1 know|guess|realise it|this came|comes|was from"},
    PleaText{Points::subject, "must|should|is|are|was|may|can not|never|t ~1 be named|identified|quoted|attributed|disclosed"},
    PleaText{Points::subject, "is|are|was not|never to be named|identified|quoted|attributed|mentioned|disclosed"},
    PleaText{Points::nearest, "must|should|is|are|was|may|can|to not|never|t ~2 be? attributed"},
    PleaText{Points::speaker, "in ~2 confidence"},
    PleaText{Points::speaker, "confidentially|anonymously"},
    PleaText{Points::speaker, "off the record"},
    PleaText{Points::speaker, "did not|t tell you this|that"},
    PleaText{Points::speaker, "didnt tell you this|that"},
    PleaText{Points::speaker, "did not|t hear this|it|that from me|her|him"},
    PleaText{Points::speaker, "didnt hear this|it|that from me|her|him"},
    PleaText{Points::object, "not|never|t|dont mention|name|quote|identify"},
};

bool one_of(std::string_view word, std::string_view list) {
  for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1))
    if ((at == 0 || list[at - 1] == ' ') && (at + word.size() == list.size() || list[at + word.size()] == ' ')) return true;
  return false;
}

struct Pleas {
  std::vector<Plea> all;
  std::vector<std::pair<std::uint64_t, std::uint16_t>> by_first;  // hash of a first word, and its plea; sorted
  Pleas() {
    for (const PleaText& text : plea_texts) {
      Plea plea;
      plea.points = text.points;
      int skip = 0;
      for (std::string_view rest = text.text; !rest.empty();) {
        const auto blank = std::min(rest.find(' '), rest.size());
        std::string_view part = rest.substr(0, blank);
        rest.remove_prefix(std::min(blank + 1, rest.size()));
        if (part.empty()) continue;
        if (part[0] == '~') {
          skip = part[1] - '0';
          continue;
        }
        Place place;
        place.skip = skip;
        skip = 0;
        if (part.back() == '?') {
          place.optional = true;
          part.remove_suffix(1);
        }
        while (!part.empty()) {
          const auto bar = std::min(part.find('|'), part.size());
          place.words.push_back(hash_word(part.substr(0, bar)));
          part.remove_prefix(std::min(bar + 1, part.size()));
        }
        plea.places.push_back(std::move(place));
      }
      for (const std::uint64_t first : plea.places.front().words) by_first.emplace_back(first, static_cast<std::uint16_t>(all.size()));
      all.push_back(std::move(plea));
    }
    std::sort(by_first.begin(), by_first.end());
  }
  static const Pleas& get() {
    static const Pleas pleas;
    return pleas;
  }
};

class Listener {
 public:
  Listener(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, std::vector<char>& informant)
      : work_(work), tables_(tables), entities_(entities), informant_(informant), tokens_(work.shadow.tokens()), text_(work.shadow.folded()) {}

  void run() {
    const Pleas& pleas = Pleas::get();
    for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      if (token.hash == 0 || token.label || !(token.flags & word::english)) continue;
      auto at = std::lower_bound(pleas.by_first.begin(), pleas.by_first.end(), std::pair<std::uint64_t, std::uint16_t>{token.hash, 0});
      for (; at != pleas.by_first.end() && at->first == token.hash; ++at) {
        const Plea& plea = pleas.all[at->second];
        std::uint32_t last = 0;
        if (!matches(plea, 1, i, last)) continue;
        heard(plea, i, last);
        break;
      }
    }
  }

 private:
  // The rest of a plea from its place `next` on, after token `at`; never over the end of a sentence.
  bool matches(const Plea& plea, std::size_t next, std::uint32_t at, std::uint32_t& last) const {
    if (next == plea.places.size()) {
      last = at;
      return true;
    }
    const Place& place = plea.places[next];
    if (place.optional && matches(plea, next + 1, at, last)) return true;
    for (std::uint32_t i = at + 1; i <= at + 1 + static_cast<std::uint32_t>(place.skip) && i < tokens_.size(); ++i) {
      if (ends_sentence(i)) return false;
      if (std::find(place.words.begin(), place.words.end(), tokens_[i].hash) != place.words.end() && matches(plea, next + 1, i, last)) return true;
    }
    return false;
  }
  // A sentence ends between token i - 1 and token i.
  bool ends_sentence(std::uint32_t i) const {
    if (i == 0) return true;
    if (!tokens_[i].opens) return false;
    const std::string_view gap = text_.substr(tokens_[i - 1].end, tokens_[i].begin - tokens_[i - 1].end);
    return gap.find_first_of(".!?\n") != std::string_view::npos;
  }
  bool ends_part(std::uint32_t i) const { return ends_sentence(i) || text_.substr(tokens_[i - 1].end, tokens_[i].begin - tokens_[i - 1].end).find(';') != std::string_view::npos; }

  // The mention that holds token i: a person, or the label of one.
  const Mention* mention_at(std::uint32_t i) const {
    for (const Mention& mention : work_.mentions)
      if (mention.first <= i && i <= mention.last && (mention.kind == MentionKind::person || mention.kind == MentionKind::label)) return &mention;
    return nullptr;
  }
  Sex sex_of(const Mention& mention) const {
    if (mention.sex != Sex::unknown) return mention.sex;
    if (mention.who == nobody) return Sex::unknown;
    const auto who = static_cast<std::size_t>(mention.who);
    if (who < tables_.facts.size()) return tables_.facts[who].sex;
    return entities_[who - tables_.facts.size()].sex;
  }

  // The first person among tokens [begin, end) of that sex, else the first whose sex nobody knows.
  const Mention* first_between(std::uint32_t begin, std::uint32_t end, Sex sex) const {
    const Mention* unsure = nullptr;
    for (const Mention& mention : work_.mentions) {
      if (mention.first >= end) break;
      if (mention.first < begin || (mention.kind != MentionKind::person && mention.kind != MentionKind::label)) continue;
      const Sex own = sex_of(mention);
      if (sex == Sex::unknown || own == sex) return &mention;
      if (own == Sex::unknown && !unsure) unsure = &mention;
    }
    return unsure;
  }
  std::uint32_t sentence_of(std::uint32_t at) const {
    while (at > 0 && !ends_sentence(at)) --at;
    return at;
  }
  // The subject of this sentence, or of one of the three before it.
  const Mention* stands_for(std::uint32_t pronoun, Sex sex) const {
    std::uint32_t end = pronoun, begin = sentence_of(pronoun);
    for (int back = 0; back < 4; ++back) {
      if (const Mention* found = first_between(begin, end, sex)) return found;
      if (begin == 0 || tokens_[pronoun].begin - tokens_[begin].begin > 500) break;
      end = begin;
      begin = sentence_of(begin - 1);
    }
    return nullptr;
  }
  const Mention* nearest_before(std::uint32_t at, std::uint32_t reach) const {
    const Mention* best = nullptr;
    for (const Mention& mention : work_.mentions) {
      if (mention.first >= at) break;
      if ((mention.kind == MentionKind::person || mention.kind == MentionKind::label) && tokens_[at].begin - mention.end <= reach) best = &mention;
    }
    return best;
  }

  // The person who does what the verb at token `verb` says.
  struct Doer {
    const Mention* mention = nullptr;
    Who relative = nobody;  // a listed person whom a kinship word means
  };
  Doer doer_of(std::uint32_t verb) const {
    Doer doer;
    std::uint32_t i = verb;
    while (i > 0 && !ends_part(i)) {
      --i;
      if (const Mention* mention = mention_at(i)) {
        doer.mention = mention;
        return doer;
      }
      const std::string_view word = work_.shadow.word(tokens_[i]);
      if (one_of(word, "has had have having is was be been being did does do would will could should might also always then later now only both again just still really clearly since "
                       "s d ll ve t not never since very quite clear adamant strongly specifically particularly expressly"))
        continue;
      if (word == "she" || word == "he" || word == "they") {
        doer.mention = stands_for(i, word == "she" ? Sex::female : word == "he" ? Sex::male : Sex::unknown);
        return doer;
      }
      if (word == "who" || word == "whom") {
        doer.mention = nearest_before(i, 60);
        if (!doer.mention) doer.relative = relative_before(i);
        return doer;
      }
      if (word == "it" || word == "this" || word == "that") {
        doer.mention = nearest_before(i, 200);
        return doer;
      }
      if (word == "and" || word == "but" || word == "or" || word == "so") break;  // the subject is the one before: "rang and asked"
      if (tokens_[i].flags & word::kin) {
        doer.relative = relative(i);
        if (doer.relative != nobody) return doer;
        break;
      }
    }
    const std::uint32_t begin = sentence_of(verb);
    doer.mention = first_between(begin, verb, Sex::unknown);
    if (!doer.mention && begin < verb) {
      // The sentence opens with a pronoun: "She rang and asked not to be named."
      for (std::uint32_t k = begin; k < verb; ++k) {
        const std::string_view word = work_.shadow.word(tokens_[k]);
        if (word == "she" || word == "he" || word == "they") {
          doer.mention = stands_for(k, word == "she" ? Sex::female : word == "he" ? Sex::male : Sex::unknown);
          return doer;
        }
        if (tokens_[k].flags & word::kin) {
          doer.relative = relative(k);
          if (doer.relative != nobody) return doer;
        }
      }
    }
    return doer;
  }
  Who relative_before(std::uint32_t at) const {
    for (std::uint32_t steps = 0, i = at; steps < 4 && i > 0 && !ends_sentence(i); ++steps) {
      --i;
      if (tokens_[i].flags & word::kin) return relative(i);
    }
    return nobody;
  }
  // The one listed person whose relation is this kinship word: "her nan asked us not to say". Nobody where two fit.
  Who relative(std::uint32_t at) const {
    const std::string_view asked = kinship(work_.shadow.word(tokens_[at]));
    Who found = nobody;
    for (std::size_t p = 0; p < tables_.facts.size(); ++p) {
      const std::string& label = tables_.facts[p].relation.label;
      const auto blank = label.rfind(' ');
      if (kinship(blank == std::string::npos ? std::string_view(label) : std::string_view(label).substr(blank + 1)) != asked) continue;
      if (found != nobody) return nobody;
      found = static_cast<Who>(p);
    }
    return found;
  }
  static std::string_view kinship(std::string_view word) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 24> same = {{
        {"mum", "mother"}, {"mam", "mother"}, {"mom", "mother"}, {"mummy", "mother"}, {"dad", "father"}, {"daddy", "father"}, {"nan", "grandmother"}, {"nana", "grandmother"},
        {"gran", "grandmother"}, {"granny", "grandmother"}, {"grandma", "grandmother"}, {"mgm", "grandmother"}, {"pgm", "grandmother"}, {"grandad", "grandfather"},
        {"granddad", "grandfather"}, {"grandpa", "grandfather"}, {"mgf", "grandfather"}, {"pgf", "grandfather"}, {"auntie", "aunt"}, {"aunty", "aunt"}, {"boyfriend", "partner"},
        {"girlfriend", "partner"}, {"neighbor", "neighbour"}, {"stepdad", "stepfather"}}};
    for (const auto& [short_form, full] : same)
      if (word == short_form) return full;
    return word;
  }

  void heard(const Plea& plea, std::uint32_t first, std::uint32_t last) {
    Doer doer;
    switch (plea.points) {
      case Points::subject: doer = doer_of(first); break;
      case Points::nearest: doer.mention = nearest_before(first, 200); break;
      case Points::speaker: {
        // "told our worker in confidence": the verb may stand some words before, or right behind.
        std::uint32_t verb = first;
        bool found = false;
        for (std::uint32_t steps = 0, i = first; steps < 12 && i > 0 && !ends_sentence(i) && !found; ++steps) {
          --i;
          if (speaks(i)) {
            verb = i;
            found = true;
          }
        }
        for (std::uint32_t i = last + 1; i <= last + 3 && i < tokens_.size() && !ends_sentence(i) && !found; ++i)
          if (speaks(i)) {
            verb = first;
            found = true;
          }
        if (!found) return;  // "has grown in confidence"
        doer = doer_of(verb);
        break;
      }
      case Points::object: {
        // Whoever is named right behind. The reader is meant to know, so this alone takes nobody away from a reader who may; but a person looks.
        for (const Mention& mention : work_.mentions)
          if (mention.first > last && mention.kind == MentionKind::person) {
            if (tokens_[mention.first].begin - tokens_[last].end > 20) return;
            flag_sentence(first, last);
            return;
          }
        return;
      }
    }
    Who who = doer.relative;
    if (doer.mention) {
      if (doer.mention->kind == MentionKind::person) who = doer.mention->who;
      else {
        flag_sentence(first, last);  // hidden by an earlier cut
        return;
      }
    }
    if (who == nobody) return;
    if (static_cast<std::size_t>(who) < informant_.size()) informant_[static_cast<std::size_t>(who)] = 1;
    flag_sentence(first, last);
  }
  bool speaks(std::uint32_t i) const {
    if (tokens_[i].flags & word::speaks) return true;
    return one_of(work_.shadow.word(tokens_[i]), "spoken given shared passed contacted visited confided raised talked stated information report disclosure");
  }
  // What the informant could be inferred from: a person reads the sentence.
  void flag_sentence(std::uint32_t first, std::uint32_t last) {
    std::uint32_t begin = first, end = last;
    while (begin > 0 && !ends_sentence(begin)) --begin;
    while (end + 1 < tokens_.size() && !ends_sentence(end + 1)) ++end;
    work_.flags.push_back({tokens_[begin].begin, tokens_[end].end, "informant_detail"});
  }

  Work& work_;
  const PeopleTables& tables_;
  const std::vector<Entity>& entities_;
  std::vector<char>& informant_;
  const std::vector<Token>& tokens_;
  std::string_view text_;
};

}  // namespace

void find_informants(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, std::vector<char>& informant) {
  Listener(work, tables, entities, informant).run();
}

}  // namespace gatehouse::redaction
