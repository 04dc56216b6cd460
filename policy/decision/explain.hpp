#pragma once
// Why a decision came out as it did, in plain sentences, and what somebody could do next. Pure, any thread.
#include <string>
#include <vector>

#include "policy/decision/compiled.hpp"
#include "policy/decision/decision.hpp"

namespace gatehouse::policy {

// One or two sentences, reading age about 11, no personal data: the outcome, then the rule that weighed most.
std::string plain_reason(const CompiledPack& pack, const Verdict& verdict, const Decision& decision);

// What would make more of it lawful, fewest steps first, at most three: only what one can do (ask for consent, ask a role, state what is
// missing, ask for less). Never a circumstance, evidence, emergency or notice to claim.
std::vector<NearMiss> near_misses(const CompiledPack& pack, const Facts& facts, const Verdict& verdict);

// A plain sentence for a reason code, for pages and the command line.
std::string plain(ReasonCode reason);

// The whole account, item by item, for `gatehouse policy explain` and the console's "why?".
std::string explain(const Pack& pack, const Case& question, const Decision& decision);

}  // namespace gatehouse::policy
