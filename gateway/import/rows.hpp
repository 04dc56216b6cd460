#pragma once
// One imported row: what a line of JSON says, read strictly into the input structs of the store. An unknown key, a missing key, a wrong type, a word
// that is not on its list or a date that does not exist refuses the row; nothing is guessed and nothing is dropped. Errors name the line's field, never
// its value. Pure, any thread.
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adapters/sqlite/admin.hpp"
#include "policy/error.hpp"
#include "policy/minimise/project.hpp"

namespace gatehouse::imports {

enum class Kind : std::uint8_t { person, relation, item, consent, competence, finding };
std::string_view text(Kind kind);
std::optional<Kind> kind_from(std::string_view word);
// Every key a row of this kind may have, for help and for error messages.
const std::vector<std::string>& keys_of(Kind kind);

using Input = std::variant<adapters::PersonInput, adapters::RelationInput, adapters::ItemInput, adapters::ConsentInput, adapters::CompetenceInput,
                           adapters::FindingInput>;
Kind kind_of(const Input& input);

// Reads one JSON object. `kind`: what the row is when it has no key `kind` of its own; a key that says something else is an error.
// Error.where is the field (`names[0].family`). Never throws on any bytes.
std::expected<Input, policy::Error> read_row(std::string_view json, std::optional<Kind> kind);

// What can be known about a row without the store: an item against the record schema; a person's and a relation's identifiers (check digits), dates
// and words against the same schema's fields.
std::expected<void, policy::Error> check(const Input& input, const policy::RecordSchema& schema);

// A consent that will be kept and never count: no last day, or a wildcard (CONTRACT.md section 1; NFP-4.3d).
bool is_blanket(const Input& input);

}  // namespace gatehouse::imports
