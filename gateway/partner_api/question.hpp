#pragma once
// From what was asked and what the organisation holds to the question that decide() answers. Pure, any thread. The partner API and the console ask alike.
#include <string>

#include "gateway/partner_api/asked.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "policy/decision/decision.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

// CONTRACT.md section 1.6.
policy::Case as_case(const Snapshot& now, const Asked& asked, const Partner& partner, const policy::Evidence& evidence, const std::string& id, policy::Instant at);
policy::EvidenceQuery evidence_query(const Asked& asked, const Partner& partner, const std::string& id, policy::Instant at);
policy::RecordQuery released_items(const policy::Decision& decision, const policy::Evidence& evidence);

}  // namespace gatehouse::gateway
