// Stage 7, the second question: who informed, or spoke in confidence. Pleas not to be named are read as patterns of words; each belongs to
// the grammatical subject of its verb, found as a reader finds it: the name before the verb, the person a pronoun stands for, or the
// relative whom a kinship word means. Such a person is hidden from everybody, kept or not, and the sentence is shown to a person.
#include <algorithm>
#include <array>

#include "policy/redaction/reader.hpp"

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
    PleaText{Points::subject, "asked|asks|begged|begs|wants|wanted ~3 not|never ~3 find|finds|learn|learns|hear|hears|discover|discovers out|who|that|it"},
    PleaText{Points::subject, "asked|asks|asking|begged|begs|wants|wanted|wishes|wished|prefers ~3 nobody|noone ~6 find|finds|knows|told|learns out|who|that|it|about"},
    PleaText{Points::subject, "asked|asks|asking|begged|begs|wants|wanted|wishes|wished|prefers ~2 left|kept|leave|keep ~2 out|off of this|it"},
    PleaText{Points::subject, "asked|asks|begged|begs|wants|wanted ~2 leave|keep me|him|herself|himself|name|her out"},
    PleaText{Points::subject, "asked|asks|begged|begs|wants|wanted ~6 name off|out of? this|it"},
    PleaText{Points::subject, "asked|asks|wants|wanted|wishes ~2 that|it|this kept? ~1 between us"},
    PleaText{Points::subject, "wont|wouldnt be named|identified|quoted"},
    PleaText{Points::subject, "will|would not have her|his|their name read|used|given|put|written"},
    PleaText{Points::speaker, "on ~1 promise|understanding|condition ~6 no further|name|named|out"},
    PleaText{Points::nearest, "name|identity must|should|is|has ~1 stay|remain|be|kept|to ~3 out|private|confidential|secret|anonymous|withheld"},
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
    PleaText{Points::subject, "must|should not|never be shown as the source"},
    PleaText{Points::subject, "must never be mentioned to"},
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
      : work_(work), reader_(work, tables, entities), informant_(informant), tokens_(work.shadow.tokens()) {}

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
    hide_vantage();
  }

 private:
  // Where an informant stood gives the informant away as surely as a name: "Her kitchen shares a wall with that bathroom", "who hears everything
  // through the bathroom vent". Beside a plea such clauses go with their speaker; what was seen or heard stays, for it is the concern.
  void hide_vantage() {
    if (pleas_.empty()) return;
    constexpr std::string_view places =
        "shares shared overlooks overlooked faces faced backs sits sat cleans cleaned plays played drives drove fixed fixes lives lived keeps kept queued queues stood stands rinsing waiting "
        "standing sitting parked delivers delivered serves served collects teaches taught";
    constexpr std::string_view ends = "and but so because since then while when if although who which that";
    std::vector<Mention> found;
    auto& tokens = work_.shadow.tokens();
    const auto take = [&](std::uint32_t first, std::uint32_t last, Who who) {
      // Names and whatever else was found inside stay mentions of their own.
      for (std::uint32_t k = first; k <= last; ++k) {
        if (tokens[k].taken || tokens[k].label) continue;
        Mention mention;
        mention.kind = MentionKind::fact;
        mention.first = k;
        while (k + 1 <= last && !tokens[k + 1].taken && !tokens[k + 1].label) ++k;
        mention.last = k;
        mention.begin = tokens[mention.first].begin;
        mention.end = tokens[mention.last].end;
        mention.who = who;
        mention.detector = "pattern";
        mention.confidence = 0.6;
        for (std::uint32_t t = mention.first; t <= mention.last; ++t) tokens[t].taken = true;
        found.push_back(std::move(mention));
      }
    };
    const auto clause_last = [&](std::uint32_t from) {
      std::uint32_t last = from;
      while (last + 1 < tokens_.size() && !reader_.ends_part(last + 1) && reader_.gap(last + 1).find_first_of(",:()") == std::string_view::npos && last - from < 16) {
        const std::string_view next = work_.shadow.word(tokens_[last + 1]);
        if (one_of(next, ends) && !(next == "that" && (tokens_[last].flags & (word::where | word::whom)))) break;  // "a wall with that bathroom" goes on
        ++last;
      }
      return last;
    };
    for (const auto& [who, first, last] : pleas_) {
      if (informant_[static_cast<std::size_t>(who)] == 0) continue;
      std::uint32_t begin = reader_.sentence_of(first);
      if (begin > 0) begin = reader_.sentence_of(begin - 1);
      std::uint32_t end = reader_.sentence_end(last);
      if (end < tokens_.size()) end = reader_.sentence_end(end);
      for (std::uint32_t i = begin; i < end && i < tokens_.size(); ++i) {
        if (tokens_[i].taken || tokens_[i].label || (i >= first && i <= last)) continue;
        const std::string_view word = work_.shadow.word(tokens_[i]);
        const bool possessive = one_of(word, "her his their");
        if (possessive && i + 3 < end) {
          // her kitchen shares …, her husband drives …
          for (std::uint32_t k = i + 2; k <= i + 3 && k < end; ++k) {
            if (reader_.gap(k) != " " || !one_of(work_.shadow.word(tokens_[k]), places)) continue;
            const Mention* before = reader_.nearest_before(i, 240);
            if (before && before->kind == MentionKind::person && before->who == who) take(i, clause_last(k), who);
            break;
          }
          continue;
        }
        const bool only = one_of(word, "is was") && i + 2 < end && work_.shadow.word(tokens_[i + 1]) == "the" && work_.shadow.word(tokens_[i + 2]) == "only";
        if (!one_of(word, places) && !only) continue;
        const Reader::Doer doer = reader_.doer_of(i);
        if (!doer.mention || doer.mention->kind != MentionKind::person || doer.mention->who != who) continue;
        std::uint32_t from = i;
        while (from > begin && from > doer.mention->last + 1 && one_of(work_.shadow.word(tokens_[from - 1]), "is was were be been has had who also only") && !tokens_[from - 1].taken) --from;
        take(from, clause_last(i), who);
      }
      // ", who hears everything through the bathroom vent": behind the informant's name, and not the plea itself.
      for (const Mention& mention : work_.mentions) {
        if (mention.kind != MentionKind::person || mention.who != who || mention.first < begin || mention.last >= end) continue;
        const std::uint32_t at = mention.last + 1;
        if (at + 1 >= tokens_.size() || reader_.gap(at) != ", " || work_.shadow.word(tokens_[at]) != "who" || (first >= at && first <= clause_last(at + 1))) continue;
        if (!(tokens_[at + 1].flags & (word::finite | word::speaks)) || one_of(work_.shadow.word(tokens_[at + 1]), "is was has had does did gave works worked asked wants wanted begged rang told said asks spoke called reported")) continue;
        take(at, clause_last(at + 1), who);
      }
    }
    if (found.empty()) return;
    for (Mention& mention : found) work_.mentions.push_back(std::move(mention));
    std::sort(work_.mentions.begin(), work_.mentions.end(), [](const Mention& a, const Mention& b) { return a.begin < b.begin; });
  }

  // The rest of a plea from its place `next` on, after token `at`; never over the end of a sentence.
  bool matches(const Plea& plea, std::size_t next, std::uint32_t at, std::uint32_t& last) const {
    if (next == plea.places.size()) {
      last = at;
      return true;
    }
    const Place& place = plea.places[next];
    if (place.optional && matches(plea, next + 1, at, last)) return true;
    for (std::uint32_t i = at + 1; i <= at + 1 + static_cast<std::uint32_t>(place.skip) && i < tokens_.size(); ++i) {
      if (reader_.ends_sentence(i)) return false;
      if (std::find(place.words.begin(), place.words.end(), tokens_[i].hash) != place.words.end() && matches(plea, next + 1, i, last)) return true;
    }
    return false;
  }
  void heard(const Plea& plea, std::uint32_t first, std::uint32_t last) {
    Reader::Doer doer;
    switch (plea.points) {
      case Points::subject: doer = reader_.doer_of(first); break;
      case Points::nearest: doer.mention = reader_.nearest_before(first, 200); break;
      case Points::speaker: {
        // "told our worker in confidence": the verb may stand some words before, or right behind.
        std::uint32_t verb = first;
        bool found = false;
        for (std::uint32_t steps = 0, i = first; steps < 12 && i > 0 && !reader_.ends_sentence(i) && !found; ++steps) {
          --i;
          if (speaks(i)) {
            verb = i;
            found = true;
          }
        }
        for (std::uint32_t i = last + 1; i <= last + 3 && i < tokens_.size() && !reader_.ends_sentence(i) && !found; ++i)
          if (speaks(i)) {
            verb = first;
            found = true;
          }
        if (!found) return;  // "has grown in confidence"
        doer = reader_.doer_of(verb);
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
    if (static_cast<std::size_t>(who) < informant_.size()) {
      informant_[static_cast<std::size_t>(who)] = 1;
      pleas_.push_back({who, first, last});
    }
    flag_sentence(first, last);
  }
  bool speaks(std::uint32_t i) const {
    if (tokens_[i].flags & word::speaks) return true;
    return one_of(work_.shadow.word(tokens_[i]), "spoken given shared passed contacted visited confided raised talked stated information report disclosure");
  }
  // What the informant could be inferred from: a person reads the sentence.
  void flag_sentence(std::uint32_t first, std::uint32_t last) {
    std::uint32_t begin = first, end = last;
    while (begin > 0 && !reader_.ends_sentence(begin)) --begin;
    while (end + 1 < tokens_.size() && !reader_.ends_sentence(end + 1)) ++end;
    work_.flags.push_back({tokens_[begin].begin, tokens_[end].end, "informant_detail"});
  }

  Work& work_;
  Reader reader_;
  std::vector<char>& informant_;
  const std::vector<Token>& tokens_;
  struct Heard {
    Who who = nobody;
    std::uint32_t first = 0, last = 0;  // tokens of the plea
  };
  std::vector<Heard> pleas_;
};

}  // namespace

void find_informants(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, std::vector<char>& informant) {
  Listener(work, tables, entities, informant).run();
}

}  // namespace gatehouse::redaction
