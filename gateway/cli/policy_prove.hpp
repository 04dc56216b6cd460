#pragma once
// `gatehouse policy prove|diff` and `cases --generate`: what needs the diagrams of policy/prove. Files in, text out.
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gatehouse::cli {

struct Context;

// Adds the commands to the group `policy`.
void add_policy_prove(CLI::App& policy, Context& context);
void add_policy_diff(CLI::App& policy, Context& context);   // policy_diff.cpp

// `1208377650712` as `1,208,377,650,712`.
std::string grouped(const std::string& digits);

}  // namespace gatehouse::cli
