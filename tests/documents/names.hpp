#pragma once
// The names of each tradition, and the half each belongs to. A name, its spellings, its nicknames and the parts of a double name stand in one half in
// every tradition that knows them: a tagger that has learnt `Tomek` must not meet `Tomasz` when it is measured.
#include <string>
#include <string_view>
#include <vector>

#include "tests/documents/lists.hpp"

namespace gatehouse::invented {

struct Given {
  std::string name;
  std::vector<std::string> nicknames;  // also other spellings
};

struct Surname {
  std::string man;
  std::string woman;  // the same where the tradition has one form
};

enum class Structure {
  western,             // given name, surname
  family_first,        // surname, given name; the other way round for strangers
  sikh,                // given name, Kaur or Singh, sometimes a surname
  muslim_south_asian,  // a woman's last name need not be her family's
  patronymic_initial,  // given name and the father's, or the father's initial before it
  chain,               // given name, father's, grandfather's
  arabic,              // particles, and `Umm` or `Abu` with the eldest child's name
  double_surname
};

struct Tradition {
  std::string id;  // file name without its ending
  Structure structure = Structure::western;
  std::vector<std::string> ethnicities;
  std::vector<Given> female, male;
  std::vector<Surname> surnames;
  std::vector<std::string> women;  // last names that women alone bear
};

// All traditions, with the names of one half. Immutable; any thread.
class Names {
 public:
  explicit Names(Half half);
  const std::vector<Tradition>& traditions() const { return traditions_; }
  const Tradition& tradition(std::string_view id) const;  // throws std::out_of_range for an unknown one

 private:
  std::vector<Tradition> traditions_;
};

// The parts of a name that count as a name of their own: `Al-Khatib` → `khatib`, `dela Cruz` → `cruz`, `Nana Ama` → `nana`, `ama`.
std::vector<std::string> name_parts(std::string_view name);

}  // namespace gatehouse::invented
