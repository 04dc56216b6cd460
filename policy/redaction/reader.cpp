#include "policy/redaction/reader.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::redaction {

namespace {

// Kinship words that mean the same.
std::string_view kinship(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 26> same = {{
      {"mum", "mother"}, {"mam", "mother"}, {"mom", "mother"}, {"mummy", "mother"}, {"dad", "father"}, {"daddy", "father"}, {"nan", "grandmother"}, {"nana", "grandmother"},
      {"gran", "grandmother"}, {"granny", "grandmother"}, {"grandma", "grandmother"}, {"mgm", "grandmother"}, {"pgm", "grandmother"}, {"grandad", "grandfather"},
      {"granddad", "grandfather"}, {"grandpa", "grandfather"}, {"mgf", "grandfather"}, {"pgf", "grandfather"}, {"auntie", "aunt"}, {"aunty", "aunt"}, {"boyfriend", "partner"},
      {"girlfriend", "partner"}, {"fella", "partner"}, {"neighbor", "neighbour"}, {"stepdad", "stepfather"}, {"stepmum", "stepmother"}}};
  for (const auto& [short_form, full] : same)
    if (word == short_form) return full;
  return word;
}

Sex sex_of_pronoun(std::string_view word) { return word == "she" ? Sex::female : word == "he" ? Sex::male : Sex::unknown; }
bool is_pronoun(std::string_view word) { return word == "she" || word == "he" || word == "they"; }

}  // namespace

bool one_of(std::string_view word, std::string_view list) {
  if (word.empty()) return false;
  for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1))
    if ((at == 0 || list[at - 1] == ' ') && (at + word.size() == list.size() || list[at + word.size()] == ' ')) return true;
  return false;
}

Reader::Reader(const Work& work, const PeopleTables& tables, const std::vector<Entity>& entities)
    : work_(work), tables_(tables), entities_(entities), tokens_(work.shadow.tokens()), text_(work.shadow.folded()) {
  for (std::uint32_t m = 0; m < work.mentions.size(); ++m)
    if (work.mentions[m].kind == MentionKind::person || work.mentions[m].kind == MentionKind::label) people_.push_back(m);
}

std::string_view Reader::gap(std::uint32_t i) const { return i == 0 ? std::string_view() : text_.substr(tokens_[i - 1].end, tokens_[i].begin - tokens_[i - 1].end); }

bool Reader::ends_sentence(std::uint32_t i) const { return i == 0 || (tokens_[i].opens && gap(i).find_first_of(".!?\n") != std::string_view::npos); }
bool Reader::ends_part(std::uint32_t i) const { return ends_sentence(i) || gap(i).find(';') != std::string_view::npos; }

std::uint32_t Reader::sentence_of(std::uint32_t at) const {
  // A sentence of more than 200 words is a line without a full stop: nothing is read over so much.
  const std::uint32_t least = at > 200 ? at - 200 : 0;
  while (at > least && !ends_sentence(at)) --at;
  return at;
}
std::uint32_t Reader::sentence_end(std::uint32_t at) const {
  const std::uint32_t most = at + 200;
  do ++at;
  while (at < tokens_.size() && at < most && !ends_sentence(at));
  return at;
}

const Mention* Reader::mention_at(std::uint32_t i) const {
  const auto after = std::upper_bound(people_.begin(), people_.end(), i, [&](std::uint32_t at, std::uint32_t m) { return at < work_.mentions[m].first; });
  if (after == people_.begin()) return nullptr;
  const Mention& mention = work_.mentions[*(after - 1)];
  return i <= mention.last ? &mention : nullptr;
}

const Mention* Reader::nearest_before(std::uint32_t at, std::uint32_t reach) const {
  const auto after = std::lower_bound(people_.begin(), people_.end(), at, [&](std::uint32_t m, std::uint32_t token) { return work_.mentions[m].first < token; });
  if (after == people_.begin()) return nullptr;
  const Mention& mention = work_.mentions[*(after - 1)];
  return tokens_[at].begin - mention.end <= reach ? &mention : nullptr;
}

