// Stage 7: who stays and who is hidden, for this recipient. The order is that of the questions in the README: released by the decision,
// recipient or subject, informant, safe address, professional in role. Whatever is not answered is hidden.
#include <algorithm>

#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

// The person a plea before this place belongs to, no further than `reach` bytes away: the first of its clause, or else the nearest.
const Mention* person_before(const Work& work, std::uint32_t at, std::uint32_t reach, bool whole_clause) {
  const Mention* best = nullptr;
  for (const Mention& mention : work.mentions) {
    if (mention.end > at) break;
    if (mention.kind != MentionKind::person || mention.who == nobody || at - mention.end > reach) continue;
    if (whole_clause && !same_clause(work.shadow.folded(), mention.end, at)) continue;
    // In a clause the first is its subject: "Amira told the night worker, Gareth, but asked him not to say".
    if (whole_clause) return &mention;
    best = &mention;
  }
  return best;
}

bool within(const Shadow& shadow, std::uint32_t at, int reach, std::string_view wanted, std::uint32_t& found) {
  const auto& tokens = shadow.tokens();
  for (std::uint32_t steps = 1; steps <= static_cast<std::uint32_t>(reach) && steps <= at; ++steps) {
    const std::string_view word = shadow.word(tokens[at - steps]);
    for (std::size_t place = wanted.find(word); place != std::string_view::npos; place = wanted.find(word, place + 1)) {
      const bool starts = place == 0 || wanted[place - 1] == ' ', ends = place + word.size() == wanted.size() || wanted[place + word.size()] == ' ';
      if (starts && ends) {
        found = at - steps;
        return true;
      }
    }
  }
  return false;
}

}  // namespace

void find_informants(Work& work, std::vector<char>& informant) {
  const auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  for (std::uint32_t i = 1; i < tokens.size(); ++i) {
    if (!(tokens[i].flags & word::secrecy)) continue;
    const std::string_view word = work.shadow.word(tokens[i]);
    const Mention* person = nullptr;
    std::uint32_t at = 0, other = 0;
    if (word == "say" || word == "tell" || word == "mention") {
      if (within(work.shadow, i, 1, "to", at) && within(work.shadow, i, 2, "not", other) && within(work.shadow, i, 7, "asked asks begged wants wanted", at))
        person = person_before(work, tokens[at].begin, 120, true);
      else if (word == "mention" && within(work.shadow, i, 2, "not", other) && within(work.shadow, i, 3, "do please must", at)) {
        for (const Mention& mention : work.mentions)
          if (mention.begin > tokens[i].end && mention.kind == MentionKind::person && mention.who != nobody) {
            if (mention.begin - tokens[i].end < 20) person = &mention;
            break;
          }
      } else if (word == "tell" && within(work.shadow, i, 2, "not", other) && within(work.shadow, i, 3, "did", at) && i + 2 < tokens.size() && work.shadow.word(tokens[i + 1]) == "you" && work.shadow.word(tokens[i + 2]) == "this") {
        person = person_before(work, tokens[i].begin, 120, true);
      }
    } else if (word == "confidence") {
      if (within(work.shadow, i, 1, "in", at)) person = person_before(work, tokens[i].begin, 160, true);
    } else if (word == "confidentially" || word == "anonymously") {
      person = person_before(work, tokens[i].begin, 160, true);
    } else if (word == "attributed") {
      if (within(work.shadow, i, 3, "not never", at)) person = person_before(work, tokens[i].begin, 200, false);
    } else if (word == "named" || word == "identified" || word == "mentioned" || word == "anonymous") {
      if ((within(work.shadow, i, 1, "be", at) || (word == "anonymous" && within(work.shadow, i, 2, "remain stay be", at))) && (word == "anonymous" || within(work.shadow, i, 6, "not t", other)))
        person = person_before(work, tokens[i].begin, 120, true);
    } else if (word == "know" || word == "knowing") {
      if (within(work.shadow, i, 1, "to", at) && within(work.shadow, i, 6, "want wants wish", at) && within(work.shadow, at, 2, "not t doesnt didnt", other))
        person = person_before(work, tokens[at].begin, 120, true);
    }
    if (!person) continue;
    const auto who = static_cast<std::size_t>(person->who);
    if (who < informant.size()) informant[who] = 1;
    // The sentence holds what the informant could be inferred from; a person reads it.
    std::uint32_t begin = tokens[i].begin, end = tokens[i].end;
    while (begin > 0 && text[begin - 1] != '\n' && !(text[begin - 1] == ' ' && begin > 1 && (text[begin - 2] == '.' || text[begin - 2] == '?' || text[begin - 2] == '!'))) --begin;
    while (end < text.size() && text[end] != '\n' && !(text[end - 1] == '.' && text[end] == ' ')) ++end;
    work.flags.push_back({begin, end, "informant_detail"});
  }
}

