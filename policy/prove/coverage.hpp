#pragma once
// Whether every clause of an organisation's policy is carried out somewhere, or says why it is not. A clause nobody mapped is a promise
// nobody keeps, so a gap is an error and not a warning. Pure; any thread.
//
// A target is `kind:name`, and what it names must itself name the clause, so that nothing unrelated can stand for it:
//   rule:<id of a rule of the pack>           rule:ground.<key of `cites`>: a ground that the engine carries out for every pack
//   setting:<path of a setting of the pack, `consent.form`>
//   prompt: notice: directory: report: incident:<page of config/pages.json>
//   clock:<clock kind that the pack or the matrix starts>      role_gate:<gate of the pack>
//   lint:<check of `policy lint` that has something to find about it>
//   not_enforced                              with a `reason`: speech, posture, another document
// A clause may have further targets (`also`); each is checked alike.
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "policy/error.hpp"

namespace gatehouse::policy {

struct CoverageReference {
  std::string_view clauses;            // text of config/clauses.tsv
  std::string_view pages;              // text of config/pages.json
  std::string_view minimum_necessary;  // text of config/minimum_necessary.json: clocks that purposes start
  std::string_view legal_refs;         // text of config/legal_refs.json: which clause cites which law
};

struct ClauseTarget {
  std::string id;      // `CAF-13`
  std::string plain;   // the clause in plain words, as the pack says it
  std::string target;  // `rule:caf-13-must-share`
  std::string reason;  // for not_enforced
  std::vector<std::string> also;
  std::string gap;     // what is wrong; empty where it is mapped
};

struct Coverage {
  std::string pack;                 // its id
  std::vector<ClauseTarget> rows;   // in the order of clauses.tsv; then what the pack maps and the policy does not have
  std::size_t clauses = 0;          // of the policy
  std::size_t mapped = 0;           // of these, without a gap
  bool complete() const;            // no row has a gap and there is at least one clause
};

// Errors: a pack, clauses or pages that cannot be read. Gaps are not errors of this function; they are in the rows.
std::expected<Coverage, Error> coverage(std::string_view pack, const CoverageReference& reference);

}  // namespace gatehouse::policy
