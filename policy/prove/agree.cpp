#include "policy/prove/agree.hpp"

namespace gatehouse::policy::proving {
namespace {

std::string said(ItemOutcome outcome, ReasonCode reason, int rule, Detail detail) {
  return std::string(text(outcome)) + " " + std::string(text(reason)) + " by rule " + std::to_string(rule) + " as " + std::string(text(detail));
}

}  // namespace

std::optional<std::string> Agreement::difference(const State& state) {
  const Universe& u = universe_;
  const Point at = u.point(state);
  Facts facts = derive_facts(pack_, u.case_of(state, pack_));
  // a law that no day brings into force yet: the facts are those of the day it is
  for (std::size_t i = 0; i < pack_.switches.size(); ++i)
    for (std::size_t k = 0; k < u.switches().size(); ++k)
      if (u.switches()[k].name == pack_.switches[i].name && state.values[u.law(k)] && !pack_.switches[i].from) facts.bits.set(bank::law, i);
  const FactSets& sets = model_.facts;
  for (std::size_t word = 0; word < kWords; ++word) {
    const bool item = word >= kCaseWords;
    const std::uint64_t known = item ? facts.items[0].known[word - kCaseWords] : facts.bits.known[word];
    const std::uint64_t possible = item ? facts.items[0].possible[word - kCaseWords] : facts.bits.possible[word];
    for (std::size_t bit = 0; bit < 64; ++bit)
      if (u.holds(sets.known[word][bit], at) != ((known >> bit & 1u) != 0) || u.holds(sets.possible[word][bit], at) != ((possible >> bit & 1u) != 0))
        return "bit " + std::to_string(bit) + " of word " + std::to_string(word) + " of the facts differs";
  }
  evaluate(pack_, facts, verdict_);
  const ItemVerdict& item = verdict_.items.at(0);
  const Branch* found = nullptr;
  for (const Branch& branch : model_.branches) {
    if (!u.holds(branch.states.own, at) || !u.holds(branch.states.common, at)) continue;
    if (found) return "two branches hold";
    found = &branch;
  }
  if (!found) return "no branch holds";
  Detail detail = Detail::none;
  if (found->shows == Branch::Shows::relevant) detail = Detail::relevant;
  if (found->shows == Branch::Shows::cell)
    for (std::size_t i = 0; i < bank::cell.size; ++i)
      if (u.holds(sets.is(bank::cell, i), at)) detail = static_cast<Detail>(i);
  if (item.outcome != found->outcome || item.reason != found->reason || item.rule != found->rule || item.detail != detail || item.structured_only != found->structured_only ||
      item.rests_on_consent != found->rests_on_consent)
    return "the engine says " + said(item.outcome, item.reason, item.rule, item.detail) + ", the diagrams " + said(found->outcome, found->reason, found->rule, detail);
  for (std::size_t role = 0; role < count_of<Role>(); ++role)
    if (u.holds(asks_role(u, pack_, *found, role), at) != ((item.refer_to >> role & 1u) != 0)) return "they ask different roles";
  if (!u.holds(model_.outcome(item.outcome), at)) return "the set of the outcome lacks the state";
  const auto flag = [&](const bdd& set, bool engine) { return u.holds(set, at) == engine; };
  if (!flag(model_.must_share, verdict_.must_share)) return "must_share differs";
  if (!flag(model_.exceptional, verdict_.exceptional)) return "exceptional differs";
  if (!flag(model_.review, verdict_.review)) return "review differs";
  if (!flag(model_.more_information, verdict_.more_information)) return "more_information differs";
  if (!flag(model_.agreement_gap, verdict_.agreement_gap)) return "agreement_gap differs";
  if (u.holds(model_.emergency, at) + u.holds(model_.emergency_unnamed, at) != static_cast<int>(verdict_.emergency)) return "emergency differs";
  for (const auto& [rule, parts] : model_.contributed) {
    bool diagrams = false;
    for (const Part& part : parts) diagrams = diagrams || (u.holds(part.own, at) && u.holds(part.common, at));
    bool engine = false;
    for (const std::uint16_t one : verdict_.contributed) engine = engine || one == rule;
    if (diagrams != engine) return "whether rule " + std::to_string(rule) + " contributed differs";
  }
  for (const std::uint16_t one : verdict_.contributed)
    if (!model_.contributed.contains(one)) return "rule " + std::to_string(one) + " contributed only in the engine";
  return std::nullopt;
}

}  // namespace gatehouse::policy::proving