Standing judge_people(const PeopleTables& tables, const std::vector<Entity>& entities, const Release& release, std::vector<char> informant) {
  Standing standing;
  standing.informant = std::move(informant);
  standing.informant.resize(tables.people.size() + entities.size());
  standing.hidden.assign(tables.people.size() + entities.size(), 1);
  if (release.mode == Mode::anonymise) return standing;  // everybody
  for (std::size_t p = 0; p < tables.people.size(); ++p) {
    const std::string& id = tables.people[p].id;
    if (id == release.subject || (!release.recipient_person.empty() && id == release.recipient_person)) {
      standing.hidden[p] = 0;
      continue;
    }
    if (standing.informant[p] || tables.facts[p].relation.informs) {
      standing.informant[p] = 1;
      continue;
    }
    const bool kept = std::find(release.keep_people.begin(), release.keep_people.end(), id) != release.keep_people.end();
    if (kept || tables.facts[p].professional) standing.hidden[p] = 0;
  }
  for (std::size_t e = 0; e < entities.size(); ++e) {
    const std::size_t who = tables.people.size() + e;
    if (!standing.informant[who] && entities[e].professional && !entities[e].in_private) standing.hidden[who] = 0;
  }
  return standing;
}

void judge_mentions(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, const Standing& standing, const Release& release) {
  const bool anonymise = release.mode == Mode::anonymise;
  const auto subject = tables.by_id.find(release.subject);
  const Who subject_who = subject == tables.by_id.end() ? nobody : static_cast<Who>(subject->second);
  const auto hidden = [&](Who who) { return who == nobody || standing.hidden[static_cast<std::size_t>(who)] != 0; };
  const auto& tokens = work.shadow.tokens();
  for (Mention& mention : work.mentions) {
    if (anonymise) mention.hide = true;
    switch (mention.kind) {
      case MentionKind::person: {
        bool any_hidden = hidden(mention.who), any_kept = !any_hidden;
        for (const Who who : mention.others) (hidden(who) ? any_hidden : any_kept) = true;
        if (mention.relation == "family name" && any_kept && !anonymise) {
          mention.hide = false;  // the name of a family to which somebody belongs who stays
          break;
        }
        if (any_hidden) {
          if (!hidden(mention.who))
            for (const Who who : mention.others)
              if (hidden(who)) {
                mention.who = who;
                break;
              }
          mention.hide = true;
        }
        if (any_hidden && any_kept) mention.ambiguous = true;
        if (mention.ambiguous && !mention.hide) {
          // A listed given name with a surname that the file does not know: perhaps the person who stays, perhaps another.
          mention.hide = true;
          mention.who = nobody;
          mention.name = std::string(work.shadow.folded().substr(mention.begin, mention.end - mention.begin));
        }
        if (!mention.hide && mention.who >= 0 && static_cast<std::size_t>(mention.who) < tables.facts.size() && tables.facts[static_cast<std::size_t>(mention.who)].professional && mention.first >= 2) {
          // "her friend Hannah": a professional named in a private capacity.
          const Token& kin = tokens[mention.first - 1];
          if ((kin.flags & word::kin) && !(kin.flags & word::role) && (tokens[mention.first - 2].flags & word::possessive) && gap_between(work.shadow.folded(), kin.end, mention.begin) == Gap::blank) {
            mention.hide = true;
            mention.ambiguous = true;
          }
        }
        if (mention.hide && (mention.ambiguous || (!mention.others.empty() && mention.title_words == 0))) work.flags.push_back({mention.begin, mention.end, "ambiguous_person"});
        if (mention.hide && mention.doubtful_word) work.flags.push_back({mention.begin, mention.end, "common_word_name"});
        if (mention.hide && mention.who >= 0 && static_cast<std::size_t>(mention.who) >= tables.people.size()) {
          const Entity& entity = entities[static_cast<std::size_t>(mention.who) - tables.people.size()];
          if (!anonymise && entity.professional && entity.in_private) work.flags.push_back({mention.begin, mention.end, "ambiguous_person"});
        }
        break;
      }
      case MentionKind::identifier: {
        if (anonymise) break;
        const bool plain_date = mention.id_kind == IdKind::date && !mention.of_birth;
        if (plain_date) break;
        bool any_hidden = mention.who == nobody ? mention.relation != "office" : hidden(mention.who);
        for (const Who who : mention.others) any_hidden = any_hidden || hidden(who);
        if (mention.ambiguous) any_hidden = true;
        if (mention.safe_place && !(release.recipient == "subject" && mention.who == subject_who && subject_who != nobody)) any_hidden = true;
        mention.hide = any_hidden;
        break;
      }
      case MentionKind::age: case MentionKind::trait: case MentionKind::organisation: case MentionKind::place:
        if (!anonymise) mention.hide = mention.who != nobody && hidden(mention.who);
        break;
      case MentionKind::quantity: break;
      case MentionKind::word: mention.hide = true; break;
    }
    if (mention.hide && mention.confidence < 0.6 && mention.kind != MentionKind::word) work.flags.push_back({mention.begin, mention.end, "low_confidence"});
    if (mention.hide && mention.kind == MentionKind::word) work.flags.push_back({mention.begin, mention.end, "not_on_safe_list"});
  }
  // One place that is safe is safe wherever it stands.
  for (const Mention& safe : work.mentions)
    if (safe.safe_place && safe.hide)
      for (Mention& mention : work.mentions)
        if (mention.kind == MentionKind::identifier && mention.id_kind == safe.id_kind && work.shadow.folded().substr(mention.begin, mention.end - mention.begin) == work.shadow.folded().substr(safe.begin, safe.end - safe.begin))
          mention.hide = true;
}

}  // namespace gatehouse::redaction
