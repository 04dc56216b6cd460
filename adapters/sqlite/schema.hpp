#pragma once
// The tables, as a list of migrations from nothing to now, and what each column may hold. Expand first: a migration adds; what it replaces goes
// in a later release. A released migration never changes (tests/adapters/fixtures keeps each released schema).
#include <cstdint>
#include <span>
#include <string_view>

#include "adapters/sqlite/database.hpp"

namespace gatehouse::adapters {

inline constexpr int kSchemaVersion = 15;

// 0: an empty database. Throws DatabaseFault.
int schema_version(Database& database);

// Runs the migrations after the database's version up to `target`, each in its own transaction. `at`: seconds since 1970.
void migrate(Database& database, std::int64_t at, int target = kSchemaVersion);

// What a column may hold. A column that could hold words about a person is `sealed`; there is no other kind for words.
enum class Holds : std::uint8_t {
  sealed,      // XChaCha20-Poly1305 under a person's data key, a request's own key or the audit key; or an age file
  opaque,      // an id of ours, an id the organisation gave an agency, a document of ours without words about a person
  code,        // a word of the vocabulary, or several
  time,        // seconds since 1970, or an ISO 8601 day of an agreement
  number,      // counts, versions, flags, row numbers
  public_key,  // what a partner published
  hash,        // keyed (index.hpp), or of bytes that are no secret
};

struct Column {
  std::string_view table, column;
  Holds holds;
};

// Every column of every table; a test compares it with a fresh database.
std::span<const Column> declared_columns();

}  // namespace gatehouse::adapters
