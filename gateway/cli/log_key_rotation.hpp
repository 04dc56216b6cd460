#pragma once
// The log's signing key changes while the log goes on: first the next one is made, named in the log and signs beside the present one; after the notice it takes its place, and
// the one before signs beside it until its overlap is over. Each step is a file beside the key: `.next`, `.old`; killed, it is said again.
#include <string>
#include <vector>

#include "gateway/settings.hpp"

namespace gatehouse::cli {

struct LogKeyStep {
  std::string done;          // announced | rotated
  std::string verifier_key;  // the one that is meant
};

// Throws Stop: it is too early, or a file cannot be written.
LogKeyStep rotate_log_key(const gateway::Settings& settings, unsigned notice_days, const std::string& by);
// Destroys the key before once its overlap is over. Empty: nothing was due.
std::string sweep_log_key(const gateway::Settings& settings, unsigned overlap_days);

}  // namespace gatehouse::cli
