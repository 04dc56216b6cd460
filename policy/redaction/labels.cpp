// Stage 8: one label for one person in every text of the release, from the relation, numbered only when there are several.
#include <algorithm>

#include "policy/minimise/identifiers.hpp"
#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

std::string age_band(std::string_view name) {
  int age = 0;
  for (const char c : name)
    if (c >= '0' && c <= '9') age = age * 10 + (c - '0');
  if (age < 5) return "[age 0\u20134]";
  if (age < 11) return "[age 5\u201310]";
  if (age < 16) return "[age 11\u201315]";
  if (age < 18) return "[age 16\u201317]";
  if (age < 25) return "[age 18\u201324]";
  if (age < 45) return "[age 25\u201344]";
  if (age < 65) return "[age 45\u201364]";
  return "[age 65 or over]";
}

bool is_school(const Work& work, const Mention& mention) {
  static constexpr std::string_view schools = " school academy college university nursery preschool infants juniors primary secondary grammar sixth ysgol high ";
  for (std::uint32_t i = mention.first; i <= mention.last; ++i) {
    std::string key = " ";
    key += work.shadow.word(work.shadow.tokens()[i]);
    key += ' ';
    if (schools.find(key) != std::string_view::npos) return true;
  }
  return false;
}

// What our labels call things; all others are people.
bool names_a_thing(std::string_view word) {
  static constexpr std::string_view things = " address date phone mail number reference vehicle account place organisation detail school town link handle amount name hidden day age ";
  std::string key = " ";
  key += word;
  key += ' ';
  return things.find(key) != std::string_view::npos;
}

}  // namespace

void find_standing_labels(Work& work) {
  const auto& tokens = work.shadow.tokens();
  const std::string_view text = work.shadow.folded();
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].label) continue;
    std::uint32_t last = i;
    bool thing = false;
    for (std::uint32_t k = i;; ++k) {
      thing = thing || names_a_thing(work.shadow.word(tokens[k]));
      last = k;
      if (k + 1 >= tokens.size() || !tokens[k + 1].label || text.substr(tokens[k].end, tokens[k + 1].begin - tokens[k].end).find(']') != std::string_view::npos) break;
    }
    if (!thing) {
      Mention mention;
      mention.kind = MentionKind::label;
      mention.first = i;
      mention.last = last;
      mention.begin = tokens[i].begin;
      mention.end = tokens[last].end;
      work.mentions.push_back(std::move(mention));
    }
    i = last;
  }
}

Labels::Labels(const PeopleTables& tables, const std::vector<Entity>& entities, const Standing& standing, Mode mode)
    : tables_(tables), entities_(entities), standing_(standing), mode_(mode), by_who_(tables.people.size() + entities.size(), -1) {}

bool Labels::reveals(Who who) const {
  if (who == nobody || static_cast<std::size_t>(who) >= tables_.people.size()) return false;
  const RelationFacts& relation = tables_.facts[static_cast<std::size_t>(who)].relation;
  if (standing_.informant[static_cast<std::size_t>(who)] || relation.informs) return true;
  return mode_ == Mode::anonymise && (relation.label.find("foster") != std::string::npos || relation.label.find("adoptive") != std::string::npos);
}

std::string Labels::base_of(Who who) const {
  const auto at = static_cast<std::size_t>(who);
  if (at < tables_.people.size()) {
    const policy::Person& person = tables_.people[at];
    if (person.relation == "self") return "subject";
    const RelationFacts& relation = tables_.facts[at].relation;
    if (standing_.informant[at] || relation.informs) return "person";
    if (reveals(who)) return "adult";
    if (!relation.label.empty()) return relation.label;
    return person.role == "professional" ? "professional" : "person";
  }
  const Entity& entity = entities_[at - tables_.people.size()];
  if (standing_.informant[at] || entity.relation.empty()) return "person";
  // Only words of our own lists, so that no label carries a name.
  if (Lexicon::get().flags(entity.relation) & word::label) return entity.relation;
  return "person";
}

