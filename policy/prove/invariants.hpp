#pragma once
// What must hold whatever the rules say: CONTRACT.md section 4. Internal to policy/prove. Each claim is stated from the facts, the pack's settings
// and the matrix, never from the rule that is being checked.
#include <string>
#include <vector>

#include "policy/prove/model.hpp"

namespace gatehouse::policy::proving {

struct Claim {
  std::string id;       // `outside-needs-a-ground`
  int number = 0;       // of the contract's list
  std::string says;     // one plain sentence
  std::vector<std::string> clauses;  // of the pack, where a clause says it
};

// The claims of a pack, in order: those of every pack, then its own `never` statements.
std::vector<Claim> claims_of(const CompiledPack& pack);
// The states of one flow that break each claim, in the same order; empty sets where it holds. Claims about the whole pack (dead rules) are not here.
std::vector<bdd> broken(const Universe& universe, const CompiledPack& pack, const FlowModel& model);

// A fact and the states in which it is not known and the item goes out, though for some value of it the item would not: with that value.
struct Unsteady {
  Fact fact;
  bdd states;           // the fact has the value for which it does not go out
};
std::vector<Unsteady> unsteady(const Universe& universe, const FlowModel& model);

// Whether a rule counts in a flow though it decides nothing there: it leaves a duty or a clock, or its mere holding does something.
bool counts_undecided(const Universe& universe, const CompiledPack& pack, const FlowModel& model, std::uint16_t rule, const bdd& domain);

}  // namespace gatehouse::policy::proving
