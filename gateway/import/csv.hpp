#pragma once
// A strict reader of comma-separated values as RFC 4180 has them: quotes doubled inside quotes, line breaks only inside quotes, CRLF or LF between
// rows, a byte-order mark at the start let pass. What RFC 4180 leaves open is refused, never guessed, because a guess puts one person's note in
// another's file. Streams: holds one row at a time. One thread per reader; no exceptions of its own.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/error.hpp"

namespace gatehouse::imports {

struct CsvRow {
  std::size_t line = 0;                // of its first character, from 1
  std::vector<std::string> cells;      // unquoted; valid UTF-8 without control characters but tab and line breaks
};

struct CsvLimits {
  std::size_t row_bytes = 1u << 20;
  std::size_t cells = 1000;
};

class CsvReader {
 public:
  // `in` must stay alive. `delimiter` is one byte, not a quote or a line break.
  explicit CsvReader(std::istream& in, char delimiter = ',', CsvLimits limits = {});

  // The next row; nothing at the end of the input. An error names the line, never a value, and the row it names is lost; the next call goes on with
  // the row after it, unless final(): a quote that never closes, or text after a closing quote, leaves open where rows end, and what follows could be
  // a note that looks like a row.
  // Codes: csv_quote_in_cell, csv_quote_open, csv_after_quote, csv_carriage_return, csv_too_long, csv_too_many_cells, bad_utf8, control_character.
  std::expected<std::optional<CsvRow>, policy::Error> next();
  bool final() const { return final_; }
  std::uint64_t bytes_read() const { return bytes_; }

 private:
  int take();
  int peek();
  int peek_stream();

  std::istream& in_;
  std::string ahead_;                  // read at the start, looking for a byte-order mark
  char delimiter_;
  CsvLimits limits_;
  std::size_t line_ = 1;
  std::uint64_t bytes_ = 0;
  bool final_ = false;
};

}  // namespace gatehouse::imports
