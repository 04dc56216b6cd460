#pragma once
// Stand-ins for hardware: SoftHSM for a token, systemd-creds with a host key of its own. Each gives an empty text, or what is not installed.
#include <string>

#include "adapters/kek/provider.hpp"

namespace gatehouse::tests {

std::string use_softhsm(const std::string& folder, adapters::KekPlaces& places);
std::string use_systemd_creds(const std::string& folder, adapters::KekPlaces& places);

}  // namespace gatehouse::tests
