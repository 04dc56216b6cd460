#pragma once
// Who answers for whom while somebody is away. An approving role is never empty because of a holiday, and where it is, that is seen. Pure, any thread.
#include <vector>

#include "policy/decision/calendar.hpp"
#include "policy/ports/staff.hpp"

namespace gatehouse::gateway {

bool is_away(const policy::StaffMember& one, policy::Date today);

// The roles in which somebody answers for others that day: those of whoever is away and named them, also by way of somebody else who is away. Never an
// administrator's or an auditor's: who may change accounts, or looks at all of it, is not handed on by a holiday.
std::vector<policy::Role> covered_roles(const policy::StaffMember& who, const std::vector<policy::StaffMember>& all, policy::Date today);

// Whether anybody is there that day who holds the role or covers for who does.
bool is_covered(policy::Role role, const std::vector<policy::StaffMember>& all, policy::Date today);

}  // namespace gatehouse::gateway
