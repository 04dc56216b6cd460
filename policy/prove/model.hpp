#pragma once
// The engine over sets of states: what policy/decision/facts.cpp and evaluate.cpp do to one case, done to all cases of a flow at once.
// Internal to policy/prove. It reads the compiled masks and settings, not the JSON; that it agrees with the engine is tested state by state
// (`prove` draws some at every run, the tests a million).
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "policy/prove/universe.hpp"

namespace gatehouse::policy::proving {

// The facts of a flow as diagrams: for each bit of compiled.hpp, where it is known and where it is possible.
struct FactSets {
  std::array<std::array<bdd, 64>, kWords> known, possible;  // Bits
  bdd is(Bank b, std::size_t value) const { return known[b.word][b.shift + value]; }
  template <class Enum>
  bdd is(Bank b, Enum value) const { return is(b, static_cast<std::size_t>(value)); }
  bdd may_be(Bank b, std::size_t value) const { return possible[b.word][b.shift + value]; }
  bdd any(Bank b) const;                                   // some value is known
  bdd any_of(Bank b, std::uint32_t set) const;             // a member of the set is known
};

// Masks of a rule over sets of facts: every term has a member in `words`; some term has.
using Bits = std::array<std::array<bdd, 64>, kWords>;
bdd every_term(const Bits& words, const std::vector<Term>& terms);
bdd some_term(const Bits& words, const std::vector<Term>& terms);

FactSets facts_of(const Universe& universe, const CompiledPack& pack, std::size_t flow);

// A set as a product: what a whole stretch of the evaluation has in common, and the part of its own. Few of the products are ever needed, and
// each costs more than everything else about it.
struct Part {
  bdd common, own;
  bdd whole() const { return common & own; }
};

// Where evaluation ends in one way. The states of all branches of a flow are apart and together all of valid().
struct Branch {
  Part states;
  ItemOutcome outcome = ItemOutcome::withhold;
  ReasonCode reason = ReasonCode::no_basis;
  std::int16_t rule = -1;
  enum class Asks : std::uint8_t { nobody, roles, route, rules } asks = Asks::nobody;  // route: of the purpose, else whoever is asked when in doubt
  std::uint32_t roles = 0;
  std::vector<std::uint16_t> ask_rules;                    // rules: whoever these ask, each
  enum class Shows : std::uint8_t { nothing, cell, relevant } shows = Shows::nothing;
  bool by_emergency = false, structured_only = false, rests_on_consent = false;
  bool hard = false;                                       // a ground that an emergency does not lift
};

// What happens to an item in one flow.
struct FlowModel {
  std::size_t flow = 0;
  FactSets facts;
  std::vector<Branch> branches;
  bdd release, anonymised, refer, withhold;                // the four outcomes
  bdd must_share, statute, exceptional, review, more_information, agreement_gap;
  bdd emergency, emergency_unnamed, child_surely, approved_by_route;
  std::map<std::uint16_t, std::vector<Part>> contributed;  // rules that had a say
  bdd contributed_by(std::uint16_t rule) const;
  bdd decided_by(std::uint16_t rule) const;
  bdd outcome(ItemOutcome one) const;
};

FlowModel model_of(const Universe& universe, const CompiledPack& pack, std::size_t flow);

// Where a branch asks a role.
bdd asks_role(const Universe& universe, const CompiledPack& pack, const Branch& branch, std::size_t role);

// Everything a decision says beside the item's outcome, each under a name that two packs share (`obligation notify_subject before`,
// `clock mash_referral PT24H`, `duty must_share`), with the states in which it says so.
std::map<std::string, bdd> owed(const Universe& universe, const CompiledPack& pack, const FlowModel& model);

// The same to the letter: also whom each obligation names, which clauses are behind what, and of two clocks of a kind only the tighter. Two models
// that agree in this, in the outcome, reason and detail and in who is asked give the same decision for every case.
std::map<std::string, bdd> owed_exactly(const Universe& universe, const CompiledPack& pack, const FlowModel& model);

// Where each role is asked.
std::vector<bdd> asks_by_role(const Universe& universe, const CompiledPack& pack, const FlowModel& model);
// Where an item goes out in some detail.
bdd shows(const FlowModel& model, Detail detail);

// Where a rule leaves an obligation or a clock.
bdd owed_by(const Universe& universe, const CompiledPack& pack, const FlowModel& model, std::uint16_t rule);

// The purpose's route over all purposes: where `fits` holds for its mode and roles (mode required and no roles where the purpose is unknown).
bdd by_route(const Universe& universe, const CompiledPack& pack, const std::function<bdd(ApprovalMode, std::uint32_t)>& fits);

}  // namespace gatehouse::policy::proving
