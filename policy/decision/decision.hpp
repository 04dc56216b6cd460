#pragma once
// The answer to one Case, and everything the log needs to explain it later. CONTRACT.md section 2.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/decision/vocabulary.hpp"

namespace gatehouse::policy {

struct ItemDecision {
  std::string id;
  std::uint64_t version = 0;
  std::optional<Category> category;
  ItemOutcome outcome = ItemOutcome::withhold;
  Detail detail = Detail::none;               // how much, when it is released
  ReasonCode reason = ReasonCode::no_basis;
  std::vector<std::string> clauses;           // sorted clause ids that decided this item
  bool structured_only = false;               // a partner's emergency: no field of type text
};

struct Obligation {
  ObligationKind kind{};
  When when = When::none;
  std::vector<std::string> to;                // whom, where the kind names people (`subject`, `mother`) or roles
  std::vector<std::string> clauses;
};

struct ClockDue {
  ClockKind kind{};
  Instant due{};
  std::vector<std::string> clauses;
};

// What somebody could do next: ask for consent, ask a role, ask for less. Never a circumstance, evidence, emergency or notice
// to claim. Never shown to a partner.
struct NearMiss {
  std::string rule;
  std::vector<std::string> needs;             // `approval:dsl`, `consent:written`, …
};

struct PackIdentity {
  std::string id, version, sha256;
};

// A plain value, any thread. Withhold is the default everywhere: a Decision nobody filled in releases nothing.
class Decision {
 public:
  Decision() = default;  // withhold
  Decision(std::vector<ItemDecision> items, std::vector<Statement> missing, std::vector<Obligation> obligations);

  Outcome outcome() const { return outcome_; }  // follows from items() and missing(); nothing sets it by hand
  bool may_send() const {
    return outcome_ == Outcome::release || outcome_ == Outcome::partial || outcome_ == Outcome::anonymised;
  }
  const std::vector<ItemDecision>& items() const { return items_; }
  const std::vector<Statement>& missing() const { return missing_; }
  // Carry out all of them or release nothing. A withheld case has obligations too.
  const std::vector<Obligation>& obligations() const { return obligations_; }

  // The rest explains; nothing here opens anything.
  std::string id;
  Duty duty = Duty::none;
  std::vector<Role> refer_to;                 // any one of these may settle it; empty unless something is referred
  std::vector<ClockDue> clocks;
  std::string reason;                         // one or two plain sentences, reading age about 11, no personal data
  std::vector<std::string> clauses;           // every clause that decided, sorted
  std::vector<NearMiss> near_misses;          // fewest steps first
  std::string data_protection_leg, confidence_leg;
  PackIdentity pack;

 private:
  std::vector<ItemDecision> items_;
  std::vector<Statement> missing_;
  std::vector<Obligation> obligations_;
  Outcome outcome_ = Outcome::withhold;
};

// The JSON of CONTRACT.md section 2, one line, keys in its order.
std::string to_json(const Decision& decision);

}  // namespace gatehouse::policy
