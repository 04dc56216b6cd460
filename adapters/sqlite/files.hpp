#pragma once
// What the sealed columns hold, packed and read back. A reader gives nothing for bytes that are not its own: a sealed column that opens and
// cannot be read is damage, never an empty file. Pure, any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/admin.hpp"

namespace gatehouse::adapters {

std::string pack(const PersonInput& person);                       // markers are clear flags, not in here
std::optional<PersonInput> read_person(std::string_view bytes);
// Reads only as far as the names and the date of birth.
struct WhoFile {
  std::vector<NameInput> names;
  std::string date_of_birth;
};
std::optional<WhoFile> read_who(std::string_view bytes);

// `others_names`: the names in the other person's own file; written again whenever those change.
struct RelationFile {
  RelationInput relation;
  std::vector<std::string> others_names;
};
std::string pack(const RelationFile& relation);
std::optional<RelationFile> read_relation(std::string_view bytes);

// The clear header is in here once more: a header edited in the database no longer agrees with what was sealed.
struct ItemFile {
  policy::Record record;                                           // without id and version
  policy::Compartment compartment = policy::Compartment::none;
  bool given_in_confidence = false;
  std::uint64_t relevant_for = 0;
  bool relevant_for_all = false;
  std::vector<std::string> withheld_from;
  std::string item_ref;
};
std::string pack(const ItemFile& item);
std::optional<ItemFile> read_item(std::string_view bytes);

std::string pack(const ConsentInput& consent);
std::optional<ConsentInput> read_consent(std::string_view bytes);  // person_ref stays empty
std::string pack(const CompetenceInput& competence);
std::optional<CompetenceInput> read_competence(std::string_view bytes);
std::string pack(const FindingInput& finding);
std::optional<FindingInput> read_finding(std::string_view bytes);

// One bit for each purpose, in the order of the vocabulary (which only grows at its end).
std::uint64_t purpose_bits(const std::vector<policy::Purpose>& purposes);
inline std::uint64_t purpose_bit(policy::Purpose purpose) { return std::uint64_t{1} << static_cast<unsigned>(purpose); }

enum Marker : std::uint64_t { marker_risk = 1, marker_safe_contact = 2, marker_embargo = 4 };
inline constexpr std::uint64_t relation_parental_responsibility = 1, relation_risk_to = 2, relation_alleged_perpetrator = 4, relation_professional = 8;

}  // namespace gatehouse::adapters
