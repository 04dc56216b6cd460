#pragma once
// The one question. Pure: no clock, no database, no global. Any thread.
#include "policy/decision/case.hpp"
#include "policy/decision/decision.hpp"
#include "policy/decision/pack.hpp"

namespace gatehouse::policy {

// What may be shared, item by item, with the clauses that say so. Total: every case has exactly one answer, and a rule that cannot
// be evaluated denies.
Decision decide(const Pack& pack, const Case& question);

enum class AutomaticRelease : std::uint8_t { never, structured, unflagged };
template <>
struct Words<AutomaticRelease> {
  static constexpr std::array<std::string_view, 3> list = {"never", "structured", "unflagged"};
};

// What the cut-down record showed, and what stands on the person's file. Every default is the closed side.
struct ReleaseFlags {
  bool risk_marker = true;        // risk, safe-contact or embargo marker on the person or household
  bool redaction_flagged = true;  // a flag or a doubtful span
  bool has_free_text = true;      // a released field of type text
  bool approvals_complete = false;
};

// Whether a release that `decide` allowed may go without a person looking first. It never widens what may go.
bool may_go_alone(AutomaticRelease mode, const Decision& decision, const ReleaseFlags& flags);

}  // namespace gatehouse::policy
