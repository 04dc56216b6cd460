#include "gateway/partner_api/problems.hpp"

#include <chrono>

namespace gatehouse::gateway {

Problem problem_of(const policy::Error& error) {
  std::string_view code = "invalid-value";
  if (error.code == "unknown_key") code = "unknown-field";
  if (error.code == "unknown_value") code = "unknown-value";
  if (error.code == "missing" || error.code == "empty") code = "missing-field";
  if (error.code == "not_json" || error.code == "too_deep" || error.code == "repeated_key" || error.code == "not_an_object") code = "malformed-json";
  if (error.code == "organisation_only") code = "organisation-only-field";
  return problem(code, error.remedy.empty() ? error.what : error.what + "; " + error.remedy, error.where, error.allowed);
}

Problem unavailable() { return problem_after("unavailable", std::chrono::seconds(2), "nothing was released; try again with the same Idempotency-Key"); }

}  // namespace gatehouse::gateway
