#pragma once
// Typed, normalised values a person is found by, and the words that are hashed for them. Only keyed hashes of these are stored or looked up; a name
// never stands alone, only compounded with a date of birth (so a dictionary of names hits nothing). Pure, any thread.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/admin.hpp"

namespace gatehouse::adapters {

// 10 digits, white space and hyphens dropped, modulus 11 check digit; nothing where it is not one.
std::optional<std::string> normal_nhs_number(std::string_view text);
// 13 characters, upper case, check letter; the last may be a letter (a temporary number).
std::optional<std::string> normal_upn(std::string_view text);
// National Insurance number, by form: it has no check digit.
std::optional<std::string> normal_ni(std::string_view text);
// Any other number: letters and digits only, upper case.
std::string normal_reference(std::string_view text);
// By type: `nhs` `upn` `ni` are checked, every other type is a reference. Nothing: refused.
std::optional<std::string> normal_identifier(std::string_view type, std::string_view text);

// Letters only, folded to lower case without accents, words in their order; hyphens and white space part words, apostrophes vanish.
std::vector<std::string> name_words(std::string_view text);
std::string joined(const std::vector<std::string>& words);
// Each word by its sound (Soundex): finds `Catherine` for `Kathryn` only where the first letters agree. Empty for no letters.
std::string sound_of(std::string_view word);

// `2010-03-04` → `2010-04-03`, where that is a day too and another one.
std::optional<std::string> swapped(std::string_view date);

// A value to hash, and what it says about a match. Kinds: ref nhs upn ni agency_reference other name former_name alias phonetic unborn.
struct Clue {
  std::string kind;
  std::string typed;                                       // `nhs:9990000018`
};

// Everything a person is found by. `mothers`: full names of the mother of an unborn child.
std::vector<Clue> clues_of(const PersonInput& person, const std::vector<std::string>& mothers);

// What a locator looks up, always in the same order. Their number follows from the request alone.
struct Look {
  enum class By : std::uint8_t { nhs, upn, name, dob_swapped, phonetic, reference, unborn } by;
  std::string typed;
};
std::vector<Look> looks_of(const policy::Locator& locator);

// The name of a worker against the names in a case file: whole, by sound, and by surname with an initial. Empty words for no name.
struct WorkerName {
  std::string whole, sound, initial;                       // words sorted; `initial`: one letter and the surname
  bool initial_only = false;                               // every given name is an initial
};
WorkerName worker_name(std::string_view text);

}  // namespace gatehouse::adapters
