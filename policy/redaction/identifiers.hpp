#pragma once
// Stage 2: numbers, addresses and other strings that single a person out. Internal to policy/redaction.
// One recogniser per file (recognise_*.cpp). Each is asked at a token that holds a digit (or at an `@`, a scheme, an underscore), reads
// around it and validates exactly; nothing here decides whether anything is hidden.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/redaction/shadow.hpp"

namespace gatehouse::redaction {

enum class IdKind : std::uint8_t { nhs, upn, nino, uprn, phone, email, url, handle, ip, vehicle, postcode, address, date, reference, bank };

struct Identifier {
  std::uint32_t begin = 0, end = 0;  // bytes of the shadow
  IdKind kind = IdKind::reference;
  double confidence = 0.95;
  bool of_birth = false;   // a date that context calls one of birth
  bool safe_place = false; // an address that context calls safe, a refuge, or not to be known
};

std::string_view type_of(IdKind kind);   // CODE, CONTACT, LOC, DATETIME
std::string_view label_of(IdKind kind);  // `phone`: the label's word before its number

// What stands around token `at`.
class Around {
 public:
  Around(const Shadow& shadow, std::size_t at) : shadow_(shadow), tokens_(shadow.tokens()), at_(at) {}
  const Token& token(int offset = 0) const { return tokens_[at_ + static_cast<std::size_t>(offset)]; }
  bool has(int offset) const {
    return offset < 0 ? at_ >= static_cast<std::size_t>(-offset) : at_ + static_cast<std::size_t>(offset) < tokens_.size();
  }
  std::string_view word(int offset = 0) const { return shadow_.word(token(offset)); }
  std::string_view cased(int offset = 0) const { return shadow_.cased_word(token(offset)); }
  // The characters between token `offset` and the one before it; empty without one.
  std::string_view gap(int offset) const {
    if (!has(offset) || !has(offset - 1)) return {};
    return shadow_.folded().substr(token(offset - 1).end, token(offset).begin - token(offset - 1).end);
  }
  bool blank(int offset) const { return gap(offset) == " "; }
  // One of the words stands among the `reach` tokens before this one, in the same line.
  bool cue(std::string_view words, int reach) const;
  const Shadow& shadow() const { return shadow_; }
  std::size_t index() const { return at_; }

 private:
  const Shadow& shadow_;
  const std::vector<Token>& tokens_;
  std::size_t at_;
};

// Digits of a run that starts at a token and goes on over single blanks, dots, hyphens, slashes and brackets, at most `limit` digits;
// O, o, I and l among digits count as 0 and 1 (what a scanner makes of them).
struct DigitRun {
  std::string digits;
  std::vector<std::uint8_t> groups;   // digits in each token
  std::vector<char> gaps;             // between them: ' ' '-' '.' '/' ')' …
  std::uint32_t begin = 0, end = 0;
  std::size_t tokens = 0;
  bool mended = false;                // a letter was read as a digit
};
DigitRun read_digits(const Shadow& shadow, std::size_t at, std::size_t limit);

// Each says whether an identifier stands at this token, and where. They are asked in this order; the first that says yes is right.
bool read_email(const Shadow& shadow, std::size_t at_sign, Identifier& found);       // recognise_email.cpp; `at_sign`: byte of the shadow
bool read_handle(const Shadow& shadow, std::size_t sign, Identifier& found);         // recognise_handle.cpp; `@` or `_`
bool read_url(const Shadow& shadow, std::size_t token, Identifier& found);           // recognise_url.cpp
bool read_ip(const Shadow& shadow, std::size_t token, Identifier& found);            // recognise_ip.cpp
bool read_date(const Shadow& shadow, std::size_t token, Identifier& found);          // recognise_date.cpp
bool read_nhs_number(const Shadow& shadow, std::size_t token, Identifier& found);    // recognise_nhs.cpp
bool read_upn(const Shadow& shadow, std::size_t token, Identifier& found);           // recognise_upn.cpp
bool read_nino(const Shadow& shadow, std::size_t token, Identifier& found);          // recognise_nino.cpp
bool read_uprn(const Shadow& shadow, std::size_t token, Identifier& found);          // recognise_uprn.cpp
bool read_bank(const Shadow& shadow, std::size_t token, Identifier& found);          // recognise_bank.cpp
bool read_phone(const Shadow& shadow, std::size_t token, Identifier& found);         // recognise_phone.cpp
bool read_vehicle(const Shadow& shadow, std::size_t token, Identifier& found);       // recognise_vehicle.cpp
bool read_postcode(const Shadow& shadow, std::size_t token, Identifier& found);      // recognise_postcode.cpp
bool read_address(const Shadow& shadow, std::size_t token, Identifier& found);       // recognise_address.cpp: a number and a street
bool read_street(const Shadow& shadow, std::size_t token, Identifier& found);        // recognise_address.cpp: a street without a number
void widen_to_address(const Shadow& shadow, Identifier& postcode);                   // recognise_address.cpp: what stands before a postcode
bool read_reference(const Shadow& shadow, std::size_t token, Identifier& found);     // recognise_reference.cpp

// A postcode of a UK area, in lower case without its blank: `me493qr`. Area list of Royal Mail's postcode areas.
bool is_postcode(std::string_view folded);

// All of them over one text, in order, without overlap; their tokens are marked taken. `all_dates`: also dates without a year, months and
// days, which only anonymising hides.
std::vector<Identifier> find_identifiers(Shadow& shadow, bool all_dates);

}  // namespace gatehouse::redaction
