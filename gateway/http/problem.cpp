#include "gateway/http/problem.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace gatehouse::gateway {
namespace {

// Alphabetical within a status. A code, once published, keeps its meaning.
constexpr std::array kKinds = std::to_array<ProblemKind>({
    {"bad-request", 400, "The request is not well-formed HTTP"},
    {"digest-mismatch", 400, "Content-Digest does not match the body that arrived"},
    {"idempotency-key-missing", 400, "An Idempotency-Key is needed"},
    {"invalid-value", 400, "A value that cannot be used"},
    {"malformed-json", 400, "The body is not JSON that can be read"},
    {"missing-field", 400, "A field that is needed is missing"},
    {"not-in-grammar", 400, "A question for figures that cannot be read"},
    {"organisation-only-field", 400, "A field that only the organisation may set"},
    {"unknown-field", 400, "A field that is not known here"},
    {"unknown-value", 400, "A value that is not one of those allowed"},
    {"certificate-required", 401, "A client certificate is needed"},
    {"replayed", 401, "This signature has been used before"},
    {"signature-expired", 401, "The signature is outside its time window"},
    {"signature-incomplete", 401, "The signature does not have or cover what it must"},
    {"signature-invalid", 401, "The signature does not verify"},
    {"signature-missing", 401, "The request is not signed"},
    {"budget-exhausted", 403, "Not enough left for this question"},
    {"forbidden", 403, "This partner may not do this"},
    {"key-revoked", 403, "This key is revoked or out of date"},
    {"partner-unknown", 403, "This certificate belongs to no partner"},
    {"purpose-not-permitted", 403, "These figures are not given for this purpose"},
    {"not-found", 404, "There is nothing at this address"},
    {"unknown-code", 404, "The codebook has no such word"},
    {"method-not-allowed", 405, "This address does not answer this method"},
    {"not-acceptable", 406, "The answer has no form that the request accepts"},
    {"request-timeout", 408, "The request took too long to arrive"},
    {"conflict", 409, "The request does not fit the present state"},
    {"period-not-open", 409, "A quarter that is not open for questions"},
    {"gone", 410, "It was withdrawn, recalled or has expired"},
    {"body-too-large", 413, "The body is too large"},
    {"too-many-cells", 413, "A table with too many cells"},
    {"uri-too-long", 414, "The address is too long"},
    {"unsupported-media-type", 415, "The body is of a media type that is not read here"},
    {"expectation-failed", 417, "The only expectation that can be met is 100-continue"},
    {"idempotency-key-reused", 422, "This Idempotency-Key was used for another body"},
    {"unprocessable", 422, "The request can be read but not carried out"},
    {"too-many-requests", 429, "Too many requests"},
    {"header-too-large", 431, "The header is too large"},
    {"internal", 500, "Something went wrong here"},
    {"method-not-known", 501, "A method that is not known here"},
    {"unavailable", 503, "Not available at the moment"},
    {"version-not-supported", 505, "HTTP/1.1 is spoken here"},
});

const ProblemKind& kind_of(std::string_view code) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&](const ProblemKind& kind) { return kind.code == code; });
  if (found != kKinds.end()) return *found;
  return *std::find_if(kKinds.begin(), kKinds.end(), [](const ProblemKind& kind) { return kind.code == "internal"; });
}

}  // namespace

std::span<const ProblemKind> problem_kinds() { return kKinds; }

Problem problem(std::string_view code, std::string detail, std::string where, std::vector<std::string> allowed) {
  const ProblemKind& kind = kind_of(code);
  Problem made;
  made.status = kind.status;
  made.type = kind.code;
  made.title = kind.title;
  if (kind.code == code) {
    made.detail = std::move(detail);
    made.where = std::move(where);
    made.allowed = std::move(allowed);
  }
  return made;
}

Problem problem_after(std::string_view code, std::chrono::milliseconds retry_after, std::string detail) {
  Problem made = problem(code, std::move(detail));
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  made.retry_after_seconds = static_cast<int>(std::clamp<std::int64_t>(seconds, 1, 86400));
  return made;
}

Response to_response(const Problem& problem, std::string_view request_id) {
  nlohmann::ordered_json body;
  body["type"] = std::string(kProblemBase) + problem.type;
  body["title"] = problem.title;
  body["status"] = problem.status;
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  if (!problem.where.empty()) body["where"] = problem.where;
  if (!problem.allowed.empty()) body["allowed"] = problem.allowed;
  for (const auto& [name, value] : problem.members) body[name] = nlohmann::ordered_json::parse(value);
  body["instance"] = request_id;

  Response response(problem.status);
  response.set("content-type", "application/problem+json");
  if (problem.status == 429 || problem.status == 503) response.set("retry-after", std::to_string(std::max(1, problem.retry_after_seconds)));
  if (problem.status == 405) {
    std::string allow;
    for (const std::string& method : problem.allowed) allow += (allow.empty() ? "" : ", ") + method;
    response.set("allow", allow);
  }
  // A field name from a body may hold bytes that are not UTF-8: they are replaced, never an exception.
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

Response to_response(const Problem& problem, const Request& request) { return to_response(problem, request.id); }

}  // namespace gatehouse::gateway
