#include "adapters/sqlite/identifiers.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

namespace gatehouse::adapters {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
char upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

std::string without_gaps(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '-' && c != '\t') out += upper(c);
  return out;
}

// Letters that do not come apart into a letter and an accent.
std::string_view plain_of(UChar32 c) {
  switch (c) {
    case 0x00df: return "ss";
    case 0x00e6: return "ae";
    case 0x0153: return "oe";
    case 0x00f8: return "o";
    case 0x0142: return "l";
    case 0x0111: return "d";
    case 0x00f0: return "d";
    case 0x00fe: return "th";
    case 0x0131: return "i";
    default: return {};
  }
}

bool parts_words(UChar32 c) { return c == '-' || c == '.' || c == ',' || c == '/' || c == '_' || u_isUWhiteSpace(c) || c == 0x2010 || c == 0x2011 || c == 0x2013; }

void add(std::vector<Clue>& out, std::string kind, std::string typed) {
  const auto same = [&](const Clue& one) { return one.kind == kind && one.typed == typed; };
  if (std::none_of(out.begin(), out.end(), same)) out.push_back({std::move(kind), std::move(typed)});
}

// The first given name and the whole surname: middle names come and go.
std::string name_key(const std::vector<std::string>& given, const std::vector<std::string>& family) {
  return (given.empty() ? std::string() : given.front()) + "|" + joined(family);
}

std::string sound_key(const std::vector<std::string>& given, const std::vector<std::string>& family) {
  std::string out = given.empty() ? std::string() : sound_of(given.front());
  out += '|';
  for (const auto& word : family) out += sound_of(word) + ' ';
  return out;
}

std::string sorted_words(std::string_view text) {
  auto words = name_words(text);
  std::sort(words.begin(), words.end());
  return joined(words);
}

constexpr std::array<std::string_view, 16> kTitles = {"mr",  "mrs", "ms",  "miss", "mx",  "dr",    "prof", "professor",
                                                      "sir", "dame", "rev", "pc",   "dc",  "sgt", "det",  "insp"};

}  // namespace

std::optional<std::string> normal_nhs_number(std::string_view text) {
  const std::string number = without_gaps(text);
  if (number.size() != 10 || !std::all_of(number.begin(), number.end(), is_digit)) return std::nullopt;
  int sum = 0;
  for (int i = 0; i < 9; ++i) sum += (number[static_cast<std::size_t>(i)] - '0') * (10 - i);
  const int check = (11 - sum % 11) % 11;
  if (check == 10 || number[9] - '0' != check) return std::nullopt;
  return number;
}

std::optional<std::string> normal_upn(std::string_view text) {
  static constexpr std::string_view letters = "ABCDEFGHJKLMNPQRTUVWXYZ";
  const std::string number = without_gaps(text);
  if (number.size() != 13) return std::nullopt;
  std::size_t sum = 0;
  for (std::size_t i = 1; i < 13; ++i) {
    const char c = number[i];
    std::size_t value;
    if (is_digit(c)) {
      value = static_cast<std::size_t>(c - '0');
    } else if (i == 12 && letters.find(c) != std::string_view::npos) {
      value = letters.find(c);
    } else {
      return std::nullopt;
    }
    sum += (i + 1) * value;
  }
  if (number[0] != letters[sum % 23]) return std::nullopt;
  return number;
}

