#include "gateway/duties/cover.hpp"

#include <algorithm>

namespace gatehouse::gateway {

using policy::Date;
using policy::Role;
using policy::StaffMember;
using policy::StaffState;

namespace {

bool is_handed_on(Role role) { return role != Role::admin && role != Role::auditor; }

const StaffMember* find(const std::vector<StaffMember>& all, const std::string& id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const StaffMember& one) { return one.id == id; });
  return found == all.end() ? nullptr : &*found;
}

// Who answers for `one` today; null: nobody. Two who cover for each other while both are away are nobody.
const StaffMember* answers_for(const StaffMember& one, const std::vector<StaffMember>& all, Date today) {
  const StaffMember* now = &one;
  for (std::size_t steps = 0; steps <= all.size(); ++steps) {
    if (!is_away(*now, today)) return now->state == StaffState::active ? now : nullptr;
    now = find(all, now->covered_by);
    if (now == nullptr || now->state != StaffState::active) return nullptr;
  }
  return nullptr;
}

}  // namespace

bool is_away(const StaffMember& one, Date today) {
  const auto day = std::chrono::sys_days(today);
  return one.away_from && one.away_to && std::chrono::sys_days(*one.away_from) <= day && day <= std::chrono::sys_days(*one.away_to);
}

std::vector<Role> covered_roles(const StaffMember& who, const std::vector<StaffMember>& all, Date today) {
  std::vector<Role> out;
  for (const auto& one : all) {
    if (one.id == who.id || one.state != StaffState::active || !is_away(one, today)) continue;
    const StaffMember* cover = answers_for(one, all, today);
    if (cover == nullptr || cover->id != who.id) continue;
    for (const Role role : one.roles)
      if (is_handed_on(role) && std::find(out.begin(), out.end(), role) == out.end()) out.push_back(role);
  }
  return out;
}

bool is_covered(Role role, const std::vector<StaffMember>& all, Date today) {
  return std::any_of(all.begin(), all.end(), [&](const StaffMember& one) {
    return one.state == StaffState::active && one.has(role) && (is_handed_on(role) ? answers_for(one, all, today) != nullptr : !is_away(one, today));
  });
}

}  // namespace gatehouse::gateway
