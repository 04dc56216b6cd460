#pragma once
// A pack as a decision table that an information-governance lead can read and sign off: plain words, clause, who must approve, what must be done,
// every choice with where the policy is silent or contradicts itself, and what `lint` finds. Pure; any thread; the day is passed in.
#include <expected>
#include <string>
#include <string_view>

#include "policy/decision/case.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy {

struct TableReference {
  std::string_view minimum_necessary;  // text of config/minimum_necessary.json: who approves where the pack has no route of its own
  std::string_view legal_refs;         // text of config/legal_refs.json
  std::string_view bank_holidays;      // text of config/bank_holidays.json
  std::string_view clauses;            // text of config/clauses.tsv; may be empty: then nothing is said about coverage
  std::string_view pages;              // text of config/pages.json; may be empty with clauses
  std::string_view sha256;             // of the pack's text, hex: what is signed off is exactly this file
};

enum class TableForm : std::uint8_t {
  markdown,  // tables of the GitHub kind
  html,      // one page that needs nothing else: no script, no font, no address outside; prints on A4 landscape
  json,      // {"title", "facts", "sections": [{"heading", "before", "columns", "rows"}]}: each cell a list of lines
};

// REQUIRES: the pack loads (Pack::read). Errors: a pack or reference that cannot be read. Everything from the pack is escaped.
std::expected<std::string, Error> table(std::string_view pack, const TableReference& reference, TableForm form, Date day);

// A word of the vocabulary as people say it: `la_childrens` is "children's social care". A word that is not known keeps its letters, with spaces.
std::string spoken(std::string_view word);

}  // namespace gatehouse::policy
