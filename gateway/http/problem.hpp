#pragma once
// RFC 9457 problem documents with stable types. No personal data in any of them; nothing that depends on a person.
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace gatehouse::gateway {

struct Problem {
  int status = 500;
  std::string type;                    // `https://gatehouse.example/problems/<code>` is built from this stable code, e.g. `signature-invalid`
  std::string title;                   // plain English, the same for every instance of the type
  std::string detail;                  // what, and what would be right
  std::string where;                   // JSON path, header or parameter; may be empty
  std::vector<std::string> allowed;
  int retry_after_seconds = 0;         // 429 and 503
};

// application/problem+json with `type`, `title`, `status`, `detail`, `where`, `allowed`, `instance` (the request id).
Response to_response(const Problem& problem, const Request& request);

}  // namespace gatehouse::gateway
