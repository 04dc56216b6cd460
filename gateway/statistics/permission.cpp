#include "gateway/statistics/permission.hpp"

#include <algorithm>

namespace gatehouse::gateway {

bool figures_permitted(const policy::Pack& pack, const std::string& agency, policy::AgencyType type, policy::AgreementState agreement, policy::Purpose purpose,
                       const std::vector<policy::Category>& about, policy::Instant at) {
  if (about.empty()) return false;
  policy::Case question;
  question.at = at;
  question.flow = policy::Flow::statistics;
  question.requester.kind = policy::RequesterKind::partner;
  question.requester.agency = agency;
  question.requester.agency_type = type;
  question.requester.agreement = agreement;
  question.requester.conflict = false;   // of nobody in particular: a figure is about no one the asker could be close to
  question.purpose = purpose;
  question.stated = {policy::Statement::intended_use};   // the question is its own use: a table, for the purpose it names
  for (const auto category : about) {
    policy::Item item;
    item.id = std::string(policy::text(category));
    item.category = category;
    item.relevant = true;
    item.compartment = policy::Compartment::none;   // rows of compartments are never collected
    item.given_in_confidence = false;
    item.withheld_from_requester = false;
    question.items.push_back(std::move(item));
  }
  const policy::Decision decision = policy::decide(pack, question);
  if (decision.outcome() != policy::Outcome::anonymised || decision.items().size() != about.size()) return false;
  return std::all_of(decision.items().begin(), decision.items().end(), [](const auto& one) { return one.outcome == policy::ItemOutcome::anonymised; });
}

}  // namespace gatehouse::gateway
