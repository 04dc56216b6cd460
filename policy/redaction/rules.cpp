// Stage 7: who stays and who is hidden, for this recipient. The order is that of the questions in the README: released by the decision,
// recipient or subject, informant, safe address, professional in role. Whatever is not answered is hidden.
#include <algorithm>

#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

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
    if (mention.kind == MentionKind::label) continue;
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
        const bool plain_date = mention.id_kind == IdKind::date && !mention.of_birth && !mention.tied;
        if (plain_date) break;
        bool any_hidden = mention.who == nobody ? mention.relation != "office" : hidden(mention.who);
        for (const Who who : mention.others) {
          if (!hidden(who)) continue;
          if (!any_hidden) mention.who = who;  // it is hidden for this one
          any_hidden = true;
        }
        if (mention.ambiguous) any_hidden = true;
        if (mention.safe_place && !(release.recipient == "subject" && mention.who == subject_who && subject_who != nobody)) any_hidden = true;
        mention.hide = any_hidden;
        break;
      }
      case MentionKind::age: case MentionKind::trait: case MentionKind::fact: case MentionKind::organisation: case MentionKind::place:
        if (anonymise || mention.who == nobody) break;
        if (const auto other = std::find_if(mention.others.begin(), mention.others.end(), hidden); !hidden(mention.who) && other != mention.others.end()) mention.who = *other;
        mention.hide = hidden(mention.who);
        break;
      case MentionKind::quantity: break;
      case MentionKind::word: mention.hide = true; break;
      case MentionKind::label: break;
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
