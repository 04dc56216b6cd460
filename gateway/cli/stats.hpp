#pragma once
// What the command line shares about statistics.
#include <string>

#include "gateway/settings.hpp"

namespace gatehouse::cli {

// Two officers approve the policy of this digest; an error line, or empty.
std::string approve_statistics(const gateway::Settings& settings, const std::string& sha256, const std::string& first, const std::string& second);

}  // namespace gatehouse::cli
