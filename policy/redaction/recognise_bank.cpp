// Bank details: a sort code and an account number, in either order, or one of them after its name; card numbers by the Luhn check.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

bool luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {
    int digit = digits[i] - '0';
    if (twice) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

}  // namespace

bool read_bank(const Shadow& shadow, std::size_t token, Identifier& found) {
  const Around around(shadow, token);
  const DigitRun run = read_digits(shadow, token, 19);
  if (run.digits.size() == 16 && run.groups.size() == 4 && luhn(run.digits)) {
    found = {run.begin, run.end, IdKind::bank, 0.95};
    return true;
  }
  const bool pairs = run.groups.size() >= 3 && run.groups[0] == 2 && run.groups[1] == 2 && run.groups[2] == 2 && run.gaps[0] == '-' && run.gaps[1] == '-';
  if (pairs) {
    const bool account = run.groups.size() == 4 && run.groups[3] == 8;
    if (!account && !around.cue("sort code s/c bank account", 4)) return false;
    found = {run.begin, account ? run.end : shadow.tokens()[token + 2].end, IdKind::bank, 0.95};
    return true;
  }
  if (run.digits.size() >= 6 && run.digits.size() <= 11 && !run.mended && around.cue("account acct acc a/c iban sort", 4)) {
    found = {run.begin, run.end, IdKind::bank, 0.9};
    return true;
  }
  return false;
}

}  // namespace gatehouse::redaction
