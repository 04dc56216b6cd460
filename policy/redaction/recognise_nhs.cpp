// NHS numbers: ten digits, mod 11. In groups (3-3-4) the check digit alone convinces; ten bare digits need a word of context, because
// one in eleven random numbers passes. With the context a number that fails its check is hidden too: it is one, mistyped.
#include "policy/minimise/identifiers.hpp"
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_nhs_number(const Shadow& shadow, std::size_t token, Identifier& found) {
  const DigitRun run = read_digits(shadow, token, 10);
  if (run.digits.size() != 10) return false;
  const Around around(shadow, token);
  const bool context = around.cue("nhs nhsno patient hospital health", 5);
  const bool grouped = run.groups.size() == 3 && run.groups[0] == 3 && run.groups[1] == 3 && run.groups[2] == 4;
  const bool bare = run.groups.size() == 1;
  if (!grouped && !bare && !context) return false;
  const bool valid = policy::valid_nhs_number(run.digits);
  if (!context && (!valid || run.mended)) return false;
  // Ten bare digits without a word: only the test range, which nothing else uses.
  if (!context && bare && !run.digits.starts_with("999")) return false;
  found = {run.begin, run.end, IdKind::nhs, valid ? 0.99 : 0.7};
  return true;
}

}  // namespace gatehouse::redaction
