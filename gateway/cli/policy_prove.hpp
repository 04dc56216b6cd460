#pragma once
// `gatehouse policy prove|diff|mutate` and `cases --generate`: what needs the diagrams of policy/prove. Files in, text out.
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gatehouse::policy {
class Pack;
}

namespace gatehouse::cli {

struct Context;

// Adds the commands to the group `policy`.
void add_policy_prove(CLI::App& policy, Context& context);
void add_policy_diff(CLI::App& policy, Context& context);       // policy_diff.cpp
void add_policy_mutate(CLI::App& policy, Context& context);     // policy_mutate.cpp
void add_policy_activate(CLI::App& policy, Context& context);   // policy_activate.cpp: propose approve activate proposals

// The proof, here and now, of a process that serves nothing: empty where every claim holds, else one line with the first that does not.
std::string proof_trouble(const policy::Pack& pack);

// `1208377650712` as `1,208,377,650,712`.
std::string grouped(const std::string& digits);

}  // namespace gatehouse::cli
