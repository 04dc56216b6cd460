#pragma once
// What a draft policy would have decided: one logged question decided again, and what came out differently. Pure; any thread.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/evaluate.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy {

struct ReplayedItem {
  std::string id, category;
  std::string before, after;        // `outcome reason detail`, as the decision's JSON has them; empty: the item is in one of the two only
  bool more = false, less = false;  // more, or less, of it would go than went
};

struct ReplayChange {
  std::string outcome_before, outcome_after;
  std::vector<ReplayedItem> items;      // those that differ
  std::vector<std::string> differing;   // other keys of the decision that differ: duty, refer_to, missing, obligations, clocks, clauses, legs
  bool more = false, less = false;      // of anything
};

// Nothing where the draft decides the same. Wording (`reason`), near misses and the pack's own name are not compared: they decide nothing.
// Errors: a question that this version cannot read, or a decision that is no JSON object with items.
std::expected<std::optional<ReplayChange>, Error> replay(const Pack& draft, std::string_view question, std::string_view logged);

}  // namespace gatehouse::policy
