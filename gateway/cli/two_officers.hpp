#pragma once
// Where a command takes the names of two people who agree. policy/officers says whether they are two; here it is asked, with what the
// installation knows.
#include <string>
#include <string_view>
#include <vector>

#include "gateway/settings.hpp"

namespace gatehouse::cli {

// Empty: `officers` are two names of two people. Else one line that begins with `asks` (`--officer: two different officers order it`) and
// says what would be right. For commands that make the installation, where nobody has an account yet.
std::string two_officers_trouble(const std::vector<std::string>& officers, std::string_view asks);
// Stops with that line (exit code 2) where they are not. Knows whom an account's id or sign-in name stands for, and stops (1) when the accounts
// cannot be read. Gives the two as they are to be written down and as the store, which asks again, can tell them apart: what was typed, or
// `Imogen Farrow (st_4f…)` where an account was.
std::vector<std::string> must_be_two_officers(const gateway::Settings& settings, const std::vector<std::string>& officers, std::string_view asks);

}  // namespace gatehouse::cli
