#pragma once
// Index values under an earlier version of their key are hashed again under the present one, row by row, without reading what they were made of.
// One thread; throws DatabaseFault.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "adapters/sqlite/index.hpp"

namespace gatehouse::adapters {

// A column that holds such values, and the one by which a pass goes through its table.
struct IndexColumn {
  const char *table, *column, *way;
  enum class Holds : std::uint8_t { number, text, bytes } way_holds;
};
// All of them. tests/adapters/index_test.cpp asks that every column the schema calls a hash is here or in its list of others.
std::span<const IndexColumn> index_columns();

// Rows are written under `version` from now on; `check` is what index_check() gives for it. In the caller's transaction, the keys up to it being readable by
// everybody.
void write_index_as(Database& database, unsigned version, std::string_view check);
// No older value stands any more. In the caller's transaction.
void forget_older_index(Database& database);

// One way through a table: nothing is turned over twice, and what others write meanwhile is under the present version already.
class TurnOver {
 public:
  TurnOver(Database& database, const IndexColumn& column);
  // At most `rows` values, in the caller's transaction. Gives how many; fewer than `rows`: that was the end.
  unsigned some(const Index& index, unsigned rows);
  // Whether no value of the column is older: reads all of them.
  bool done(const Index& index);

 private:
  Statement next_, set_, left_;
  IndexColumn::Holds way_holds_;
  std::int64_t number_;
  std::string bytes_;
};

}  // namespace gatehouse::adapters
