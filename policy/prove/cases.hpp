#pragma once
// Cases as data: one JSON line `{"name","why","case","expect"}` says what a pack must answer. The same line drives the library's tests,
// the command line and whoever writes the next engine. Pure; any thread.
//
// `expect` may hold, all but `outcome` only where the policy or the contract settles them:
//   outcome, duty            equal
//   items, reason_code_of    for each category named: that item's outcome, reason
//   refer_to_any_of          at least one of these roles is in refer_to
//   missing_includes         all of these are in missing
//   obligations_include / obligations_exclude   all / none of these kinds, whatever their `when`
//   clocks_include           a clock of that `kind`; if `due` is given, at the same instant
//   clauses_include          all of these are in the decision's clauses
//   detail_of                for each category named: how much of that item goes out (`none`: nothing)
//   clauses_of               for each category named: exactly that item's clauses
//   refer_to_exactly, missing_exactly, clauses_exactly   these and no others, in any order
//   obligations_exactly      these and no others: {kind, when, to, clauses}; no `when` and no `to` mean that there is none, `clauses` count where given
//   clocks_exactly           these and no others: {kind, due, clauses}; `due` and `clauses` count where given
// Another word is an error: a check that nobody runs is worse than none.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/evaluate.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy {

// A line taken apart. `question` and `expect` are JSON text; `expect` is empty where the line is a bare case.
struct WrappedCase {
  std::string name, why, question, expect;
};

// Takes `{"name","why","case","expect"}` apart (name, why and expect may be absent), or takes the line itself for a case.
std::expected<WrappedCase, Error> unwrap_case(std::string_view line);

// The case of a line, wrapped or bare. Errors inside a wrapped case have paths that start with `$.case`.
std::expected<Case, Error> read_case_line(std::string_view line);

// The `id` of a line that could not be read, where it has one that is a text; for error lines only.
std::optional<std::string> id_of(std::string_view line);

struct Difference {
  std::string key, expected, actual;  // the key of `expect`, both values as JSON
};

struct CaseResult {
  std::string name, why;
  std::vector<Difference> differences;
  std::string decision;               // JSON, for whoever wants to see all of it
  bool passed() const { return differences.empty(); }
};

// Decides the case of a line and compares. Errors: a line that cannot be read, a line without `expect` or without `outcome` in it,
// an unknown word or a wrong type in `expect`, a category that no item of the case has.
std::expected<CaseResult, Error> run_case(const Pack& pack, std::string_view line);

// What run_case does once it has decided. REQUIRES: `decision` is the text of to_json(Decision).
std::expected<std::vector<Difference>, Error> compare(std::string_view expect, std::string_view decision);

// The `expect` that holds for this decision and for none that says anything else (but its plain words, near misses and legal legs): one line
// of JSON. REQUIRES: as compare().
std::string exact_expect(std::string_view decision);

}  // namespace gatehouse::policy
