#pragma once
// From what was asked and what the organisation holds to the question that decide() answers. Pure, any thread. The partner API and the console ask alike.
#include <cstdint>
#include <string>
#include <vector>

#include "gateway/partner_api/asked.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "policy/decision/decision.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

// CONTRACT.md section 1.6.
policy::Case as_case(const Snapshot& now, const Asked& asked, const Partner& partner, const policy::Evidence& evidence, const std::string& id, policy::Instant at);
policy::EvidenceQuery evidence_query(const Asked& asked, const Partner& partner, const std::string& id, policy::Instant at);
// Whether the machine may let it go: what must be done before anything goes is left to nobody. Who keys in a call rings back anyway, by the script.
enum class AskedBy : std::uint8_t { signed_request, on_the_telephone };
bool nothing_left_to_do(const policy::Decision& decision, AskedBy by);
// The categories released on consent alone, each once, sorted: what a withdrawal calls back.
std::vector<std::string> resting_on_consent(const policy::Decision& decision);
policy::RecordQuery released_items(const policy::Decision& decision, const policy::Evidence& evidence);
// What is kept of a request and its decision, the same however it came in. Who asks adds by what key or page, the words as they came, and what is released.
policy::Entry entry_of(const Snapshot& now, const Asked& asked, const Partner& partner, const policy::Evidence& evidence, const policy::Case& question,
                       const policy::Decision& decision, policy::Instant at);

}  // namespace gatehouse::gateway
