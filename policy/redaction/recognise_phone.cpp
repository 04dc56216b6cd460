// UK telephone numbers: 0 and nine or ten digits, +44 or 0044 with or without the bracketed 0, spaced in any way; other countries after
// a plus sign. A local number of six to eight digits needs a word such as "ring" or "landline".
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

bool read_phone(const Shadow& shadow, std::size_t token, Identifier& found) {
  const std::string_view text = shadow.folded();
  const DigitRun run = read_digits(shadow, token, 15);
  if (run.digits.size() < 6) return false;
  std::uint32_t begin = run.begin;
  const bool bracket = begin > 0 && text[begin - 1] == '(';
  const std::uint32_t sign = bracket ? begin - 1 : begin;
  const bool plus = sign > 0 && text[sign - 1] == '+';
  std::string digits = run.digits;
  if (plus || digits.starts_with("00")) {
    if (!plus) digits.erase(0, 2);
    if (digits.size() < 8) return false;
    begin = plus ? sign - 1 : sign;
    found = {begin, run.end, IdKind::phone, 0.97};
    return true;
  }
  if (bracket) begin = sign;
  // A run may have swallowed the next number: 01632 960733 2 years. Whole groups up to eleven digits are the number.
  std::size_t size = 0, groups = 0;
  std::uint32_t end = run.end;
  for (; groups < run.groups.size() && size + run.groups[groups] <= 11; ++groups) size += run.groups[groups];
  if (groups > 0) end = shadow.tokens()[token + groups - 1].end;
  if (digits[0] == '0' && (size == 10 || size == 11) && digits[1] != '0') {
    for (std::size_t g = 0; g + 1 < groups; ++g)
      if (run.gaps[g] == '/' || (run.gaps[g] == '.' && run.groups[g] <= 2)) return false;  // a date or a reference
    found = {begin, end, IdKind::phone, 0.97};
    return true;
  }
  const Around around(shadow, token);
  if (size >= 6 && size <= 11 && !run.mended && around.cue("tel phone telephone mobile mob landline fax ring call text ext rang", 4)) {
    found = {begin, end, IdKind::phone, 0.8};
    return true;
  }
  // A mobile number that lost its 0.
  if (size == 10 && digits[0] == '7' && groups <= 3 && run.groups[0] >= 4) {
    found = {begin, end, IdKind::phone, 0.8};
    return true;
  }
  return false;
}

}  // namespace gatehouse::redaction
