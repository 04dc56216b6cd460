#pragma once
// What changes when one pack takes the place of another: over every state of the facts, exact numbers, and for each clause the smallest case.
//
// Counted are states of one item of a request (see universe.hpp); two packs share one universe, so that a state is the same case for both. What a rule
// is called, in what words it speaks and which of two equal rules is named decide nothing and are no change.
//
// Pure but for BuDDy's one table: one call at a time, on one thread, no proof beside it; a comparison that would need more than about 300 MB ends the
// process (status 3).
#include <string>
#include <vector>

#include "policy/decision/pack.hpp"

namespace gatehouse::policy {

// A fictional case that the two packs answer differently.
struct DiffExample {
  std::string plain;              // the case as a short story, then what each pack answers
  std::string question;           // the case as JSON, for `gatehouse policy decide`
  std::string note;               // what the case alone cannot say; mostly empty
};

struct DiffRow {
  // A clause of one of the packs; `ground consent_missing` where no rule but a ground of the engine's own decides; for what is owed, its name:
  // `obligation notify_subject before`, `clock mash_referral 86400 seconds`, `asks dsl`.
  std::string about;
  bool in_old = false, in_new = false;  // which of the two decides by it, or owes it, where they differ
  std::string states = "0";             // in how many states they differ, exact
  std::string more = "0", less = "0";   // of these, where more of the record goes out than before, or less
  DiffExample example;                  // the smallest
};

struct PackDiff {
  PackIdentity from, to;
  std::string states = "0";       // of the facts, exact
  std::string changed = "0";      // where an item's outcome differs
  std::string more = "0", less = "0";
  std::string otherwise = "0";    // same outcome, but another detail, somebody else asked, another duty or clock
  struct Transition {
    std::string before, after;    // `withhold`, `release`
    std::string states;
  };
  std::vector<Transition> transitions;  // those that happen
  std::vector<DiffRow> clauses;         // by the clauses that decide, in either pack: most states first. A state that two clauses decide counts under both
  std::vector<DiffRow> owed;            // what is owed or asked in one and not in the other
  bool same() const { return changed == "0" && otherwise == "0"; }
};

PackDiff diff(const Pack& from, const Pack& to);

}  // namespace gatehouse::policy
