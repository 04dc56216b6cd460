#include "policy/minimise/identifiers.hpp"

#include <algorithm>
#include <array>

namespace gatehouse::policy {

namespace {

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

constexpr std::string_view upn_alphabet = "ABCDEFGHJKLMNPQRTUVWXYZ";

}  // namespace

bool valid_nhs_number(std::string_view digits) {
  if (digits.size() != 10 || !all_digits(digits)) return false;
  if (std::all_of(digits.begin(), digits.end(), [&](char c) { return c == digits[0]; })) return false;
  if (digits.substr(0, 2) == "00" || digits.substr(0, 4) == "0100" || digits[0] == '5' || digits[0] == '8') return false;
  int sum = 0;
  for (int i = 0; i < 9; ++i) sum += (10 - i) * (digits[i] - '0');
  int check = 11 - sum % 11;
  if (check == 11) check = 0;
  return check != 10 && check == digits[9] - '0';
}

bool valid_upn(std::string_view upn) {
  if (upn.size() != 13 || !all_digits(upn.substr(1, 11))) return false;
  const auto letter = upn_alphabet.find(upn[0]);
  if (letter == std::string_view::npos) return false;
  std::size_t sum = 0;
  for (std::size_t i = 1; i < 12; ++i) sum += (i + 1) * static_cast<std::size_t>(upn[i] - '0');
  const char last = upn[12];
  std::size_t value = 0;
  if (last >= '0' && last <= '9') {
    value = static_cast<std::size_t>(last - '0');
  } else {
    value = upn_alphabet.find(last);
    if (value == std::string_view::npos) return false;
  }
  sum += 13 * value;
  return sum % 23 == letter;
}

bool valid_nino(std::string_view nino) {
  if (nino.size() != 9 || !all_digits(nino.substr(2, 6))) return false;
  const char a = nino[0], b = nino[1], suffix = nino[8];
  if (a < 'A' || a > 'Z' || b < 'A' || b > 'Z') return false;
  if (std::string_view("DFIQUV").find(a) != std::string_view::npos) return false;
  if (std::string_view("DFIOQUV").find(b) != std::string_view::npos) return false;
  constexpr std::array<std::string_view, 7> never = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
  if (std::find(never.begin(), never.end(), nino.substr(0, 2)) != never.end()) return false;
  return suffix >= 'A' && suffix <= 'D';
}

bool valid_uprn(std::string_view digits) {
  return !digits.empty() && digits.size() <= 12 && digits[0] != '0' && all_digits(digits);
}

std::string bare_identifier(std::string_view text) {
  std::string bare;
  for (const char c : text) {
    if (c >= '0' && c <= '9') bare += c;
    if (c >= 'A' && c <= 'Z') bare += c;
    if (c >= 'a' && c <= 'z') bare += static_cast<char>(c - 'a' + 'A');
  }
  return bare;
}

}  // namespace gatehouse::policy
