#pragma once
// Seals everything stored about one person again with the newest version of their key. What is in the log stays as it was written.
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/keyring.hpp"

namespace gatehouse::adapters {

// In the caller's transaction. Gives how many values were sealed again. Throws DatabaseFault, also where a value opens with no version of the key.
std::uint64_t reseal_person(Database& database, Keyring& keys, std::int64_t person);

// The columns it seals again, by table and column of the schema.
std::vector<std::pair<std::string_view, std::string_view>> resealed_columns();

}  // namespace gatehouse::adapters
