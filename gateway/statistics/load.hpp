#pragma once
// The statistics policy of an installation, read once at start.
#include <expected>

#include "gateway/settings.hpp"
#include "policy/statistics/codebook.hpp"

namespace gatehouse::gateway {

// From settings.statistics_policy; its digest is what two officers approve. One line with the file when it cannot be read or carried out.
std::expected<statistics::Policy, policy::Error> load_statistics_policy(const Settings& settings);

}  // namespace gatehouse::gateway