Sex Reader::sex_of(const Mention& mention) const {
  if (mention.sex != Sex::unknown || mention.who == nobody) return mention.sex;
  const auto who = static_cast<std::size_t>(mention.who);
  return who < tables_.facts.size() ? tables_.facts[who].sex : entities_[who - tables_.facts.size()].sex;
}

// The first person among tokens [begin, end) of that sex, else the first whose sex nobody knows.
const Mention* Reader::first_between(std::uint32_t begin, std::uint32_t end, Sex sex) const {
  const Mention* unsure = nullptr;
  auto at = std::lower_bound(people_.begin(), people_.end(), begin, [&](std::uint32_t m, std::uint32_t token) { return work_.mentions[m].first < token; });
  for (; at != people_.end() && work_.mentions[*at].first < end; ++at) {
    const Mention& mention = work_.mentions[*at];
    const Sex own = sex_of(mention);
    if (sex == Sex::unknown || own == sex) return &mention;
    if (own == Sex::unknown && !unsure) unsure = &mention;
  }
  return unsure;
}

const Mention* Reader::stands_for(std::uint32_t pronoun, Sex sex) const {
  std::uint32_t end = pronoun, begin = sentence_of(pronoun);
  for (int back = 0; back < 4; ++back) {
    if (const Mention* found = first_between(begin, end, sex)) return found;
    if (begin == 0 || tokens_[pronoun].begin - tokens_[begin].begin > 500) break;
    end = begin;
    begin = sentence_of(begin - 1);
  }
  return nullptr;
}

Reader::Doer Reader::doer_of(std::uint32_t verb) const {
  Doer doer;
  std::uint32_t i = verb;
  const std::uint32_t least = verb > 200 ? verb - 200 : 0;
  while (i > least && !ends_part(i)) {
    --i;
    if (const Mention* mention = mention_at(i)) {
      doer.mention = mention;
      return doer;
    }
    const std::string_view word = work_.shadow.word(tokens_[i]);
    if (one_of(word, "has had have having is was be been being did does do would will could should might also always then later now only both again just still really clearly since "
                     "s d ll ve t not never very quite clear adamant strongly specifically particularly expressly herself himself themselves"))
      continue;
    if (is_pronoun(word)) {
      doer.mention = stands_for(i, sex_of_pronoun(word));
      doer.somebody = true;
      return doer;
    }
    if (word == "who" || word == "whom") {
      doer.mention = nearest_before(i, 60);
      if (!doer.mention) doer.relative = relative_before(i);
      doer.somebody = true;
      return doer;
    }
    if (word == "it" || word == "this" || word == "that") {
      doer.mention = nearest_before(i, 200);
      return doer;
    }
    if (word == "and" || word == "but" || word == "or" || word == "so") break;  // the subject is the one before: "rang and asked"
    if (tokens_[i].flags & word::kin) {
      doer.somebody = true;
      doer.relative = relative(i);
      if (doer.relative != nobody) return doer;
      break;
    }
    if ((tokens_[i].flags & word::role) || (tokens_[i].traits & trait::occupation)) doer.somebody = true;
  }
  const std::uint32_t begin = sentence_of(verb);
  doer.mention = first_between(begin, verb, Sex::unknown);
  if (doer.mention) return doer;
  // The sentence opens with a pronoun: "She rang and asked not to be named."
  for (std::uint32_t k = begin; k < verb; ++k) {
    const std::string_view word = work_.shadow.word(tokens_[k]);
    if (is_pronoun(word)) {
      doer.mention = stands_for(k, sex_of_pronoun(word));
      doer.somebody = true;
      return doer;
    }
    if (tokens_[k].flags & word::kin) {
      doer.somebody = true;
      doer.relative = relative(k);
      if (doer.relative != nobody) return doer;
    }
  }
  return doer;
}

Who Reader::relative_before(std::uint32_t at) const {
  for (std::uint32_t steps = 0, i = at; steps < 4 && i > 0 && !ends_sentence(i); ++steps) {
    --i;
    if (tokens_[i].flags & word::kin) return relative(i);
  }
  return nobody;
}

Who Reader::relative(std::uint32_t at) const {
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

}  // namespace gatehouse::redaction
