#pragma once
// What is proved of a pack before it may serve: CONTRACT.md section 4, over every state of the facts.
//
// The proof is about fact states: that dates, scopes and givers become the right facts is the business of the reference interpreter and the
// property tests. It is about one item of a request; items do not change each other's outcome. What is not a fact of a case (that an approver has no
// conflict, that nothing under embargo is shown) is held elsewhere and tested there.
//
// Pure but for BuDDy's one table: one call at a time, on one thread; a proof that would need more than about 300 MB ends the process (status 3).
// The serving process calls `gatehouse policy prove` as a child instead.
#include <string>
#include <vector>

#include "policy/decision/pack.hpp"

namespace gatehouse::policy {

// A fictional case that breaks a claim.
struct Counterexample {
  std::string plain;       // the case as a short story, and what the pack answers
  std::string question;    // the case as JSON: `gatehouse policy decide` answers it the same way
  std::string note;        // what the case alone cannot say; mostly empty
};

struct ProvedClaim {
  std::string id;          // `ground`, `never:only-the-lead-refers`, `rule:court-order`
  int number = 0;          // of the list in CONTRACT.md section 4
  std::string says;        // what is claimed, one plain sentence
  std::vector<std::string> clauses;
  std::string broken = "0";               // in how many states it does not hold, exact
  std::vector<Counterexample> examples;   // at most one for each flow; empty where it holds
  bool holds() const { return broken == "0" && examples.empty(); }
};

struct Proof {
  PackIdentity pack;
  std::string states = "0";               // of the facts, exact
  std::vector<ProvedClaim> claims;        // those that hold too
  std::vector<std::string> overrides;     // `20-must` overrides `27-counselling`: every one of them
  std::size_t compared = 0;               // states on which the diagrams and the engine were compared
  bool holds() const;
};

// Proves everything and gives what does not hold, with examples. A difference between the diagrams and the engine is a claim that does not hold.
Proof prove(const Pack& pack);

}  // namespace gatehouse::policy
