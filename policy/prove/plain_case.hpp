#pragma once
// A case told as a short story about nobody: what a counterexample looks like to whoever owns the policy. Pure; any thread.
#include <string>

#include "policy/decision/case.hpp"

namespace gatehouse::policy {

// Two to eight plain sentences, reading age about 11. Names of people and agencies in the case are not repeated.
std::string plain_case(const Case& question);

}  // namespace gatehouse::policy
