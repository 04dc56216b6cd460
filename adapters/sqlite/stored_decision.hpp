#pragma once
// What was decided about one request, opened for a member of staff: `gatehouse decisions show`. A connection of its own; blocking; any thread, one call
// at a time per process. A serving gateway may have the same database open.
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/settings.hpp"
#include "policy/decision/case.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::adapters {

struct StoredDecision {
  std::string id, agency;
  policy::RequestState state = policy::RequestState::received;
  std::string purpose, urgency, outcome;
  policy::Instant received{}, answer_by{}, decided{};
  std::vector<std::string> matched_how;   // which values agreed when the person was looked up; empty: nobody
  std::string pack_sha256;
  std::string case_json;                  // the question as decided; item headers, never contents
  std::string decision_json;              // the answer, with clauses
  std::uint64_t log_index = 0;            // of the entry that was durable before anything left
  std::string release_id;                 // empty: nothing was released
  std::string recipient_keyid, package_sha256;
  policy::Instant released{}, expires{};
  std::uint64_t release_log_index = 0;
};

// The look is logged (kind `access`, who looked in its staff part) and durable before anything is returned: a look that cannot be recorded is refused.
// `by`: a staff id, never a name. Nothing: no such request. Errors: one line.
std::expected<std::optional<StoredDecision>, std::string> read_decision(const SqliteSettings& settings, const std::string& request_id, const std::string& by,
                                                                        policy::Instant at);

// Every decision of the log in its order, for `gatehouse policy replay`. One look is logged (kind `access`, `why`: decisions_replayed) and durable before
// the first is opened; reading then holds up no writer. `use` gets id, case and decision as JSON; it must not call back into this adapter. A decision whose
// key was destroyed is counted and left out. Errors: one line; what `use` saw until then was right.
struct Walked {
  std::uint64_t opened = 0, shredded = 0;
};
std::expected<Walked, std::string> each_decision(const SqliteSettings& settings, const std::string& by, policy::Instant at,
                                                 const std::function<void(const std::string& id, const std::string& question, const std::string& decision)>& use);

// The newest requests first: id, agency, state, purpose and times only, nothing that is sealed.
struct RequestLine {
  std::string id, agency, state, purpose, outcome;
  policy::Instant received{};
};
std::expected<std::vector<RequestLine>, std::string> read_requests(const SqliteSettings& settings, std::size_t limit);

}  // namespace gatehouse::adapters
