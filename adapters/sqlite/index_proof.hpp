#pragma once
// Whether the index key of a key store is the one that a database's values were made with, where the database does not say it yet (it is of a schema before 15). The
// number of a version proves nothing, and what is written down at first sight would be written down beside the wrong key store as well. So it is tried: the
// sealed file of a person says the reference that their row is found by. One thread; throws DatabaseFault.
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/keyring.hpp"

namespace gatehouse::adapters {

// Everybody on file whose sealed file opens, the stand-in too, until `use` says false: the value their row is found by, and their reference.
void each_reference(Database& database, Keyring& keys, const std::function<bool(std::string_view stored, const std::string& ref)>& use);

// Of a database of any schema. An error, in one line, where the database says another key, where anybody's row stands under another one, or where no row
// can be tried. Changes nothing.
std::expected<void, std::string> prove_index_key(Database& database, Keyring& keys);
// Writes down what was proved, where it does not stand there yet. Of the present schema.
void keep_index_key(Database& database, Keyring& keys);

}  // namespace gatehouse::adapters
