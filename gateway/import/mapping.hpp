#pragma once
// How the columns of somebody's CSV file become the fields of an imported row: which column is which field, in which date format, with which codes.
// A mapping is a JSON file (described in config/demo/README.md). Every column of the file is either mapped or said to be ignored, so that a
// column somebody adds later is an error and not silently left out. Pure, any thread.
#include <cstddef>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/import/rows.hpp"
#include "policy/error.hpp"

namespace gatehouse::imports {

class Mapping {
 public:
  // Strict: an unknown key, a field this kind does not have, two columns for one field, a date format without day, month and year are errors
  // with their JSON path.
  static std::expected<Mapping, policy::Error> read(std::string_view json);

  // For a CSV file whose column names are the field names themselves (only flat fields, no lists, no codes).
  static Mapping plain(Kind kind);

  Kind kind() const;
  char delimiter() const;

  // Takes the first row of the file. Names a column that is not mapped, one that is missing, and one that is there twice.
  std::expected<void, policy::Error> header(const std::vector<std::string>& columns);

  // One row to the JSON that read_row reads. REQUIRES: header() succeeded. Errors name the column, never the cell.
  std::expected<std::string, policy::Error> row(const std::vector<std::string>& cells) const;

  // The column a field came from, for messages: `column \`Expires on\``; empty when there is none.
  std::string column_of(const std::string& field) const;

 private:
  struct Impl;
  Mapping();
  std::shared_ptr<Impl> impl_;
};

// A day written as `format` says, as ISO 8601; nothing when it is not one. Parts: dd d mm m mon yyyy, everything else literal.
std::optional<std::string> iso_date(std::string_view format, std::string_view text);
// Whether the format names day, month and year once each.
bool is_date_format(std::string_view format);

}  // namespace gatehouse::imports
