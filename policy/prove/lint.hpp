#pragma once
// What is not wrong today but will be read wrongly: law that has gone, Acts that never were, reviews nobody did. A finding never changes a
// decision; it shows a banner and gives the information governance lead a task. Pure; any thread; the day is passed in.
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy {

enum class LintLevel : std::uint8_t { note, warning, error };
template <>
struct Words<LintLevel> {
  static constexpr std::array<std::string_view, 3> list = {"note", "warning", "error"};
};

struct LintFinding {
  LintLevel level = LintLevel::error;
  std::string check;   // one of lint_checks()
  std::string where;   // clause id, rule id or JSON path
  std::string what;
  std::string remedy;
};

struct LintReference {
  std::string_view legal_refs;     // text of config/legal_refs.json
  std::string_view bank_holidays;  // text of config/bank_holidays.json
};

// The names of the checks, which clauses may have for a target (`lint:stale-law`):
//   stale-law         a clause or rule cites law that was repealed or replaced by the day, or that needs care
//   mis-titled-acts   it cites an Act that never had this title
//   not-commenced     it cites law that is not yet in force
//   unknown-law       a rule cites what legal_refs.json does not hold (`CA1989-s47` is held as `CA1989`)
//   unverified-law    it cites law whose entry nobody has checked against its source
//   review-overdue    the policy has no review date, or it has passed
//   policy-undated    the policy has no date
//   approval-missing  the policy does not say that anybody approved it
//   always-told       the policy says the person is always told; telling still gives way where it would put somebody at risk
//   settings-differ   a setting says one thing and the rules do another
//   wording           words of a rule promise what nobody can promise
//   locality          the local bodies, addresses and numbers have not been verified, or not for a year
//   garbled-text incomplete-text wrong-reference missing-document outdated-wording dead-link
//                     what is wrong with the organisation's own text, as the pack notes it (`policy.faults`)
//   read-with         documents the policy is read with: they bind too, and this pack does not hold them
//   dates             reference data is old: law not checked for a year, holidays known for less than one more
std::span<const std::string_view> lint_checks();

// Worst first, then by place. Errors: a pack or reference that cannot be read.
std::expected<std::vector<LintFinding>, Error> lint(std::string_view pack, const LintReference& reference, Date day);

}  // namespace gatehouse::policy
