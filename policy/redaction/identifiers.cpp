#include "policy/redaction/identifiers.hpp"

#include <algorithm>

namespace gatehouse::redaction {

std::string_view type_of(IdKind kind) {
  switch (kind) {
    case IdKind::phone: case IdKind::email: case IdKind::url: case IdKind::handle: return "CONTACT";
    case IdKind::postcode: case IdKind::address: return "LOC";
    case IdKind::date: return "DATETIME";
    default: return "CODE";
  }
}

std::string_view label_of(IdKind kind) {
  switch (kind) {
    case IdKind::nhs: return "NHS number";
    case IdKind::upn: case IdKind::nino: case IdKind::uprn: return "number";
    case IdKind::phone: return "phone";
    case IdKind::email: return "e-mail";
    case IdKind::url: return "link";
    case IdKind::handle: return "handle";
    case IdKind::ip: case IdKind::reference: return "reference";
    case IdKind::vehicle: return "vehicle";
    case IdKind::postcode: case IdKind::address: return "address";
    case IdKind::date: return "date";
    case IdKind::bank: return "account";
  }
  return "reference";
}

bool Around::cue(std::string_view words, int reach) const {
  for (int offset = -1; offset >= -reach && has(offset); --offset) {
    if (gap(offset + 1).find('\n') != std::string_view::npos) return false;
    if (token(offset).label) continue;  // what an earlier cut put there cues nothing
    const std::string_view one = word(offset);
    for (std::size_t at = words.find(one); at != std::string_view::npos; at = words.find(one, at + 1)) {
      const bool starts = at == 0 || words[at - 1] == ' ', ends = at + one.size() == words.size() || words[at + one.size()] == ' ';
      if (starts && ends) return true;
    }
  }
  return false;
}

DigitRun read_digits(const Shadow& shadow, std::size_t at, std::size_t limit) {
  DigitRun run;
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  for (std::size_t i = at; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    char gap = 0;
    if (i > at) {
      const std::string_view between = text.substr(tokens[i - 1].end, token.begin - tokens[i - 1].end);
      if (between == " " || between == "-" || between == "." || between == "/" || between == "\t")
        gap = between[0];
      else if (between == ") " || between == " (" || between == ")" || between == "(" || between == " - " || between == "  ")
        gap = ' ';
      else if (between == "\n" && run.digits.size() >= 4 && run.digits.size() < 11 && (run.digits[0] == '0' || (run.begin > 0 && text[run.begin - 1] == '+')))
        gap = ' ';  // a line ends inside a telephone number
      else
        break;
    }
    std::string digits;
    bool mended = false, real = false;
    for (const char c : shadow.word(token)) {
      if (c >= '0' && c <= '9') {
        digits += c;
        real = true;
      } else if (c == 'o') {
        digits += '0';
        mended = true;
      } else if (c == 'l' || c == 'i') {
        digits += '1';
        mended = true;
      } else {
        digits.clear();
        break;
      }
    }
    if (digits.empty() || !real || run.digits.size() + digits.size() > limit) break;
    if (i > at) run.gaps.push_back(gap);
    run.digits += digits;
    run.groups.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(digits.size(), 255)));
    run.mended = run.mended || mended;
    if (i == at) run.begin = token.begin;
    run.end = token.end;
    ++run.tokens;
  }
  return run;
}

std::vector<Identifier> find_identifiers(Shadow& shadow, bool all_dates) {
  std::vector<Identifier> found;
  std::vector<Token>& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  const auto take = [&](const Identifier& identifier) {
    // Later and longer beats earlier: an address swallows the postcode before it was asked.
    while (!found.empty() && found.back().end > identifier.begin) {
      if (found.back().begin < identifier.begin) return;
      found.pop_back();
    }
    found.push_back(identifier);
    auto first = std::lower_bound(tokens.begin(), tokens.end(), identifier.begin, [](const Token& t, std::uint32_t at) { return t.end <= at; });
    for (; first != tokens.end() && first->begin < identifier.end; ++first) first->taken = true;
  };
  std::size_t sign = text.find('@');
  std::size_t underscore = text.find('_');
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    Identifier identifier;
    // Signs that stand before this token.
    while (sign != std::string_view::npos && sign < tokens[i].begin) {
      if (read_email(shadow, sign, identifier) || read_handle(shadow, sign, identifier)) take(identifier);
      sign = text.find('@', sign + 1);
    }
    while (underscore != std::string_view::npos && underscore < tokens[i].begin) {
      if ((found.empty() || found.back().end <= underscore) && read_handle(shadow, underscore, identifier)) take(identifier);
      underscore = text.find('_', underscore + 1);
    }
    const Token& token = tokens[i];
    if (token.taken) continue;
    identifier = {};
    if (!token.digits) {
      if ((token.flags & word::abbreviation) && read_url(shadow, i, identifier)) take(identifier);
      else if ((token.flags & word::street) && read_street(shadow, i, identifier)) take(identifier);
      else if (all_dates && (token.flags & (word::month | word::weekday)) && read_date(shadow, i, identifier)) take(identifier);
      continue;
    }
    if (read_date(shadow, i, identifier)) {
      take(identifier);
    } else if (read_nhs_number(shadow, i, identifier) || read_upn(shadow, i, identifier) || read_nino(shadow, i, identifier) ||
               read_ip(shadow, i, identifier) || read_bank(shadow, i, identifier) || read_uprn(shadow, i, identifier) ||
               read_phone(shadow, i, identifier)) {
      take(identifier);
    } else if (read_postcode(shadow, i, identifier)) {
      widen_to_address(shadow, identifier);
      take(identifier);
    } else if (read_vehicle(shadow, i, identifier) || read_address(shadow, i, identifier) || read_reference(shadow, i, identifier)) {
      take(identifier);
    }
  }
  Identifier identifier;
  while (sign != std::string_view::npos) {
    if (read_email(shadow, sign, identifier) || read_handle(shadow, sign, identifier)) take(identifier);
    sign = text.find('@', sign + 1);
  }
  return found;
}

}  // namespace gatehouse::redaction
