#pragma once
// Whether the organisation's policy gives figures to this asker for a purpose: the same engine as for everything else, flow `statistics`. Pure, any thread.
#include <string>
#include <vector>

#include "policy/decision/evaluate.hpp"

namespace gatehouse::gateway {

// Every category that the figures tell something about must come out `anonymised`; anything else, in part or with a person asked first, is no.
bool figures_permitted(const policy::Pack& pack, const std::string& agency, policy::AgencyType type, policy::AgreementState agreement, policy::Purpose purpose,
                       const std::vector<policy::Category>& about, policy::Instant at);

}  // namespace gatehouse::gateway
