#pragma once
// The dry run: would this be allowed? AuthZEN Authorization API 1.0 (OpenID Foundation), evaluation and evaluations. It reads no person: the case follows
// from the question alone, and what the question does not say is unknown, which never permits. Pure, any thread: the time is passed in.
//
// How a question becomes a case (CONTRACT.md section 1):
//   caller             requester: kind partner, agency, its type, and whether an agreement covers the purpose
//   subject.properties.role      the worker's role, where it is one of ours
//   action.name, or action.properties.purpose      the purpose
//   action.properties  flow, stated, offence, urgency, needed_by, emergency, officer, circumstances (claims: evidence is false)
//   resource           type `category`, id a category: one ordinary item; any type with properties.categories: one for each
//   words              what config/authzen.json says of other systems' words (below), in its order
//   context.case       anything of a case, merged over all of this (RFC 7396): consents, age, findings, other flows
// `decision` is true when everything asked for would be shared (release or anonymised). The response context has the outcome, each item, what is missing,
// obligations and clocks; never what one could do to be given more.
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/problem.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "policy/decision/case.hpp"

namespace gatehouse::gateway {

inline constexpr std::size_t kMostEvaluations = 100;

enum class Evaluations : std::uint8_t { one, many };  // the address that was called: only `many` looks at an `evaluations` list

// The body of the 200, as JSON. Errors: what makes the whole payload unusable (400). What is wrong with one evaluation of several, or with the case that
// follows from a well-formed question, is `decision: false` with `context.error`.
std::expected<std::string, Problem> dry_run(const Snapshot& now, const Partner& caller, std::string_view body, Evaluations which, policy::Instant at);

}  // namespace gatehouse::gateway
