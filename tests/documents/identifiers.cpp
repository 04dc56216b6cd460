#include "tests/documents/identifiers.hpp"

#include <array>
#include <cctype>
#include <vector>

namespace gatehouse::invented {

namespace {

constexpr std::string_view upn_letters = "ABCDEFGHJKLMNPQRTUVWXYZ";

char digit(Random& random) { return static_cast<char>('0' + random.below(10)); }

std::string digits(Random& random, int count) {
  std::string made;
  for (int i = 0; i < count; ++i) made.push_back(digit(random));
  return made;
}

std::string letters(Random& random, int count, std::string_view of) {
  std::string made;
  for (int i = 0; i < count; ++i) made.push_back(of[random.below(of.size())]);
  return made;
}

int nhs_check(std::string_view nine) {
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) sum += (nine[i] - '0') * static_cast<int>(10 - i);
  return (11 - sum % 11) % 11;  // 10: no such number
}

char upn_letter(std::string_view twelve) {
  int sum = 0;
  for (std::size_t i = 0; i < 12; ++i) sum += (twelve[i] - '0') * static_cast<int>(i + 2);
  return upn_letters[static_cast<std::size_t>(sum % 23)];
}

}  // namespace

std::string nhs_number(Random& random) {
  while (true) {
    std::string number = "999" + digits(random, 6);
    const int check = nhs_check(number);
    if (check < 10 && number != "999999999") return number + static_cast<char>('0' + check);
  }
}

bool is_nhs_number(std::string_view text) {
  if (text.size() != 10) return false;
  for (const char c : text)
    if (!std::isdigit(static_cast<unsigned char>(c))) return false;
  return nhs_check(text.substr(0, 9)) == text[9] - '0';
}

std::string upn(Random& random, int year_of_entry) {
  const std::string year = {static_cast<char>('0' + year_of_entry / 10 % 10), static_cast<char>('0' + year_of_entry % 10)};
  const std::string twelve = "8" + digits(random, 6) + year + digits(random, 3);
  return upn_letter(twelve) + twelve;
}

bool is_upn(std::string_view text) {
  if (text.size() != 13) return false;
  for (const char c : text.substr(1))
    if (!std::isdigit(static_cast<unsigned char>(c))) return false;
  return upn_letter(text.substr(1)) == text[0];
}

std::string nino(Random& random) {
  // First letters that are in use; the two zeros keep it away from numbers that are given out today.
  static const std::vector<std::string> prefixes = {"AB", "CE", "EH", "GL", "HR", "JM", "KE", "LX", "MW", "NB", "PR", "RS", "SJ", "TY", "WK", "YB"};
  return random.one_of(prefixes) + "00" + digits(random, 4) + "ABCD"[random.below(4)];
}

std::string vehicle(Random& random) {
  constexpr std::string_view tag = "ABCEGHKLNPRSVWY";
  constexpr std::string_view rare = "XYZ";
  switch (random.weighted({8, 1, 1})) {
    case 0: {
      static const std::vector<std::string> ages = {"05", "57", "08", "60", "12", "63", "15", "65", "17", "67", "18", "19", "69", "70", "21", "71", "22", "73", "24"};
      return letters(random, 2, tag) + random.one_of(ages) + " " + letters(random, 1, rare) + letters(random, 1, tag) + letters(random, 1, rare);
    }
    case 1: return letters(random, 1, "PRSTVWXY") + std::to_string(random.between(11, 999)) + " " + letters(random, 2, tag) + letters(random, 1, rare);
    default: return letters(random, 1, rare) + letters(random, 1, "I") + letters(random, 1, "ABCDG") + " " + std::to_string(random.between(1000, 9999));
  }
}

std::string mobile(Random& random) { return "07700900" + digits(random, 3); }
std::string landline(Random& random) { return "01632960" + digits(random, 3); }

std::string case_reference(Random& random) {
  switch (random.below(6)) {
    case 0: return "CP/" + std::to_string(random.between(2019, 2026)) + "/" + digits(random, 4);
    case 1: return "42/" + digits(random, 5) + "/" + std::to_string(random.between(19, 26));
    case 2: return "LCS-" + digits(random, 7);
    case 3: return "CAD " + digits(random, 4) + "/" + std::to_string(random.between(10, 28)) + (random.chance(0.5) ? "JUN" : "OCT") + "25";
    case 4: return letters(random, 2, "KMSTW") + std::to_string(random.between(20, 26)) + "C" + digits(random, 5);
    default: return "MERLIN " + std::to_string(random.between(20, 26)) + "PAC" + digits(random, 6);
  }
}

std::string spaced_nhs(Random& random, std::string_view text) {
  const std::string a(text.substr(0, 3)), b(text.substr(3, 3)), c(text.substr(6));
  switch (random.weighted({6, 3, 1})) {
    case 0: return a + " " + b + " " + c;
    case 1: return std::string(text);
    default: return a + "-" + b + "-" + c;
  }
}

std::string spaced_phone(Random& random, std::string_view text) {
  const std::string code(text.substr(0, 5)), rest(text.substr(5));
  switch (random.weighted({6, 3, 2, 1, 1, 1})) {
    case 0: return code + " " + rest;
    case 1: return std::string(text);
    case 2: return code + " " + rest.substr(0, 3) + " " + rest.substr(3);
    case 3: return "+44 " + code.substr(1) + " " + rest;
    case 4: return "+44" + code.substr(1) + rest;
    default: return text.starts_with("016") ? "(" + code + ") " + rest : code + "-" + rest;
  }
}

std::string spaced_nino(Random& random, std::string_view text) {
  if (random.chance(0.5)) return std::string(text);
  std::string spaced(text.substr(0, 2));
  for (std::size_t i = 2; i < text.size(); i += 2) spaced += " " + std::string(text.substr(i, 2));
  return spaced;
}

std::string spaced_vehicle(Random& random, std::string_view text) {
  std::string made(text);
  if (random.chance(0.3)) std::erase(made, ' ');
  return made;
}

}  // namespace gatehouse::invented
