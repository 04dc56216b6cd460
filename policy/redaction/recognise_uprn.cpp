// Property reference numbers have no check digit: only the word in front tells one.
#include "policy/minimise/identifiers.hpp"
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_uprn(const Shadow& shadow, std::size_t token, Identifier& found) {
  const DigitRun run = read_digits(shadow, token, 12);
  if (run.digits.size() < 4 || !Around(shadow, token).cue("uprn", 3)) return false;
  if (!policy::valid_uprn(run.digits) && run.digits.size() < 6) return false;
  found = {run.begin, run.end, IdKind::uprn, 0.95};
  return true;
}

}  // namespace gatehouse::redaction
