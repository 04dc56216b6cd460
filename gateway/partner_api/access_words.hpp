#pragma once
// The words of other systems, as an organisation maps them to facts of a case: config/authzen.json, read for the dry run only. A system that speaks
// AuthZEN with words of its own (`user`, `read`, `record`) is told here what they mean; nothing in it can release anything. Plain values, any thread.
//
// {"schema": "gatehouse-authzen/1",
//  "words": [{"when": {"action.name": "read", "resource.type": "record"}, "case": {"purpose": "early_help"}}]}
// Each entry whose `when` holds is merged over the case (RFC 7396), in order. `when` names subject.type, subject.id, action.name, resource.type,
// resource.id, or subject|action|resource|context .properties.KEY / context.KEY; a value is a text, a number or true/false.
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/error.hpp"

namespace gatehouse::gateway {

struct AccessWord {
  std::vector<std::pair<std::string, std::string>> when;  // path, value as JSON
  std::string patch;                                      // JSON object, a part of a case
};

// At most 500 entries. Errors: an unknown key, a path that names nothing, a `case` that is no part of a case.
std::expected<std::vector<AccessWord>, policy::Error> read_access_words(std::string_view json);

}  // namespace gatehouse::gateway
