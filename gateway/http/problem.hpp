#pragma once
// RFC 9457 problem documents with stable types. No personal data in any of them; nothing that depends on a person.
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/http/message.hpp"

namespace gatehouse::gateway {

struct Problem {
  int status = 500;
  std::string type;    // `https://gatehouse.example/problems/<code>` is built from this stable code, e.g. `signature-invalid`
  std::string title;   // plain English, the same for every instance of the type
  std::string detail;  // what, and what would be right
  std::string where;   // JSON path, header or parameter; may be empty
  std::vector<std::string> allowed;
  int retry_after_seconds = 0;  // 429 and 503
  std::vector<std::pair<std::string, std::string>> members;  // further ones of this type: name, and its value as JSON of ours
};

// The stable codes, one row each: what a partner's developer looks up. config/openapi.yaml lists the same ones.
struct ProblemKind {
  std::string_view code;
  int status;
  std::string_view title;
};
std::span<const ProblemKind> problem_kinds();

// A problem of a known kind: status and title come from the table. A code that is not in the table becomes `internal`: nothing
// about an unknown fault is told.
Problem problem(std::string_view code, std::string detail = {}, std::string where = {}, std::vector<std::string> allowed = {});
// 429 and 503: at least one second, rounded up.
Problem problem_after(std::string_view code, std::chrono::milliseconds retry_after, std::string detail = {});

inline constexpr std::string_view kProblemBase = "https://gatehouse.example/problems/";

// application/problem+json with `type`, `title`, `status`, `detail`, `where`, `allowed`, `instance` (the request id). Sets Retry-After
// on 429 and 503 and, for `method-not-allowed`, Allow from `allowed`.
Response to_response(const Problem& problem, const Request& request);
Response to_response(const Problem& problem, std::string_view request_id);

}  // namespace gatehouse::gateway
