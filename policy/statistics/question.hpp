#pragma once
// The closed grammar of questions, and the refusals. A question is a conjunction of per-attribute sets; nothing else can be said: no SQL, no raw sum,
// minimum or maximum. Pure, any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::statistics {

// What the answer depends on is the question, the policy, the asker's own history, never a child: so no kind says "too few".
struct Refusal {
  enum class Kind : std::uint8_t {
    not_in_grammar,         // 400
    purpose_not_permitted,  // 403
    unknown_code,           // 404: a data set, measure, attribute, code or quarter that the codebook does not have
    period_not_open,        // 409
    too_many_cells,         // 413
    budget_exhausted,       // 403
  } kind = Kind::not_in_grammar;
  std::string where;        // JSON path
  std::string what, remedy;
  std::vector<std::string> allowed;
};

enum class Total : std::uint8_t { sum, measured };

// As asked; nothing is resolved yet.
struct Question {
  std::string purpose, dataset, measure;
  std::vector<std::string> periods;                                        // quarters in any of their spellings
  std::vector<std::pair<std::string, std::vector<std::string>>> filters;   // attribute or roll-up, codes
  std::vector<std::string> group_by;
  std::uint64_t sigma2 = 0;
  Total total = Total::sum;
  unsigned rounding = 0;                                                   // 0 or 5
  bool sdc = false;                                                        // hide a second cell where one alone is hidden
};

// Reads strictly: unknown keys, repeated keys, other types, other numbers are not in the grammar. At most 64 KiB.
std::expected<Question, Refusal> read_question(std::string_view body);

// The quarters a spelling means: `2026-Q3` `2026Q3` `2026-q3` `2026-07/2026-09` `2026-07-01/2026-09-30` and, for all four, `2026`. Empty: none.
std::vector<std::int32_t> quarters_of(std::string_view spelling);

}  // namespace gatehouse::statistics