std::optional<std::string> normal_ni(std::string_view text) {
  const std::string number = without_gaps(text);
  if (number.size() != 9) return std::nullopt;
  static constexpr std::string_view never_first = "DFIQUV", never_second = "DFIOQUV";
  if (!is_upper(number[0]) || never_first.find(number[0]) != std::string_view::npos) return std::nullopt;
  if (!is_upper(number[1]) || never_second.find(number[1]) != std::string_view::npos) return std::nullopt;
  const std::string_view start = std::string_view(number).substr(0, 2);
  for (const std::string_view bad : {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
    if (start == bad) return std::nullopt;
  if (!std::all_of(number.begin() + 2, number.begin() + 8, is_digit) || number[8] < 'A' || number[8] > 'D') return std::nullopt;
  return number;
}

std::string normal_reference(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char u = upper(c);
    if (is_digit(u) || is_upper(u) || (static_cast<unsigned char>(c) & 0x80) != 0) out += u;
  }
  return out;
}

std::optional<std::string> normal_identifier(std::string_view type, std::string_view text) {
  if (type == "nhs") return normal_nhs_number(text);
  if (type == "upn") return normal_upn(text);
  if (type == "ni") return normal_ni(text);
  std::string reference = normal_reference(text);
  if (reference.empty()) return std::nullopt;
  return reference;
}

std::vector<std::string> name_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  const bool ascii = std::none_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
  if (ascii) {
    for (const char c : text) {
      if (is_lower(c))
        word += c;
      else if (is_upper(c))
        word += static_cast<char>(c - 'A' + 'a');
      else if (parts_words(static_cast<unsigned char>(c)))
        end_word();
    }
    end_word();
    return words;
  }
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFKDInstance(status);
  icu::UnicodeString folded = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
  folded.foldCase();
  const icu::UnicodeString apart = decompose->normalize(folded, status);
  if (U_FAILURE(status)) return words;
  for (std::int32_t i = 0; i < apart.length();) {
    const UChar32 c = apart.char32At(i);
    i += U16_LENGTH(c);
    if (parts_words(c)) {
      end_word();
    } else if (const std::string_view plain = plain_of(c); !plain.empty()) {
      word += plain;
    } else if (u_isalpha(c)) {
      icu::UnicodeString(c).toUTF8String(word);
    }
  }
  end_word();
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

std::string sound_of(std::string_view word) {
  // American Soundex: h and w do not part equal codes, vowels do.
  static constexpr std::string_view codes = "01230120022455012623010202";
  std::string out;
  char last = 0;
  for (const char c : word) {
    if (!is_lower(c)) {
      // Other scripts have no Soundex: such a letter stands for itself.
      out += c;
      last = 0;
      continue;
    }
    const char code = codes[static_cast<std::size_t>(c - 'a')];
    if (out.empty()) {
      out += c;
      last = code;
      continue;
    }
    if (code != '0' && code != last) out += code;
    if (c != 'h' && c != 'w') last = code;
    if (out.size() == 4) break;
  }
  return out;
}

std::optional<std::string> swapped(std::string_view date) {
  const auto day = policy::read_date(date);
  if (!day) return std::nullopt;
  const std::string other = std::string(date.substr(0, 5)) + std::string(date.substr(8, 2)) + "-" + std::string(date.substr(5, 2));
  if (other == date || !policy::read_date(other)) return std::nullopt;
  return other;
}

std::vector<Clue> clues_of(const PersonInput& person, const std::vector<std::string>& mothers) {
  std::vector<Clue> out;
  add(out, "ref", "ref:" + person.ref);
  for (const auto& identifier : person.identifiers) {
    const auto normal = normal_identifier(identifier.type, identifier.value);
    if (!normal) continue;
    const bool known = identifier.type == "nhs" || identifier.type == "upn" || identifier.type == "ni" || identifier.type == "agency_reference";
    add(out, known ? identifier.type : "other", identifier.type + ":" + *normal);
  }
  if (!person.date_of_birth.empty()) {
    for (const auto& name : person.names) {
      const auto given = name_words(name.given), family = name_words(name.family);
      if (given.empty() && family.empty()) continue;
      const std::string kind = name.kind == "former" ? "former_name" : name.kind == "alias" ? "alias" : "name";
      add(out, kind, "name:" + name_key(given, family) + "|" + person.date_of_birth);
      add(out, "phonetic", "sound:" + sound_key(given, family) + "|" + person.date_of_birth);
    }
  }
  if (!person.expected_date.empty())
    for (const auto& mother : mothers)
      if (const std::string words = sorted_words(mother); !words.empty()) add(out, "unborn", "unborn:" + words + "|" + person.expected_date);
  return out;
}

std::vector<Look> looks_of(const policy::Locator& locator) {
  std::vector<Look> out;
  if (!locator.nhs_number.empty()) {
    // A number that cannot be one is looked up as it stands, and finds nobody at the same cost.
    const auto normal = normal_nhs_number(locator.nhs_number);
    out.push_back({Look::By::nhs, normal ? "nhs:" + *normal : "not-nhs:" + locator.nhs_number});
  }
  if (!locator.upn.empty()) {
    const auto normal = normal_upn(locator.upn);
    out.push_back({Look::By::upn, normal ? "upn:" + *normal : "not-upn:" + locator.upn});
  }
  if (!locator.date_of_birth.empty() && (!locator.given_name.empty() || !locator.family_name.empty())) {
    const auto given = name_words(locator.given_name), family = name_words(locator.family_name);
    out.push_back({Look::By::name, "name:" + name_key(given, family) + "|" + locator.date_of_birth});
    if (const auto other = swapped(locator.date_of_birth)) out.push_back({Look::By::dob_swapped, "name:" + name_key(given, family) + "|" + *other});
    out.push_back({Look::By::phonetic, "sound:" + sound_key(given, family) + "|" + locator.date_of_birth});
  }
  if (!locator.agency_reference.empty()) out.push_back({Look::By::reference, "agency_reference:" + normal_reference(locator.agency_reference)});
  if (!locator.mother_name.empty() && !locator.expected_date.empty())
    out.push_back({Look::By::unborn, "unborn:" + sorted_words(locator.mother_name) + "|" + locator.expected_date});
  return out;
}

WorkerName worker_name(std::string_view text) {
  // `Smith, Jane` and `Jane Smith` are one name; words are compared as a set.
  const std::size_t comma = text.find(',');
  std::vector<std::string> words = name_words(text);
  const std::size_t family_words = comma == std::string_view::npos ? 0 : name_words(text.substr(0, comma)).size();
  if (family_words > 0 && family_words < words.size())
    std::rotate(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(family_words), words.end());
  std::erase_if(words, [](const std::string& word) { return std::find(kTitles.begin(), kTitles.end(), word) != kTitles.end(); });
  WorkerName out;
  if (words.empty()) return out;
  const std::string surname = words.back();
  std::vector<std::string> given(words.begin(), words.end() - 1);
  out.initial_only = !given.empty() && std::all_of(given.begin(), given.end(), [](const std::string& word) { return word.size() == 1; });
  if (!given.empty()) out.initial = given.front().substr(0, 1) + " " + surname;
  std::vector<std::string> sounds;
  for (const auto& word : words) sounds.push_back(sound_of(word));
  std::sort(sounds.begin(), sounds.end());
  out.sound = joined(sounds);
  std::sort(words.begin(), words.end());
  out.whole = joined(words);
  return out;
}

}  // namespace gatehouse::adapters
