#pragma once
// Check digits of the numbers that single a person out. Pure, any thread. The functions take the bare characters: digits and
// upper-case letters, no spaces.
#include <string>
#include <string_view>

namespace gatehouse::policy {

// NHS number: ten digits, weights 10 … 2 on the first nine, check = 11 − (sum mod 11), 11 counts as 0, 10 is never issued. A number
// of one repeated digit is refused although it may add up, and so are the ranges that no UK body issues: below 010 100 0000 (the
// first two digits of a Scottish number are a day), 5xx and 8xx. 999 is the test range and valid.
// Source: NHS data dictionary, worked by hand for 9434765919, 9990000018 and 4010232137.
bool valid_nhs_number(std::string_view digits);

// Unique pupil number: 13 characters. The first letter is the sum of position weight 2 … 13 times digit, mod 23, into
// ABCDEFGHJKLMNPQRTUVWXYZ; the last character of a temporary number is a letter and counts as its place in that alphabet.
bool valid_upn(std::string_view upn);

// National insurance number: two prefix letters of the issued table, six digits, suffix A to D. There is no check digit.
bool valid_nino(std::string_view nino);

// UPRN: one to twelve digits, not starting with 0. There is no check digit, so context has to speak for it.
bool valid_uprn(std::string_view digits);

// Letters upper-cased and digits, nothing else: `999 009 1536` gives `9990091536`.
std::string bare_identifier(std::string_view text);

}  // namespace gatehouse::policy
