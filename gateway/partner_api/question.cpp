#include "gateway/partner_api/question.hpp"

#include <algorithm>

#include "gateway/partner_api/answers.hpp"

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

// Asking for consent, and saying why something was kept, are about what stays; a reason is recorded by the log entry itself, and the open-records notice
// stands in the well-known document and in every answer.
bool nothing_left_to_do(const policy::Decision& decision, AskedBy by) {
  return std::none_of(decision.obligations().begin(), decision.obligations().end(), [&](const policy::Obligation& one) {
    using policy::ObligationKind;
    if (one.kind == ObligationKind::seek_consent || one.kind == ObligationKind::record_no_share || one.kind == ObligationKind::record_reason ||
        one.kind == ObligationKind::open_records_notice || one.kind == ObligationKind::encourage_self_contact)
      return false;
    if (one.kind == ObligationKind::call_back) return by == AskedBy::signed_request;
    return one.when == policy::When::before || one.kind == ObligationKind::approve || one.kind == ObligationKind::consult ||
           one.kind == ObligationKind::supervised_access || one.kind == ObligationKind::quarantine;
  });
}

std::vector<std::string> resting_on_consent(const policy::Decision& decision) {
  std::vector<std::string> out;
  for (const auto& item : decision.items())
    if (item.outcome == policy::ItemOutcome::release && item.reason == policy::ReasonCode::consent_ok && item.category) out.emplace_back(policy::text(*item.category));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

policy::RecordQuery released_items(const policy::Decision& decision, const policy::Evidence& evidence) {
  policy::RecordQuery out;
  out.person = evidence.token.person;
  for (const auto& item : decision.items())
    if (item.outcome == policy::ItemOutcome::release) out.items.emplace_back(item.id, item.version);
  return out;
}

policy::Entry entry_of(const Snapshot& now, const Asked& asked, const Partner& partner, const policy::Evidence& evidence, const policy::Case& question,
                       const policy::Decision& decision, policy::Instant at) {
  policy::Entry out;
  out.request_id = question.id;
  out.agency = partner.agency.id;
  out.purpose = asked.purpose;
  out.urgency = asked.emergency ? policy::Urgency::emergency : asked.urgency;
  out.received = at;
  out.answer_by = answer_by(now, asked, at);
  out.matched_how = evidence.matched_how;
  out.page_lead = pages_lead(asked, partner.agency.type, decision);
  out.case_json = policy::to_json(question);
  out.decision_json = policy::to_json(decision);
  out.outcome = decision.outcome();
  out.obligations = decision.obligations();
  out.clocks = decision.clocks;
  out.pack_sha256 = now.policies().pack.identity().sha256;
  return out;
}

}  // namespace gatehouse::gateway
