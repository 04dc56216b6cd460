#pragma once
// What a partner asks for, read strictly from the body of POST /v1/requests. CONTRACT.md section 1.6: a partner may claim, never find; a field that
// only the organisation may set is refused by name, wherever in the body it stands. Pure, any thread.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/error.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

struct Worker {
  std::string name, post, contact;
  std::optional<policy::Role> role;
};

struct Asked {
  policy::Purpose purpose{};
  policy::Locator locator;
  std::vector<policy::Category> categories;                           // empty: all that the purpose may need
  std::vector<std::pair<policy::Category, std::string>> fields;       // empty: every field of those categories
  std::vector<policy::Statement> stated;                              // which; their words stay in the body
  std::optional<policy::Offence> offence;
  policy::Urgency urgency = policy::Urgency::routine;
  std::optional<policy::Instant> needed_by;
  std::vector<policy::CircumstanceCode> claims;                       // INVARIANT: becomes a Circumstance with evidence false, never true
  bool emergency = false;
  std::string officer;
  Worker worker;
};

// Errors have the codes that problem_of() reads; `organisation_only` for a field of the other two kinds.
std::expected<Asked, policy::Error> read_asked(std::string_view body);

// What a partner adds to a request of its own that lacked something: {"stated": {…}, "offence", "officer", "needed_by", "worker",
// "circumstances", "urgency", "emergency"}. Gives the body of the completed request; what was said before stays unless it is said anew.
std::expected<std::string, policy::Error> complete(std::string_view earlier_body, std::string_view addition);

// Names that only the organisation sets, or that are derived: refused at any depth of a partner's body.
const std::vector<std::string_view>& organisation_only();

}  // namespace gatehouse::gateway
