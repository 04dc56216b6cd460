#include "gateway/partner_api/question.hpp"

#include <algorithm>

namespace gatehouse::gateway {

// The question, from what was asked, what the organisation holds, and what follows from both. CONTRACT.md section 1.6.
policy::Case as_case(const Snapshot& now, const Asked& asked, const Partner& partner, const policy::Evidence& evidence, const std::string& id, policy::Instant at) {
  const auto& calendar = now.policies().calendar;
  const policy::Date today = calendar.local_date(at);
  policy::Case out;
  out.id = id;
  out.at = at;
  out.flow = policy::Flow::partner_request;
  out.requester.kind = policy::RequesterKind::partner;
  if (!asked.officer.empty()) out.requester.officer = asked.officer;
  out.requester.agency = partner.agency.id;
  out.requester.agency_type = partner.agency.type;
  out.requester.agreement = partner.agreement(asked.purpose, today);
  out.requester.role = asked.worker.role;
  out.requester.conflict = evidence.conflict;
  if (evidence.date_of_birth && std::chrono::sys_days(*evidence.date_of_birth) <= std::chrono::sys_days(today))
    out.subject.age = calendar.whole_years(*evidence.date_of_birth, at);
  out.subject.competence = evidence.competence;
  out.purpose = asked.purpose;
  out.stated = asked.stated;
  out.offence = asked.offence;
  if (evidence.matched == policy::Matched::one) {
    out.items = evidence.items;
    if (!asked.categories.empty())
      std::erase_if(out.items, [&](const policy::Item& item) {
        return !item.category || std::find(asked.categories.begin(), asked.categories.end(), *item.category) == asked.categories.end();
      });
  }
  out.consents = evidence.consents;
  out.circumstances = evidence.circumstances;
  for (const auto claim : asked.claims) {
    const bool found = std::any_of(evidence.circumstances.begin(), evidence.circumstances.end(), [&](const auto& one) { return one.code == claim; });
    if (!found) out.circumstances.push_back(policy::Circumstance{claim, false});  // a claim is never evidence
  }
  out.approvals = evidence.approvals;
  out.consulted = evidence.consulted;
  out.notice = evidence.notice;
  out.urgency = asked.urgency;
  out.needed_by = asked.needed_by;
  out.best_interests = evidence.best_interests;
  out.emergency = asked.emergency && partner.agency.emergency_registered;  // registered by two people, or it is no more than urgent
  return out;
}

policy::EvidenceQuery evidence_query(const Asked& asked, const Partner& partner, const std::string& id, policy::Instant at) {
  policy::EvidenceQuery out;
  out.locator = asked.locator;
  out.agency = partner.agency.id;
  out.request_id = id;
  out.worker = asked.worker.name;
  out.purpose = asked.purpose;
  out.categories = asked.categories;
  out.at = at;
  return out;
}

policy::RecordQuery released_items(const policy::Decision& decision, const policy::Evidence& evidence) {
  policy::RecordQuery out;
  out.person = evidence.token.person;
  for (const auto& item : decision.items())
    if (item.outcome == policy::ItemOutcome::release) out.items.emplace_back(item.id, item.version);
  return out;
}

}  // namespace gatehouse::gateway