std::string Labels::key_of(const Work& work, const Mention& mention) const {
  const std::string_view text = work.shadow.folded().substr(mention.begin, mention.end - mention.begin);
  switch (mention.kind) {
    case MentionKind::person:
      if (mention.who != nobody) return "w" + std::to_string(mention.who);
      return "n" + mention.name;
    case MentionKind::identifier: {
      std::string bare = policy::bare_identifier(text);
      if (mention.id_kind == IdKind::phone && bare.starts_with("44")) bare = "0" + bare.substr(2);
      return "i" + std::string(label_of(mention.id_kind)) + ":" + bare;
    }
    case MentionKind::age: return "a" + mention.name;
    default: return "t" + std::to_string(static_cast<int>(mention.kind)) + ":" + std::string(text);
  }
}

const Labels::Entry* Labels::find(const Work& work, const Mention& mention) const {
  if (mention.kind == MentionKind::person && mention.who != nobody) {
    const int at = by_who_[static_cast<std::size_t>(mention.who)];
    return at < 0 ? nullptr : &entries_[static_cast<std::size_t>(at)];
  }
  const std::string key = key_of(work, mention);
  for (const Entry& entry : entries_)
    if (entry.key == key) return &entry;
  return nullptr;
}

void Labels::see(const Work& work) {
  const auto& tokens = work.shadow.tokens();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].label) continue;
    std::size_t last = i;
    while (last + 1 < tokens.size() && tokens[last + 1].label && work.shadow.folded().substr(tokens[last].end, tokens[last + 1].begin - tokens[last].end).find(']') == std::string_view::npos) ++last;
    standing_labels_.emplace_back("[" + std::string(work.shadow.cased().substr(tokens[i].begin, tokens[last].end - tokens[i].begin)) + "]");
    i = last;
  }
  for (const Mention& mention : work.mentions) {
    if (!mention.hide) continue;
    if (find(work, mention)) continue;
    Entry entry;
    switch (mention.kind) {
      case MentionKind::person: entry.base = mention.who == nobody ? "person" : base_of(mention.who); break;
      case MentionKind::identifier: entry.base = label_of(mention.id_kind); break;
      case MentionKind::age: entry.label = age_band(mention.name); break;
      case MentionKind::organisation: entry.base = is_school(work, mention) ? "school" : "organisation"; break;
      case MentionKind::place: entry.base = "town"; break;
      case MentionKind::trait: case MentionKind::fact: entry.base = "detail"; break;
      case MentionKind::quantity: entry.base = "amount"; break;
      case MentionKind::word: case MentionKind::label: entry.base = "name"; break;
    }
    entry.key = key_of(work, mention);
    if (mention.kind == MentionKind::person && mention.who != nobody) by_who_[static_cast<std::size_t>(mention.who)] = static_cast<int>(entries_.size());
    entries_.push_back(std::move(entry));
  }
}

void Labels::finish() {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (!entry.label.empty()) continue;
    std::size_t several = 0;
    for (const Entry& other : entries_)
      if (other.base == entry.base && !other.base.empty()) ++several;
    const auto stands = [&](const std::string& label) { return std::find(standing_labels_.begin(), standing_labels_.end(), label) != standing_labels_.end(); };
    // A label that the input already holds, from an earlier cut, belongs to somebody else.
    bool clash = stands("[" + entry.base + "]");
    for (const std::string& label : standing_labels_) clash = clash || label.starts_with("[" + entry.base + " ");
    if (several == 1 && !clash) {
      entry.label = "[" + entry.base + "]";
      continue;
    }
    int number = 0;
    for (std::size_t k = i; k < entries_.size(); ++k) {
      if (entries_[k].base != entry.base || !entries_[k].label.empty()) continue;
      do ++number;
      while (stands("[" + entry.base + " " + std::to_string(number) + "]"));
      entries_[k].label = "[" + entries_[k].base + " " + std::to_string(number) + "]";
    }
  }
}

const std::string& Labels::of(const Work& work, const Mention& mention) const {
  static const std::string unknown = "[hidden]";
  const Entry* entry = find(work, mention);
  return entry ? entry->label : unknown;
}

}  // namespace gatehouse::redaction
