#pragma once
// Invented case documents with the annotation of who must be hidden, by the rules of redaction's design: in `third_party` the subject, professionals in
// their role and people the decision releases stay, informants never do, everybody else is hidden; in `anonymise` everybody is, and with them dates,
// ages, places, organisations and rare traits.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/documents/frames.hpp"

namespace gatehouse::invented {

struct Gold {
  std::size_t start = 0, end = 0;  // Unicode code points, end exclusive
  std::string type;                // PERSON CODE LOC ORG DEM DATETIME QUANTITY CONTACT MISC
  std::string person;              // id of the case file, x1 … for somebody it does not know; empty: nobody's
  bool hide = false;
  std::string kind;                // `nhs`, `work`, … or the form of a name (`first`, `misspelt`, …); empty: neither. Not written
};

struct CasePerson {
  std::string id;
  std::vector<std::string> names;
  std::string relation, role;
  std::vector<std::string> identifiers;
};

struct CaseDocument {
  std::string id, text, subject, recipient;
  bool anonymise = false;
  std::vector<CasePerson> people;
  std::vector<std::string> keep_people;
  std::vector<Gold> gold;  // sorted, without overlap
  std::string template_name, tradition;
  std::map<std::string, std::string> traditions;  // person id → tradition, also of people not in the case file
  Half half = Half::train;
};

struct Wish {
  std::uint64_t seed = 1;
  std::optional<bool> anonymise;  // empty: both modes
  bool noise = true;
};

// The `number`th document: the same for the same material, seed and number, whatever was made before it. Any thread.
CaseDocument generate(const Material& material, const Wish& wish, std::uint64_t number);

std::string to_json(const CaseDocument& document);  // one line, without its end

}  // namespace gatehouse::invented
